//! Types, modes, actions and kinds of operations that nobody has heard of arrive unchanged, as attributes and as labels.

use dify_observe_tests::{Collector, eventually};

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{PATIENCE, arrived, exporting, only};

const WORDS: [&str; 5] = [
    "quantum-node",
    "Ünbekannt 中 😀",
    "with \"quotes\", commas, {braces} = and \\",
    "line\nbreak\tand \u{7f}",
    " ",
];

#[test]
fn they_arrive_unchanged() {
    for (number, word) in WORDS.into_iter().enumerate() {
        let collector = Collector::start();
        let (_cluster, mut session) = exporting(&format!("robust_words_{number}"), &collector);
        let places: [(&str, &[&str], &str, &[&str]); 8] = [
            (
                "log_workflow_run",
                &["invoke_from", "triggered_from", "from_source"],
                "dify.workflow.run",
                &["dify.invoke_from"],
            ),
            (
                "log_node_execution",
                &["node_type", "node_id", "model_provider", "plugin_name"],
                "dify.node.execution",
                &[
                    "dify.node.type",
                    "dify.node.id",
                    "gen_ai.provider.name",
                    "dify.node.plugin_name",
                ],
            ),
            (
                "log_message",
                &["mode", "invoke_from", "model_name"],
                "dify.message.run",
                &["dify.invoke_from", "gen_ai.request.model"],
            ),
            (
                "log_tool_execution",
                &["tool_name", "created_by_role"],
                "dify.tool.execution",
                &["dify.tool.name"],
            ),
            (
                "log_moderation_check",
                &["action", "type"],
                "dify.moderation.check",
                &["dify.moderation.action", "dify.moderation.type"],
            ),
            (
                "log_prompt_generation",
                &["operation_type", "model_name"],
                "dify.prompt_generation.execution",
                &[
                    "dify.prompt_generation.operation_type",
                    "gen_ai.request.model",
                ],
            ),
            (
                "log_app_created",
                &["mode"],
                "dify.app.created",
                &["dify.app.mode"],
            ),
            (
                "log_feedback",
                &["from_source"],
                "dify.feedback.created",
                &[],
            ),
        ];
        for (function, arguments, _, _) in places {
            let call = arguments.iter().fold(Call::of(function), |call, argument| {
                call.with(argument, word)
            });
            session.call(&call);
        }
        let logs = arrived(&collector, places.len());
        for (_, _, event, attributes) in places {
            for attribute in attributes {
                assert_eq!(only(&logs, event)[*attribute], word, "{event} {attribute}");
            }
        }
        for (metric, labels) in [
            (
                "dify.requests.total",
                [("type", "workflow"), ("invoke_from", word)],
            ),
            (
                "dify.requests.total",
                [("type", "node"), ("node_type", word)],
            ),
            (
                "dify.requests.total",
                [("type", "message"), ("model_name", word)],
            ),
            (
                "dify.requests.total",
                [("type", "tool"), ("tool_name", word)],
            ),
            (
                "dify.requests.total",
                [("type", "prompt_generation"), ("operation_type", word)],
            ),
            (
                "dify.node.duration",
                [("node_type", word), ("model_provider", word)],
            ),
            (
                "dify.tool.duration",
                [("tool_name", word), ("tool_name", word)],
            ),
            ("dify.app.created.total", [("mode", word), ("mode", word)]),
        ] {
            eventually("it is counted", PATIENCE, || {
                let counted = collector.total(metric, &labels);
                if counted == 1 {
                    Ok(())
                } else {
                    Err((metric, labels, counted))
                }
            });
        }
        assert!(
            session
                .table("SELECT * FROM dify_observe.check_metrics()")
                .is_empty()
        );
    }
}
