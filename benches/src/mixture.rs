//! A batch as a chat application's outbox holds it: 60 runs with ten nodes each, and what happened around them. About 900 bytes
//! of JSON an event.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::logging::row::{Id, inputs, random_id};

/// How much of a batch goes to a table.
pub struct Share {
    pub table: &'static str,
    pub event: &'static str,
    pub count: usize,
}

pub const BATCH: usize = 1000;

pub static SHARES: [Share; 10] = [
    share("workflow_runs", "dify.workflow.run", 60),
    share("node_executions", "dify.node.execution", 600),
    share("messages", "dify.message.run", 80),
    share("tool_executions", "dify.tool.execution", 100),
    share("moderation_checks", "dify.moderation.check", 60),
    share(
        "suggested_questions",
        "dify.suggested_question.generation",
        20,
    ),
    share("dataset_retrievals", "dify.dataset.retrieval", 50),
    share("generated_names", "dify.generate_name.execution", 10),
    share("prompt_generations", "dify.prompt_generation.execution", 10),
    share("feedbacks", "dify.feedback.created", 10),
];

const fn share(table: &'static str, event: &'static str, count: usize) -> Share {
    Share {
        table,
        event,
        count,
    }
}

/// When everything of a batch began and ended, as JSON has it.
pub struct Times {
    pub created_at: String,
    pub finished_at: String,
}

pub fn events(id: Id, times: &Times) -> Vec<Value> {
    let runs = ids(60);
    let messages = ids(80);
    let mut events: Vec<Value> = Vec::with_capacity(BATCH);
    for share in &SHARES {
        for number in 0..share.count {
            let run = &runs[number % runs.len()];
            let message = &messages[number % messages.len()];
            let mut event = event(share.event, number, run, message);
            let fields = event.as_object_mut().expect("an object");
            fields.insert("event".to_owned(), json!(share.event));
            fields.insert(
                "tenant_id".to_owned(),
                json!("550e8400-e29b-41d4-a716-446655440000"),
            );
            fields.insert(
                "app_id".to_owned(),
                json!("770e8400-e29b-41d4-a716-446655440002"),
            );
            fields.insert(
                "user_id".to_owned(),
                json!(format!("customer-{}", number % 50)),
            );
            fields.insert("created_at".to_owned(), json!(times.created_at));
            // Feedback neither lasts nor has an id to give.
            if share.table != "feedbacks" {
                fields.insert("finished_at".to_owned(), json!(times.finished_at));
                if id == Id::V7 {
                    let id = match share.table {
                        "workflow_runs" => run,
                        "messages" => message,
                        _ => &Uuid::now_v7().to_string(),
                    };
                    fields.insert("id".to_owned(), json!(id));
                }
            }
            events.push(event);
        }
    }
    // As they happen, all kinds among each other: 37 and 1000 have no common factor.
    (0..BATCH)
        .map(|number| events[number * 37 % BATCH].take())
        .collect()
}

/// The same batch with answers of so many times the length.
pub fn with_long_answers(batch: &Value, times: usize) -> Value {
    let text = batch.to_string().replace(ANSWER, &ANSWER.repeat(times));
    serde_json::from_str(&text).expect("a batch")
}

/// Bytes of JSON of an event, on average.
pub fn bytes(times: &Times) -> usize {
    Value::Array(events(Id::V7, times)).to_string().len() / BATCH
}

fn ids(count: usize) -> Vec<String> {
    let fresh = || Uuid::now_v7().to_string();
    std::iter::repeat_with(fresh).take(count).collect()
}

