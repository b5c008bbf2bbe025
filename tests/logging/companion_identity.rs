//! What else a companion log says: times, tenant, app, user, source and severity.

use postgres::Client;
use serde_json::Value;

use crate::asking::{Asking, ready};
use crate::call::{APP, Call, TENANT};
use crate::everything_given::{ID, all, call};
use crate::one_log::forget;

type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

fn log_of(session: &mut Client, id: &str) -> Value {
    session.json(&format!(
        "SELECT to_jsonb(l) FROM dify_observe.companion_logs l WHERE source_id = '{id}'"
    ))
}

#[test]
fn the_columns_say_whose_it_is_and_when_it_happened() {
    let (_cluster, mut session) = ready("columns");
    session.run("SET timezone = 'UTC'");
    for (event, function, given, _) in all() {
        forget(&mut session);
        let id = session.call(&call(function, &given));
        let log = log_of(&mut session, &id);
        let (lasting, app) = (
            given.iter().any(|(name, _)| *name == "finished_at"),
            event.starts_with("dify.app"),
        );
        let at = if lasting {
            "2026-02-03T04:05:16.789+00:00"
        } else {
            "2026-02-03T04:05:06.789+00:00"
        };
        assert_eq!(log["occurred_at"], at, "{event}");
        assert_eq!(log["tenant_id"], TENANT);
        assert_eq!(log["app_id"], APP);
        assert_eq!(
            log["user_id"],
            if app { Value::Null } else { "user-1".into() },
            "{event}"
        );
        assert_eq!(log["source_id"], if lasting { ID } else { id.as_str() });
        assert_eq!(log["trace_id"].is_null(), app, "{event}");
        assert_eq!(log["span_id"].is_null(), app, "{event}");
        let recent = format!(
            "SELECT recorded_at BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM dify_observe.companion_logs WHERE source_id = '{id}'"
        );
        assert_eq!(session.ask(&recent), "t");
    }
}

#[test]
fn severity_follows_from_status_error_and_warnings() {
    let (_cluster, mut session) = ready("severity");
    let cases: [Case; 42] = [
        ("log_workflow_run", &[("status", "succeeded")], "INFO"),
        (
            "log_workflow_run",
            &[("status", "succeeded"), ("error", "e")],
            "INFO",
        ),
        (
            "log_workflow_run",
            &[("status", "stopped"), ("error", "e")],
            "INFO",
        ),
        ("log_workflow_run", &[("status", "failed")], "ERROR"),
        (
            "log_workflow_run",
            &[("status", "failed"), ("warnings", "[1]")],
            "ERROR",
        ),
        (
            "log_workflow_run",
            &[("status", "partial-succeeded")],
            "WARN",
        ),
        (
            "log_workflow_run",
            &[("status", "partial-succeeded"), ("error", "e")],
            "WARN",
        ),
        ("log_workflow_run", &[("warnings", r#"["w"]"#)], "WARN"),
        ("log_workflow_run", &[("warnings", "[]")], "INFO"),
        ("log_workflow_run", &[("warnings", "null")], "INFO"),
        ("log_node_execution", &[("status", "succeeded")], "INFO"),
        ("log_node_execution", &[("status", "failed")], "ERROR"),
        ("log_node_execution", &[("status", "exception")], "ERROR"),
        ("log_node_execution", &[("status", "retry")], "WARN"),
        (
            "log_node_execution",
            &[("status", "retry"), ("error", "e")],
            "ERROR",
        ),
        (
            "log_node_execution",
            &[("status", "retry"), ("error", "")],
            "WARN",
        ),
        (
            "log_node_execution",
            &[("status", "stopped"), ("error", "e")],
            "INFO",
        ),
        (
            "log_node_execution",
            &[("status", "partial-succeeded"), ("error", "e")],
            "WARN",
        ),
        ("log_message", &[("status", "normal")], "INFO"),
        (
            "log_message",
            &[("status", "normal"), ("error", "e")],
            "INFO",
        ),
        (
            "log_message",
            &[("status", "succeeded"), ("error", "e")],
            "INFO",
        ),
        (
            "log_message",
            &[("status", "stopped"), ("error", "e")],
            "INFO",
        ),
        ("log_message", &[("status", "failed")], "ERROR"),
        ("log_message", &[("status", "error")], "ERROR"),
        (
            "log_message",
            &[("status", "error"), ("error", "")],
            "ERROR",
        ),
        ("log_feedback", &[("rating", "dislike")], "INFO"),
        ("log_tool_execution", &[("status", "succeeded")], "INFO"),
        ("log_tool_execution", &[("status", "failed")], "ERROR"),
        ("log_tool_execution", &[("status", "error")], "ERROR"),
        (
            "log_tool_execution",
            &[("status", "succeeded"), ("error", "e")],
            "INFO",
        ),
        ("log_suggested_questions", &[("status", "failed")], "ERROR"),
        ("log_suggested_questions", &[], "INFO"),
        ("log_dataset_retrieval", &[("status", "error")], "ERROR"),
        ("log_dataset_retrieval", &[], "INFO"),
        ("log_generate_name", &[("status", "failed")], "ERROR"),
        ("log_generate_name", &[], "INFO"),
        ("log_prompt_generation", &[("status", "failed")], "ERROR"),
        ("log_prompt_generation", &[], "INFO"),
        ("log_moderation_check", &[("action", "block")], "INFO"),
        ("log_moderation_check", &[("flagged", "true")], "WARN"),
        (
            "log_moderation_check",
            &[("flagged", "true"), ("error", "")],
            "WARN",
        ),
        (
            "log_moderation_check",
            &[("flagged", "true"), ("error", "e")],
            "ERROR",
        ),
    ];
    for (function, given, severity) in cases {
        let id = session.call(&Call::of(function).with_all(given));
        assert_eq!(
            log_of(&mut session, &id)["severity"],
            severity,
            "{function} {given:?}"
        );
    }
}
