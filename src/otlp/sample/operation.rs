//! Operations outside of everything: no message, node or run, unless the test gives one.

use super::{APP, CONVERSATION, END, OPERATION, START, TENANT, record, row};
use crate::otlp::record::{
    DatasetRetrieval, EventKind, GeneratedName, ModerationCheck, PromptGeneration, Record, Source,
    SuggestedQuestions, ToolExecution,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn operation_row<T: DeserializeOwned>(mut more: Value) -> T {
    more["operation"] = json!({
        "id": OPERATION, "tenant_id": TENANT, "app_id": APP, "status": "succeeded", "duration": 1.25,
        "created_at": START, "finished_at": END,
    });
    row(more)
}

pub fn tool(change: impl FnOnce(&mut ToolExecution)) -> Record {
    let mut tool = operation_row(json!({"tool_name": "weather", "inputs": {"city": "Łódź"}}));
    change(&mut tool);
    let source = Source::ToolExecution(Box::new(tool));
    record(EventKind::ToolExecution, Some(OPERATION), source)
}

pub fn moderation(change: impl FnOnce(&mut ModerationCheck)) -> Record {
    let mut check: ModerationCheck =
        operation_row(json!({"type": "input", "action": "pass", "flagged": false}));
    check.operation.status = None;
    change(&mut check);
    let source = Source::Moderation(Box::new(check));
    record(EventKind::Moderation, Some(OPERATION), source)
}

pub fn suggested_questions(change: impl FnOnce(&mut SuggestedQuestions)) -> Record {
    let mut suggested = operation_row(json!({"count": 2, "questions": ["Why?", "How?"]}));
    change(&mut suggested);
    let source = Source::SuggestedQuestions(Box::new(suggested));
    record(EventKind::SuggestedQuestions, Some(OPERATION), source)
}

pub fn retrieval(change: impl FnOnce(&mut DatasetRetrieval)) -> Record {
    let mut retrieval = operation_row(json!({"query": "how", "document_count": 5}));
    change(&mut retrieval);
    let source = Source::Retrieval(Box::new(retrieval));
    record(EventKind::Retrieval, Some(OPERATION), source)
}

pub fn generated_name(change: impl FnOnce(&mut GeneratedName)) -> Record {
    let mut name =
        operation_row(json!({"conversation_id": CONVERSATION, "outputs": "Weather in \"Łódź\""}));
    change(&mut name);
    let source = Source::GeneratedName(Box::new(name));
    record(EventKind::GeneratedName, Some(CONVERSATION), source)
}

pub fn prompt_generation(change: impl FnOnce(&mut PromptGeneration)) -> Record {
    let mut prompt = operation_row(json!({"operation_type": "rule_generate", "output": "rules"}));
    change(&mut prompt);
    let source = Source::PromptGeneration(Box::new(prompt));
    record(EventKind::PromptGeneration, Some(OPERATION), source)
}
