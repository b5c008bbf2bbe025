//! Values that must be refused: what is wrong with them, and with which SQLSTATE.

use crate::call::Call;
use crate::kind::Kind;
use crate::signature::Sort;
use crate::value::Value;

pub struct Wrong {
    pub argument: &'static str,
    /// None: it is left out.
    pub value: Option<Value>,
    pub code: &'static str,
}

const SECONDS: [&str; 5] = ["-0.001", "NaN", "Infinity", "-Infinity", "20000000000"];
const TIMES: [&str; 4] = [
    "infinity",
    "-infinity",
    "1969-12-31T23:59:59Z",
    "2600-01-01T00:00:00Z",
];
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// All that can be wrong with this call, one at a time.
pub fn all(call: &Call) -> Vec<Wrong> {
    let kind = call.kind;
    let mut all = Vec::new();
    let mut refuse = |argument, values: &[&str]| {
        all.extend(values.iter().map(|value| Wrong {
            argument,
            value: Some(Value::Text((*value).to_owned())),
            code: "22023",
        }));
    };
    for (argument, sort) in kind.optional() {
        match sort {
            Sort::Tokens => refuse(argument, &["-1"]),
            Sort::Count if COUNTS.contains(argument) => refuse(argument, &["-1"]),
            Sort::Price => refuse(argument, &["-0.5", "NaN", "Infinity"]),
            Sort::Seconds => refuse(argument, &SECONDS),
            _ => {}
        }
    }
    for argument in times(kind) {
        refuse(argument, &TIMES);
    }
    if times(kind).contains(&"finished_at") {
        refuse(kind.took(), &SECONDS);
        for name in ["id", "parent_trace_id"] {
            refuse(name, &[NIL]);
        }
    }
    for argument in naming(kind) {
        refuse(argument, &[NIL]);
    }
    if call.given.contains_key("status") {
        refuse("status", &["", "Succeeded", "no such status", "succeeded "]);
    }
    if kind == Kind::Feedback {
        refuse("rating", &["", "LIKE", "5"]);
    }
    for argument in required(kind) {
        all.push(Wrong {
            argument,
            value: None,
            code: "22004",
        });
    }
    all
}

const COUNTS: [&str; 3] = ["total_steps", "count", "document_count"];

fn times(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::AppUpdated => &["updated_at"],
        Kind::AppDeleted => &["deleted_at"],
        Kind::AppCreated | Kind::Feedback => &["created_at"],
        _ => &["created_at", "finished_at"],
    }
}

/// Ids that can name a trace, other than those all have.
fn naming(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Run => &["parent_workflow_run_id"],
        Kind::Node | Kind::Message => &["workflow_run_id"],
        Kind::Feedback => &["message_id"],
        Kind::Name => &["workflow_run_id", "conversation_id"],
        Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted => &[],
        _ => &["workflow_run_id", "message_id"],
    }
}

fn required(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Run => &["tenant_id", "app_id", "workflow_id", "status"],
        Kind::Node => &[
            "tenant_id",
            "app_id",
            "node_id",
            "node_type",
            "status",
            "workflow_run_id",
        ],
        Kind::Message | Kind::Questions | Kind::Retrieval => &["tenant_id", "app_id", "status"],
        Kind::Tool => &["tenant_id", "app_id", "tool_name", "status"],
        Kind::Moderation => &["tenant_id", "app_id", "action", "flagged"],
        Kind::Name => &["tenant_id", "app_id", "conversation_id", "status"],
        Kind::Prompt => &["tenant_id", "operation_type", "status"],
        Kind::Feedback => &["tenant_id", "app_id", "message_id"],
        Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted => &["tenant_id", "app_id"],
    }
}
