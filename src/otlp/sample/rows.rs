//! Source rows as JSON, for every kind: with everything given, or only with what every such row has.

use super::{
    APP, CONVERSATION, END, MESSAGE, NODE, OPERATION, OUTER_NODE, OUTER_RUN, RUN, START, TENANT,
    app, draft, feedback, generated_name, message, moderation, node, prompt_generation,
    rehydration_failed, retrieval, row, run, suggested_questions, tool,
};
use crate::otlp::record::{EventKind, Record, Source};
use serde_json::{Value, json};
use uuid::Uuid;

/// No two values that could be taken for one another are the same.
pub fn complete_row(kind: EventKind) -> Value {
    let [mut row, more] = parts(kind);
    merge(&mut row, more);
    row
}

/// What the store finds when a client has given nothing but what it must.
pub fn bare_row(kind: EventKind) -> Value {
    let [row, _] = parts(kind);
    row
}

pub fn from_row(kind: EventKind, of: Value) -> Record {
    match kind {
        EventKind::WorkflowRun => run(|run| *run = row(of)),
        EventKind::NodeExecution => node(|node| *node = row(of)),
        EventKind::DraftNodeExecution => draft(|node| *node = row(of)),
        EventKind::Message => message(|message| *message = row(of)),
        EventKind::ToolExecution => tool(|tool| *tool = row(of)),
        EventKind::Moderation => moderation(|check| *check = row(of)),
        EventKind::SuggestedQuestions => suggested_questions(|suggested| *suggested = row(of)),
        EventKind::Retrieval => retrieval(|retrieval| *retrieval = row(of)),
        EventKind::GeneratedName => generated_name(|name| *name = row(of)),
        EventKind::PromptGeneration => prompt_generation(|prompt| *prompt = row(of)),
        EventKind::AppCreated | EventKind::AppUpdated | EventKind::AppDeleted => Record {
            kind,
            source: Source::App(row(of)),
            ..app()
        },
        EventKind::Feedback => feedback(|feedback| *feedback = row(of)),
        EventKind::RehydrationFailed => rehydration_failed(|failure| *failure = row(of)),
    }
}

