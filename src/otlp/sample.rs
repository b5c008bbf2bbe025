//! Records for the tests of the pure modules: small and plain, each test changes what it is about.

mod operation;
mod rows;

pub use operation::{
    generated_name, moderation, prompt_generation, retrieval, suggested_questions, tool,
};
pub use rows::{bare_row, complete_row, from_row};

use super::Resource;
use super::record::{
    AppChange, EventKind, FeedbackChange, Message, Micros, NodeExecution, Record,
    RehydrationFailure, Relatives, Source, WorkflowRun,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

pub const RUN: Uuid = Uuid::from_u128(0x550e8400_e29b_41d4_a716_446655440000);
pub const NODE: Uuid = Uuid::from_u128(0x660e8400_e29b_41d4_a716_446655440001);
pub const MESSAGE: Uuid = Uuid::from_u128(0x880e8400_e29b_41d4_a716_446655440003);
pub const CONVERSATION: Uuid = Uuid::from_u128(0x990e8400_e29b_41d4_a716_446655440004);
pub const OPERATION: Uuid = Uuid::from_u128(0xaa0e8400_e29b_41d4_a716_446655440005);
pub const TENANT: Uuid = Uuid::from_u128(0x1);
pub const APP: Uuid = Uuid::from_u128(0x770e8400_e29b_41d4_a716_446655440002);
pub const OUTER_RUN: Uuid = Uuid::from_u128(0xbb0e8400_e29b_41d4_a716_446655440006);
pub const OUTER_NODE: Uuid = Uuid::from_u128(0x123e4567_e89b_12d3_a456_426614174000);
/// 2026-02-10T19:30:00Z
pub const START: Micros = 1_770_751_800_000_000;
pub const END: Micros = START + 1_250_000;

pub fn sender() -> Resource {
    Resource {
        service_name: "dify".into(),
        host_name: "db1".into(),
        instance_id: "i".into(),
        more: Vec::new(),
    }
}

/// Deserialized as `store` does it, so that a field that is renamed shows here too.
fn row<T: DeserializeOwned>(row: serde_json::Value) -> T {
    serde_json::from_str(&row.to_string()).unwrap()
}

fn record(kind: EventKind, correlation_id: Option<Uuid>, source: Source) -> Record {
    Record {
        event_id: 1,
        kind,
        correlation_id,
        recorded_at: END + 1000,
        source,
        relatives: Relatives::default(),
    }
}

pub fn run(change: impl FnOnce(&mut WorkflowRun)) -> Record {
    let mut run: WorkflowRun = row(json!({
        "id": RUN, "tenant_id": TENANT, "app_id": APP, "workflow_id": Uuid::from_u128(7),
        "status": "succeeded", "warned": false, "elapsed_time": 1.25,
        "created_at": START, "finished_at": END, "inputs": {"query": "hi"}, "query": "hi",
    }));
    change(&mut run);
    record(
        EventKind::WorkflowRun,
        Some(run.id),
        Source::WorkflowRun(Box::new(run)),
    )
}

fn node_row(run_id: Option<Uuid>) -> NodeExecution {
    row(json!({
        "id": NODE, "tenant_id": TENANT, "app_id": APP, "workflow_run_id": run_id,
        "node_id": "n1", "node_type": "llm", "status": "succeeded", "index": 2,
        "created_at": START, "finished_at": END,
    }))
}

pub fn node(change: impl FnOnce(&mut NodeExecution)) -> Record {
    let mut node = node_row(Some(RUN));
    change(&mut node);
    record(
        EventKind::NodeExecution,
        Some(RUN),
        Source::NodeExecution(Box::new(node)),
    )
}

pub fn draft(change: impl FnOnce(&mut NodeExecution)) -> Record {
    let mut node = node_row(None);
    change(&mut node);
    record(
        EventKind::DraftNodeExecution,
        Some(node.id),
        Source::NodeExecution(Box::new(node)),
    )
}

pub fn message(change: impl FnOnce(&mut Message)) -> Record {
    let mut message: Message = row(json!({
        "id": MESSAGE, "tenant_id": TENANT, "app_id": APP, "status": "normal",
        "query": "What?", "answer": "That.", "created_at": START, "finished_at": END,
    }));
    change(&mut message);
    record(
        EventKind::Message,
        Some(MESSAGE),
        Source::Message(Box::new(message)),
    )
}

pub fn app() -> Record {
    let app = AppChange {
        tenant_id: TENANT,
        app_id: APP,
        mode: Some("workflow".into()),
        at: START,
    };
    record(EventKind::AppCreated, None, Source::App(app))
}

pub fn feedback(change: impl FnOnce(&mut FeedbackChange)) -> Record {
    let mut feedback = FeedbackChange {
        tenant_id: TENANT,
        app_id: APP,
        message_id: MESSAGE,
        rating: Some("like".into()),
        content: None,
        user_id: None,
        at: START + 250_000,
    };
    change(&mut feedback);
    record(
        EventKind::Feedback,
        Some(MESSAGE),
        Source::Feedback(feedback),
    )
}

pub fn rehydration_failed(change: impl FnOnce(&mut RehydrationFailure)) -> Record {
    let mut failure = row(json!({
        "tenant_id": TENANT, "payload_type": "workflow", "correlation_id": RUN,
        "error": "the source row is gone", "at": START,
    }));
    change(&mut failure);
    let source = Source::RehydrationFailed(failure);
    record(EventKind::RehydrationFailed, None, source)
}
