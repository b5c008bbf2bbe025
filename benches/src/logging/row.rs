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

pub enum Value {
    Id(Option<Uuid>),
    Time(SystemTime),
    Number(f64),
    Small(i32),
    Count(i64),
    Word(&'static str),
    Document(serde_json::Value),
}

impl Value {
    fn sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Value::Id(id) => id,
            Value::Time(time) => time,
            Value::Number(number) => number,
            Value::Small(number) => number,
            Value::Count(number) => number,
            Value::Word(word) => word,
            Value::Document(document) => document,
        }
    }

    pub fn id(&self) -> Option<Uuid> {
        match self {
            Value::Id(id) => *id,
            _ => None,
        }
    }

    /// In a batch, where times follow from how long it took.
    fn json(&self) -> Option<serde_json::Value> {
        match self {
            Value::Id(id) => id.map(|id| json!(id.to_string())),
            Value::Time(_) => None,
            Value::Number(number) => Some(json!(number)),
            Value::Small(number) => Some(json!(number)),
            Value::Count(number) => Some(json!(number)),
            Value::Word(word) => Some(json!(word)),
            Value::Document(document) => Some(document.clone()),
        }
    }
}

pub fn values(columns: &[(&str, &str)], number: usize, id: Id) -> Vec<Value> {
    columns
        .iter()
        .map(|(name, _)| value(name, number, id))
        .collect()
}

/// As the statement functions take them.
pub fn borrowed(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(Value::sql).collect()
}

/// The row as an event of a batch.
pub fn event(name: &str, columns: &[(&str, &str)], values: &[Value]) -> serde_json::Value {
    let fields = columns.iter().zip(values);
    let mut event: serde_json::Map<_, _> = fields
        .filter_map(|((name, _), value)| Some(((*name).to_owned(), value.json()?)))
        .collect();
    event.insert("event".to_owned(), json!(name));
    event.into()
}

/// Of one row's JSON.
pub fn json_bytes() -> usize {
    inputs(0).to_string().len() + outputs(0).to_string().len()
}

fn value(name: &str, number: usize, id: Id) -> Value {
    let small = i64::try_from(number % 1000).unwrap_or(0);
    let fixed = |high: u128, low: usize| Value::Id(Some(Uuid::from_u128(high << 96 | low as u128)));
    match name {
        "id" => Value::Id(match id {
            Id::Generated => None,
            Id::V7 => Some(Uuid::now_v7()),
            Id::V4 => Some(random_id()),
        }),
        "tenant_id" => fixed(0x550e_8400, 1),
        "app_id" => fixed(0x770e_8400, 2),
        "workflow_id" => fixed(0x880e_8400, 3),
        // Some nodes share a run, some messages a conversation.
        "workflow_run_id" | "conversation_id" => fixed(0x990e_8400, number / 5),
        "message_id" => Value::Id(Some(random_id())),
        "created_at" => Value::Time(SystemTime::now() - Duration::from_millis(2300)),
        "finished_at" => Value::Time(SystemTime::now()),
        "elapsed_time" | "duration" => Value::Number(2.3),
        "time_to_first_token" => Value::Number(0.62),
        "input_tokens" => Value::Count(800 + small),
        "output_tokens" => Value::Count(64 + small),
        "total_tokens" => Value::Count(864 + 2 * small),
        "total_price" => Value::Number(0.00267),
        "total_steps" | "index" => Value::Small(3),
        "inputs" => Value::Document(inputs(number)),
        "parameters" => Value::Document(json!({"timeout": 10, "region": "eu"})),
        "outputs" => Value::Document(outputs(number)),
        "query" => Value::Word("How long do I have to return an order that came damaged?"),
        _ => Value::Word(word(name)),
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