/// What every row of the kind has, and what it may have.
fn parts(kind: EventKind) -> [Value; 2] {
    match kind {
        EventKind::WorkflowRun => [
            json!({
                "id": RUN, "tenant_id": TENANT, "app_id": APP, "workflow_id": Uuid::from_u128(7), "status": "succeeded",
                "warned": false, "elapsed_time": 1.25, "created_at": START, "finished_at": END,
            }),
            json!({
                "workflow_version": "v1", "inputs": {"in": 1}, "outputs": {"out": 1}, "query": "q", "error": "e",
                "files": [{"name": "f"}],
                "triggered_from": "app-run", "invoke_from": "api", "from_source": "console", "conversation_id": CONVERSATION,
                "message_id": MESSAGE, "workflow_app_log_id": Uuid::from_u128(10), "invoked_by": "i", "user_id": "u",
                "user_session_id": "session", "input_tokens": 3, "output_tokens": 4, "total_tokens": 7, "total_steps": 5,
                "total_price": 0.5, "currency": "USD", "parent_trace_id": Uuid::from_u128(8), "parent_workflow_run_id": OUTER_RUN,
                "parent_node_execution_id": OUTER_NODE, "parent_app_id": Uuid::from_u128(9),
            }),
        ],
        EventKind::NodeExecution | EventKind::DraftNodeExecution => {
            let run = (kind == EventKind::NodeExecution).then_some(RUN);
            [
                json!({
                    "id": NODE, "tenant_id": TENANT, "app_id": APP, "workflow_run_id": run, "node_id": "n", "node_type": "code",
                    "status": "succeeded", "elapsed_time": 1.25, "created_at": START, "finished_at": END,
                }),
                json!({
                    "workflow_id": Uuid::from_u128(7), "title": "t", "index": 2, "predecessor_node_id": "p", "iteration_id": "it",
                    "iteration_index": 6, "loop_id": "lo", "loop_index": 8, "parallel_id": "pa", "retry_index": 9, "inputs": {"in": 1}, "outputs": {"out": 1}, "process_data": {"data": 1},
                    "error": "e", "invoked_by": "i", "user_id": "u", "message_id": MESSAGE, "conversation_id": CONVERSATION,
                    "model_provider": "openai", "model_name": "gpt-4", "input_tokens": 3, "output_tokens": 4, "total_tokens": 7,
                    "total_price": 0.5, "currency": "USD", "plugin_name": "pn", "plugin_id": "pi", "dataset_ids": ["d1"],
                    "dataset_names": ["Docs"],
                }),
            ]
        }
        EventKind::Message => [
            json!({
                "id": MESSAGE, "tenant_id": TENANT, "app_id": APP, "status": "normal", "duration": 1.25, "created_at": START,
                "finished_at": END,
            }),
            json!({
                "conversation_id": CONVERSATION, "workflow_run_id": RUN, "node_execution_id": NODE, "invoke_from": "api",
                "from_source": "console", "mode": "chat", "agent_based": false, "user_id": "u", "user_session_id": "session",
                "end_user_id": "end-user", "account_id": "account", "query": "q", "answer": "a", "inputs": {"in": 1},
                "outputs": {"out": 1}, "files": [{"name": "f"}], "message_file_data": {"url": "u"}, "model_provider": "openai", "model_name": "gpt-4",
                "input_tokens": 3, "output_tokens": 4, "total_tokens": 7, "total_price": 0.5, "currency": "USD", "error": "e",
                "time_to_first_token": 0.25,
            }),
        ],
        EventKind::ToolExecution => operation(
            json!({"tool_name": "weather"}),
            json!({"inputs": {"in": 1}, "outputs": {"out": 1}, "parameters": {"city": 1}, "config": {"timeout": 1},
                "file_url": "https://files.example/1", "message_file_id": Uuid::from_u128(11), "created_by_role": "end_user",
                "created_by": Uuid::from_u128(12)}),
        ),
        EventKind::Moderation => {
            let [mut row, more] = operation(
                json!({"type": "input", "action": "pass", "flagged": false}),
                json!({"categories": ["hate"], "inputs": {"in": 1}, "query": "q", "preset_response": "no",
                    "workflow_app_log_id": Uuid::from_u128(10)}),
            );
            row["operation"]["status"] = Value::Null;
            [row, more]
        }
        EventKind::SuggestedQuestions => operation(
            json!({}),
            json!({"count": 1, "inputs": {"in": 1}, "questions": ["Why?"], "model_provider": "openai", "model_name": "gpt-4",
                    "total_tokens": 7}),
        ),
        EventKind::Retrieval => operation(
            json!({}),
            json!({
                "dataset_ids": ["d1"], "dataset_names": ["Docs"], "document_count": 5, "query": "q", "documents": [{"score": 1}],
            }),
        ),
        EventKind::GeneratedName => operation(
            json!({"conversation_id": CONVERSATION}),
            json!({"inputs": {"in": 1}, "outputs": {"out": 1}}),
        ),
        EventKind::PromptGeneration => {
            let [mut row, mut more] = operation(
                json!({"operation_type": "rule_generate"}),
                json!({
                    "model_provider": "openai", "model_name": "gpt-4", "input_tokens": 3, "output_tokens": 4, "total_tokens": 7,
                    "total_price": 0.5, "currency": "USD", "instruction": "do", "output": "done",
                }),
            );
            more["operation"]["app_id"] = row["operation"]["app_id"].take();
            [row, more]
        }
        EventKind::AppCreated => [
            json!({"tenant_id": TENANT, "app_id": APP, "at": START}),
            json!({"mode": "chat"}),
        ],
        EventKind::AppUpdated | EventKind::AppDeleted => [
            json!({"tenant_id": TENANT, "app_id": APP, "at": START}),
            json!({}),
        ],
        EventKind::Feedback => [
            json!({"tenant_id": TENANT, "app_id": APP, "message_id": MESSAGE, "at": START}),
            json!({"rating": "like", "content": "good", "user_id": "u"}),
        ],
        EventKind::RehydrationFailed => [
            json!({"payload_type": "message", "correlation_id": MESSAGE, "error": "gone", "at": START}),
            json!({"tenant_id": TENANT}),
        ],
    }
}

fn operation(mut row: Value, mut more: Value) -> [Value; 2] {
    row["operation"] = json!({
        "id": OPERATION, "tenant_id": TENANT, "app_id": APP, "status": "succeeded", "duration": 1.25, "created_at": START,
        "finished_at": END,
    });
    more["operation"] = json!({
        "user_id": "u", "message_id": MESSAGE, "workflow_run_id": RUN, "node_execution_id": NODE, "error": "e",
    });
    [row, more]
}

fn merge(row: &mut Value, more: Value) {
    match (row, more) {
        (Value::Object(row), Value::Object(more)) => {
            for (name, value) in more {
                merge(row.entry(name).or_insert(Value::Null), value);
            }
        }
        (row, more) => *row = more,
    }
}
