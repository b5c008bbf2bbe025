//! A typical row's values, by column: about 550 bytes of JSON, everything known that follows from the rest.

use std::time::{Duration, SystemTime};

use postgres::types::ToSql;
use serde_json::json;
use uuid::{Builder, Uuid};

/// Where a row's id comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    Generated,
    V7,
    V4,
}

pub type Value = Box<dyn ToSql + Sync>;

pub fn values(columns: &[(&str, &str)], number: usize, id: Id) -> Vec<Value> {
    columns
        .iter()
        .map(|(name, _)| value(name, number, id))
        .collect()
}

/// As the statement functions take them.
pub fn borrowed(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value).collect()
}

/// Of one row's JSON.
pub fn json_bytes() -> usize {
    inputs(0).to_string().len() + outputs(0).to_string().len()
}

fn value(name: &str, number: usize, id: Id) -> Value {
    let small = i64::try_from(number % 1000).unwrap_or(0);
    match name {
        "id" => match id {
            Id::Generated => Box::new(None::<Uuid>),
            Id::V7 => Box::new(Uuid::now_v7()),
            Id::V4 => Box::new(random_id()),
        },
        "tenant_id" => Box::new(Uuid::from_u128(0x550e_8400 << 96 | 1)),
        "app_id" => Box::new(Uuid::from_u128(0x770e_8400 << 96 | 2)),
        "workflow_id" => Box::new(Uuid::from_u128(0x880e_8400 << 96 | 3)),
        // Some nodes share a run, some messages a conversation.
        "workflow_run_id" | "conversation_id" => {
            Box::new(Uuid::from_u128(0x990e_8400 << 96 | (number / 5) as u128))
        }
        "message_id" => Box::new(random_id()),
        "created_at" => Box::new(SystemTime::now() - Duration::from_millis(2300)),
        "finished_at" => Box::new(SystemTime::now()),
        "elapsed_time" | "duration" => Box::new(2.3_f64),
        "time_to_first_token" => Box::new(0.62_f64),
        "input_tokens" => Box::new(800 + small),
        "output_tokens" => Box::new(64 + small),
        "total_tokens" => Box::new(864 + 2 * small),
        "total_price" => Box::new(0.00267_f64),
        "total_steps" | "index" => Box::new(3_i32),
        "inputs" => Box::new(inputs(number)),
        "parameters" => Box::new(json!({"timeout": 10, "region": "eu"})),
        "outputs" => Box::new(outputs(number)),
        "query" => Box::new("How long do I have to return an order that came damaged?"),
        _ => Box::new(word(name)),
    }
}

/// A UUIDv4 without the feature of that name: the tests build the same dependencies without it.
pub fn random_id() -> Uuid {
    let (_, high) = Uuid::now_v7().as_u64_pair();
    let (_, low) = Uuid::now_v7().as_u64_pair();
    // Their first two bits are the variant.
    let bytes = Uuid::from_u64_pair(high << 2, low).into_bytes();
    Builder::from_random_bytes(bytes).into_uuid()
}

fn word(name: &str) -> &'static str {
    match name {
        "status" => "succeeded",
        "workflow_version" => "2026-02-10",
        "triggered_from" => "app-run",
        "invoke_from" => "web-app",
        "mode" => "advanced-chat",
        "invoked_by" | "user_id" => "customer-7",
        "node_id" => "write",
        "node_type" => "llm",
        "title" => "Write an answer",
        "tool_name" => "order_lookup",
        "predecessor_node_id" => "search",
        "model_provider" => "openai",
        "model_name" => "gpt-4o",
        "currency" => "USD",
        other => panic!("no value for {other}"),
    }
}

pub fn inputs(number: usize) -> serde_json::Value {
    json!({
        "query": "How long do I have to return an order that came damaged?",
        "order": number % 9000 + 1000,
        "files": [],
        "context": ["Goods may be returned within 30 days.", "Damaged goods are replaced free of charge.", "Refunds take up to five days."],
        "locale": "en-GB",
    })
}

fn outputs(number: usize) -> serde_json::Value {
    json!({
        "text": "You have 30 days from delivery. As it came damaged, we replace it free of charge: send it back with the \
                 label that we have just mailed to you, and the new one leaves our house tomorrow morning. Thank you.",
        "usage": {"prompt_tokens": 800 + number % 1000, "completion_tokens": 64, "latency": 1.84},
        "finish_reason": "stop",
    })
}
