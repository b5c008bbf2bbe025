//! Events that must be refused, and what must be said of them.

use crate::event::Event;

const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// Bad events with the field, the SQLSTATE, and words of the message or the explanation.
pub fn bad_events() -> Vec<(String, &'static str, &'static str, &'static str)> {
    let run = || Event::of("dify.workflow.run");
    let node = || Event::of("dify.node.execution");
    let message = || Event::of("dify.message.run");
    let tool = || Event::of("dify.tool.execution");
    let listed = |event: Event, field, code, words| (event.text(), field, code, words);
    let written = |text: &str, field, code, words| (text.to_owned(), field, code, words);
    vec![
        listed(
            run().without("tenant_id"),
            "tenant_id",
            "22004",
            "must be given",
        ),
        listed(
            run().raw("status", "null"),
            "status",
            "22004",
            "must be given",
        ),
        listed(run().with("status", "done"), "status", "22023", "done"),
        listed(run().with("status", "running"), "status", "22023", "final"),
        listed(run().with("status", "paused"), "status", "22023", "final"),
        listed(run().with("id", NIL), "id", "22023", "nil"),
        listed(run().with("id", "no-id"), "id", "22023", "no-id"),
        listed(
            run().with("elapsed_time", -1),
            "elapsed_time",
            "22023",
            "zero or more",
        ),
        listed(
            run().with("elapsed_time", "NaN"),
            "elapsed_time",
            "22023",
            "finite",
        ),
        listed(
            run().with("total_price", "Infinity"),
            "total_price",
            "22023",
            "finite",
        ),
        listed(
            run().with("total_steps", 1.5),
            "total_steps",
            "22023",
            "integer",
        ),
        listed(
            run().with("total_steps", 2_147_483_648_i64),
            "total_steps",
            "22023",
            "2147483648",
        ),
        listed(
            run().with("created_at", "yesterday-ish"),
            "created_at",
            "22023",
            "yesterday-ish",
        ),
        listed(
            run().with("created_at", "1969-12-31T23:59:59Z"),
            "created_at",
            "22023",
            "1970",
        ),
        listed(
            run().with("created_at", "2554-01-01T00:00:00Z"),
            "created_at",
            "22023",
            "2553",
        ),
        listed(
            run()
                .with("created_at", "2026-02-03T00:00:01Z")
                .with("finished_at", "2026-02-03T00:00:00Z"),
            "finished_at",
            "22023",
            "or later",
        ),
        listed(
            run().with("dataset_ids", "{}"),
            "dataset_ids",
            "22023",
            "not a field of dify.workflow.run",
        ),
        listed(
            run().with("Status", "succeeded"),
            "Status",
            "22023",
            "not a field",
        ),
        listed(run().raw("inputs", "1e400000"), "inputs", "22023", "inputs"),
        listed(
            node().without("workflow_run_id"),
            "workflow_run_id",
            "22004",
            "must be given",
        ),
        listed(
            node().with("dataset_ids", serde_json::json!([["a"], ["b"]])),
            "dataset_ids",
            "22023",
            "array",
        ),
        listed(
            node().with("dataset_names", serde_json::json!(["a", null])),
            "dataset_names",
            "22023",
            "without nulls",
        ),
        listed(node().with("status", "pending"), "status", "22023", "final"),
        listed(
            message().with("agent_based", "perhaps"),
            "agent_based",
            "22023",
            "perhaps",
        ),
        listed(
            message().with("time_to_first_token", -0.1),
            "time_to_first_token",
            "22023",
            "zero or more",
        ),
        listed(
            message().with("input_tokens", -1),
            "input_tokens",
            "22023",
            "zero or more",
        ),
        listed(
            message().with("input_tokens", 4_000_000_000_000_000_000_i64),
            "input_tokens",
            "22023",
            "4e18",
        ),
        listed(tool().with("status", "running"), "status", "22023", "final"),
        listed(
            tool().with("status", "stopped"),
            "status",
            "22023",
            "succeeded, failed, error",
        ),
        listed(tool().with("created_by", "me"), "created_by", "22023", "me"),
        listed(
            Event::of("dify.moderation.check").raw("flagged", "null"),
            "flagged",
            "22004",
            "must be given",
        ),
        listed(
            Event::of("dify.moderation.check").with("flagged", "maybe"),
            "flagged",
            "22023",
            "maybe",
        ),
        listed(
            Event::of("dify.suggested_question.generation").with("count", -3),
            "count",
            "22023",
            "zero or more",
        ),
        listed(
            Event::of("dify.dataset.retrieval").with("document_count", -3),
            "document_count",
            "22023",
            "zero or more",
        ),
        listed(
            Event::of("dify.generate_name.execution").with("conversation_id", NIL),
            "conversation_id",
            "22023",
            "nil",
        ),
        listed(
            Event::of("dify.prompt_generation.execution").with("total_price", -1),
            "total_price",
            "22023",
            "zero or more",
        ),
        listed(
            Event::of("dify.feedback.created").with("rating", "meh"),
            "rating",
            "22023",
            "like, dislike",
        ),
        listed(
            Event::of("dify.feedback.created").with("id", NIL),
            "id",
            "22023",
            "not a field",
        ),
        listed(
            Event::of("dify.app.created").with("created_at", "infinity"),
            "created_at",
            "22023",
            "2553",
        ),
        listed(
            Event::of("dify.app.deleted").with("mode", "chat"),
            "mode",
            "22023",
            "not a field",
        ),
        listed(
            Event::of("dify.app.updated").with("app_id", NIL),
            "app_id",
            "22023",
            "nil",
        ),
        written(
            r#"{"event": "dify.telemetry.rehydration_failed"}"#,
            "event",
            "22023",
            "can be logged",
        ),
        written(
            r#"{"event": "dify.workflow.runs"}"#,
            "event",
            "22023",
            "dify.workflow.runs",
        ),
        written(
            r#"{"event": "log_message"}"#,
            "event",
            "22023",
            "can be logged",
        ),
        written(r#"{"event": null}"#, "event", "22023", "can be logged"),
        written(
            r#"{"status": "succeeded"}"#,
            "event",
            "22023",
            "can be logged",
        ),
        written(r#"{"event": 7}"#, "event", "22023", "7"),
        written("{}", "event", "22023", "can be logged"),
        written("7", "", "22023", "not an object"),
        written("null", "", "22023", "not an object"),
        written(r#""dify.workflow.run""#, "", "22023", "not an object"),
        written(
            r#"[{"event": "dify.app.created"}]"#,
            "",
            "22023",
            "not an object",
        ),
    ]
}
