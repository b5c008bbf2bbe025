//! A value for every argument of every logging function, so that each attribute can be held against what was given.

use crate::call::{APP, Call, TENANT, WORKFLOW};
use crate::operations_given;

pub const ID: &str = "aa000000-0000-4000-8000-000000000001";
pub const RUN: &str = "aa000000-0000-4000-8000-000000000002";
pub const MESSAGE: &str = "bb000000-0000-4000-8000-000000000002";
pub const NODE: &str = "bb000000-0000-4000-8000-000000000004";
pub const CONVERSATION: &str = "bb000000-0000-4000-8000-000000000001";

pub type Given = Vec<(&'static str, &'static str)>;

const OF_ALL: [(&str, &str); 3] = [
    ("tenant_id", TENANT),
    ("app_id", APP),
    ("user_id", "user-1"),
];
const MEASURED: [(&str, &str); 5] = [
    ("input_tokens", "11"),
    ("output_tokens", "22"),
    ("total_tokens", "44"),
    ("total_price", "0.1"),
    ("currency", "EUR"),
];
const TOLD: [(&str, &str); 7] = [
    ("id", ID),
    ("created_at", "2026-02-03 04:05:06.789+00"),
    ("finished_at", "2026-02-03 04:05:16.789+00"),
    ("error", "the error, wörtlich"),
    ("inputs", r#"{"question": "退货?"}"#),
    ("outputs", r#""just text""#),
    ("metadata", r#"{"k": "v"}"#),
];

pub fn run() -> Given {
    let own = [
        ("workflow_id", WORKFLOW),
        ("status", "failed"),
        ("workflow_version", "v7"),
        ("query", "the query"),
        ("warnings", r#"["careful"]"#),
        ("files", r#"[{"name": "f"}]"#),
        ("configuration", r#"{"c": 1}"#),
        ("triggered_from", "app-run"),
        ("invoke_from", "web-app"),
        ("from_source", "api"),
        ("conversation_id", CONVERSATION),
        ("message_id", MESSAGE),
        (
            "workflow_app_log_id",
            "bb000000-0000-4000-8000-000000000003",
        ),
        ("invoked_by", "invoker"),
        ("user_session_id", "session"),
        ("total_steps", "5"),
        ("elapsed_time", "1.25"),
        ("parent_trace_id", "cc000000-0000-4000-8000-000000000001"),
        (
            "parent_workflow_run_id",
            "cc000000-0000-4000-8000-000000000002",
        ),
        (
            "parent_node_execution_id",
            "cc000000-0000-4000-8000-000000000003",
        ),
        ("parent_app_id", "cc000000-0000-4000-8000-000000000004"),
    ];
    [&OF_ALL[..], &MEASURED, &TOLD, &own].concat()
}

pub fn node(node_type: &'static str, draft: bool) -> Given {
    let own = [
        ("workflow_id", WORKFLOW),
        ("node_type", node_type),
        ("node_id", "node-1"),
        ("status", "exception"),
        ("title", "the title"),
        ("index", "3"),
        ("predecessor_node_id", "node-0"),
        ("iteration_id", "iteration"),
        ("iteration_index", "1"),
        ("loop_id", "loop"),
        ("loop_index", "2"),
        ("parallel_id", "parallel"),
        ("retry_index", "0"),
        ("process_data", r#"{"p": [1, 2]}"#),
        ("elapsed_time", "1.25"),
        ("invoked_by", "invoker"),
        ("message_id", MESSAGE),
        ("conversation_id", CONVERSATION),
        ("model_provider", "openai"),
        ("model_name", "gpt-4o"),
        ("plugin_name", "search"),
        ("plugin_id", "vendor/search"),
        ("parent_trace_id", "cc000000-0000-4000-8000-000000000001"),
        ("dataset_ids", "{dataset-1}"),
        ("dataset_names", "{Handbook}"),
    ];
    let place = if draft {
        ("draft", "true")
    } else {
        ("workflow_run_id", RUN)
    };
    [&OF_ALL[..], &MEASURED, &TOLD, &own, &[place]].concat()
}

pub fn message() -> Given {
    let own = [
        ("status", "error"),
        ("conversation_id", CONVERSATION),
        ("workflow_run_id", RUN),
        ("node_execution_id", NODE),
        ("parent_message_id", "bb000000-0000-4000-8000-000000000005"),
        ("parent_trace_id", "cc000000-0000-4000-8000-000000000001"),
        ("invoke_from", "service-api"),
        ("from_source", "api"),
        ("mode", "chat"),
        ("agent_based", "true"),
        ("user_session_id", "session"),
        ("end_user_id", "end user"),
        ("account_id", "account"),
        ("query", "the query"),
        ("answer", "the answer"),
        ("files", "[]"),
        ("message_file_data", "{}"),
        ("model_provider", "openai"),
        ("model_name", "gpt-4o"),
        ("duration", "1.25"),
        ("time_to_first_token", "0.5"),
    ];
    [&OF_ALL[..], &MEASURED, &TOLD, &own].concat()
}

pub fn app(time: &'static str, named: bool) -> Given {
    let names = [("mode", "workflow"), ("name", "the name")];
    let names = if named { &names[..] } else { &[] };
    [&OF_ALL[..2], &[(time, "2026-02-03 04:05:06.789+00")], names].concat()
}

pub fn feedback() -> Given {
    let own = [
        ("message_id", MESSAGE),
        ("rating", "dislike"),
        ("content", "too long"),
        ("from_source", "admin"),
        ("conversation_id", CONVERSATION),
        ("created_at", "2026-02-03 04:05:06.789+00"),
    ];
    [&OF_ALL[..], &own].concat()
}

/// Every event with the call that tells it, all its arguments, and a node's type.
pub fn all() -> Vec<(&'static str, &'static str, Given, &'static str)> {
    let mut all = vec![
        ("dify.workflow.run", "log_workflow_run", run(), ""),
        ("dify.message.run", "log_message", message(), ""),
        (
            "dify.app.created",
            "log_app_created",
            app("created_at", true),
            "",
        ),
        (
            "dify.app.updated",
            "log_app_updated",
            app("updated_at", true),
            "",
        ),
        (
            "dify.app.deleted",
            "log_app_deleted",
            app("deleted_at", false),
            "",
        ),
        ("dify.feedback.created", "log_feedback", feedback(), ""),
    ];
    for (event, function, given) in operations_given::all() {
        all.push((event, function, given, ""));
    }
    for node_type in [
        "llm",
        "agent",
        "question-classifier",
        "parameter-extractor",
        "tool",
        "knowledge-retrieval",
        "code",
        "start",
    ] {
        all.push((
            "dify.node.execution",
            "log_node_execution",
            node(node_type, false),
            node_type,
        ));
        all.push((
            "dify.node.execution.draft",
            "log_node_execution",
            node(node_type, true),
            node_type,
        ));
    }
    all
}

pub fn call(function: &str, given: &Given) -> Call {
    let call = Call::of(function).with_all(given);
    match given.iter().any(|(name, _)| *name == "draft") {
        true => call.without("workflow_run_id"),
        false => call,
    }
}