/// What is particular to its kind. Runs are told once; 600 nodes share them, and so do the rest.
fn event(name: &str, number: usize, run: &str, message: &str) -> Value {
    let small = number % 1000;
    match name {
        "dify.workflow.run" => json!({
            "workflow_id": "880e8400-e29b-41d4-a716-446655440003", "workflow_version": "2026-02-10", "status": "succeeded",
            "triggered_from": "app-run", "invoke_from": "web-app", "conversation_id": random_id().to_string(), "message_id": message,
            "query": QUERY, "inputs": inputs(number), "outputs": {"text": ANSWER}, "input_tokens": 800 + small, "output_tokens": 64,
            "total_tokens": 864 + small, "total_steps": 10, "total_price": 0.00267, "currency": "USD", "elapsed_time": 2.3,
        }),
        "dify.node.execution" => json!({
            "workflow_run_id": run, "workflow_id": "880e8400-e29b-41d4-a716-446655440003", "node_id": format!("node-{}", number / 60),
            "node_type": "llm", "title": "Write an answer", "status": "succeeded", "index": number / 60, "predecessor_node_id": "search",
            "invoked_by": "customer-7", "inputs": {"query": QUERY, "order": 1000 + number}, "outputs": {"text": ANSWER}, "process_data": {"model_mode": "chat"},
            "model_provider": "openai", "model_name": "gpt-4o", "input_tokens": 800 + small, "output_tokens": 64,
            "total_tokens": 864 + small, "total_price": 0.00267, "currency": "USD", "elapsed_time": 2.3,
        }),
        "dify.message.run" => json!({
            "status": "normal", "conversation_id": random_id().to_string(), "workflow_run_id": run, "invoke_from": "web-app", "mode": "advanced-chat",
            "query": QUERY, "answer": ANSWER, "inputs": inputs(number), "model_provider": "openai", "model_name": "gpt-4o",
            "input_tokens": 800 + small, "output_tokens": 64, "total_tokens": 864 + small, "total_price": 0.00267, "currency": "USD",
            "duration": 2.3, "time_to_first_token": 0.62,
        }),
        "dify.tool.execution" => json!({
            "workflow_run_id": run, "message_id": message, "tool_name": "order_lookup", "status": "succeeded",
            "inputs": {"order": 1000 + number, "fields": ["state", "items", "address"]}, "outputs": {"text": ANSWER},
            "parameters": {"timeout": 10, "region": "eu"}, "config": {"provider": "shop", "version": 3}, "duration": 2.3,
        }),
        "dify.moderation.check" => json!({
            "workflow_run_id": run, "message_id": message, "type": "input", "action": "direct_output", "flagged": false,
            "categories": [], "inputs": {"query": QUERY}, "query": QUERY, "duration": 2.3,
        }),
        "dify.suggested_question.generation" => json!({
            "workflow_run_id": run, "message_id": message, "status": "succeeded", "count": 3, "total_tokens": 120,
            "questions": ["May I keep the damaged one?", "Who pays for the return?", "Can I have my money back instead?"],
            "inputs": {"query": QUERY}, "model_provider": "openai", "model_name": "gpt-4o", "duration": 2.3,
        }),
        "dify.dataset.retrieval" => json!({
            "workflow_run_id": run, "message_id": message, "status": "succeeded", "query": QUERY, "document_count": 2,
            "dataset_ids": ["aa0e8400-e29b-41d4-a716-446655440005"], "dataset_names": ["Terms of sale"],
            "documents": [{"id": "terms-4", "score": 0.95, "text": ANSWER}, {"id": "terms-9", "score": 0.87, "text": QUERY}], "duration": 2.3,
        }),
        "dify.generate_name.execution" => json!({
            "conversation_id": random_id().to_string(), "status": "succeeded", "inputs": {"query": QUERY}, "outputs": "Returning a damaged order",
            "duration": 2.3,
        }),
        "dify.prompt_generation.execution" => json!({
            "operation_type": "rule_generate", "status": "succeeded", "model_provider": "openai", "model_name": "gpt-4o",
            "input_tokens": 50, "output_tokens": 30, "total_tokens": 80, "instruction": QUERY, "output": ANSWER, "duration": 2.3,
        }),
        "dify.feedback.created" => {
            json!({"message_id": message, "rating": "like", "content": "That was quick, thank you!"})
        }
        other => panic!("no event of {other}"),
    }
}

const QUERY: &str = "How long do I have to return an order that came damaged?";
const ANSWER: &str =
    "You have 30 days from delivery. As it came damaged, we replace it free of charge.";
