//! The attributes of companion logs: all that are listed, of their types, showing what was given, and no others.

use postgres::Client;
use serde_json::{Map, Value, json};

use crate::asking::{Asking, ready};
use crate::call::{Call, FUNCTIONS};
use crate::dictionary::{Setting, assert_complete, attributes};
use crate::everything_given::{Given, all, call, node};

/// The only log there is, from the view.
fn shown(session: &mut Client, view: &str) -> (Value, Map<String, Value>) {
    let log = session.json(&format!("SELECT to_jsonb(l) FROM dify_observe.{view} l"));
    let attributes = log["attributes"].as_object().expect("an object").clone();
    (log, attributes)
}

fn forget(session: &mut Client) {
    session.run("TRUNCATE dify_observe.apps, dify_observe.workflow_runs, dify_observe.node_executions, dify_observe.messages, dify_observe.feedbacks, dify_observe.trace_roots, dify_observe.events");
}

/// A given argument as its attribute shows it.
fn as_shown(kind: &str, argument: &str, given: &str) -> Value {
    match kind {
        "int" => json!(given.parse::<i64>().expect("an int")),
        "float" => json!(given.parse::<f64>().expect("a number")),
        _ if argument.starts_with("dataset_") => json!(given.trim_matches(['{', '}'])),
        _ => json!(given.trim_matches('"')),
    }
}

#[test]
fn with_every_argument_given_every_attribute_shows_it() {
    let (_cluster, mut session) = ready("all_given");
    for (event, function, given, node_type) in all() {
        forget(&mut session);
        session.call(&call(function, &given));
        let setting = Setting {
            nested: true,
            node_type,
            user: true,
            details: true,
        };
        let (log, details) = shown(&mut session, "companion_log_details");
        assert_eq!(log["event_name"], event);
        for (name, attribute) in attributes(event) {
            let Some(argument) = &attribute.given else {
                continue;
            };
            let Some((_, value)) = given.iter().find(|(own, _)| own == argument) else {
                assert_eq!(details[&name], Value::Null, "{event} {name}");
                continue;
            };
            let shown = details
                .get(&name)
                .unwrap_or_else(|| panic!("{event} ({node_type}) lacks {name}"));
            match attribute.kind.as_str() {
                "time" => assert!(
                    shown
                        .as_str()
                        .expect("text")
                        .starts_with("2026-02-03T04:05:06.789"),
                    "{shown}"
                ),
                _ if attribute.content && value.starts_with(['{', '[']) => {
                    let text = shown.as_str().expect("JSON text");
                    let (own, told): (Value, Value) = (
                        serde_json::from_str(text).expect("JSON"),
                        serde_json::from_str(value).expect("JSON"),
                    );
                    assert_eq!(own, told, "{event} {name}");
                    assert!(!text.contains("\\u"), "{event} {name}: {text}");
                }
                kind => assert_eq!(shown, &as_shown(kind, argument, value), "{event} {name}"),
            }
        }
        if !event.starts_with("dify.node") {
            assert_complete(event, &details, setting);
        }
        assert_eq!(details["dify.event.name"], event);
        let signal = if event.contains("workflow.run") || event.contains("node.execution") {
            "span_detail"
        } else {
            "metric_only"
        };
        assert_eq!(details["dify.event.signal"], signal);
        assert_eq!(log["signal"], signal);
    }
}

#[test]
fn with_only_what_is_required_every_listed_attribute_is_there_as_null() {
    let (_cluster, mut session) = ready("least_given");
    let mut cases: Vec<(&str, Call, &'static str)> = Vec::new();
    for (event, function) in [
        ("dify.workflow.run", "log_workflow_run"),
        ("dify.message.run", "log_message"),
        ("dify.app.created", "log_app_created"),
        ("dify.app.updated", "log_app_updated"),
        ("dify.app.deleted", "log_app_deleted"),
        ("dify.feedback.created", "log_feedback"),
    ] {
        assert!(FUNCTIONS.iter().any(|(name, _)| *name == function));
        cases.push((event, Call::of(function), ""));
    }
    for node_type in [
        "llm",
        "agent",
        "question-classifier",
        "parameter-extractor",
        "tool",
        "knowledge-retrieval",
        "code",
        "answer",
        "a type of tomorrow",
    ] {
        let node = Call::of("log_node_execution").with("node_type", node_type);
        cases.push(("dify.node.execution", node.clone(), node_type));
        let draft = node.without("workflow_run_id").with("draft", "true");
        cases.push(("dify.node.execution.draft", draft, node_type));
    }
    for (event, call, node_type) in cases {
        forget(&mut session);
        session.call(&call);
        for (view, details) in [("companion_logs", false), ("companion_log_details", true)] {
            let (log, attributes) = shown(&mut session, view);
            assert_eq!(log["event_name"], event);
            assert_complete(
                event,
                &attributes,
                Setting {
                    node_type,
                    details,
                    ..Setting::default()
                },
            );
        }
    }
}

#[test]
fn a_value_that_is_given_is_shown_on_any_node_type() {
    let (_cluster, mut session) = ready("any_type");
    let optional = [
        "model_provider",
        "model_name",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "total_price",
        "currency",
        "plugin_name",
        "plugin_id",
        "dataset_ids",
        "dataset_names",
    ];
    for argument in optional {
        forget(&mut session);
        let (_, value) = *node("code", false)
            .iter()
            .find(|(name, _)| *name == argument)
            .expect("one");
        session.call(&Call::of("log_node_execution").with(argument, value));
        let (_, shown) = shown(&mut session, "companion_logs");
        for (name, attribute) in attributes("dify.node.execution") {
            let given = attribute.given.as_deref() == Some(argument);
            let expected = given
                || attribute.expected_in(Setting {
                    node_type: "code",
                    ..Setting::default()
                });
            assert_eq!(
                shown.contains_key(&name),
                expected,
                "{name} with {argument}"
            );
        }
    }
}

#[test]
fn several_datasets_are_a_json_array_and_one_is_itself() {
    let (_cluster, mut session) = ready("datasets");
    for (given, shown_as) in [
        ("{a}", json!("a")),
        (r#"{"a \"b\"",ü}"#, json!(["a \"b\"", "ü"])),
        ("{}", Value::Null),
    ] {
        forget(&mut session);
        let node = Call::of("log_node_execution").with("node_type", "knowledge-retrieval");
        session.call(&node.with("dataset_ids", given).with("dataset_names", given));
        let (_, shown) = shown(&mut session, "companion_logs");
        for name in ["dify.dataset.id", "dify.dataset.name"] {
            let value = &shown[name];
            if shown_as.is_array() {
                let text = value.as_str().expect("JSON text");
                assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), shown_as);
                assert!(text.contains('ü'), "unescaped: {text}");
            } else {
                assert_eq!(*value, shown_as);
            }
        }
    }
}

#[test]
fn an_empty_error_counts_as_none() {
    let (_cluster, mut session) = ready("empty_error");
    let given: Given = vec![("error", "")];
    for (function, name) in [
        ("log_workflow_run", "dify.workflow.error"),
        ("log_node_execution", "dify.node.error"),
        ("log_message", "dify.message.error"),
    ] {
        forget(&mut session);
        session.call(&call(function, &given));
        let (log, shown) = shown(&mut session, "companion_logs");
        assert_eq!(shown[name], Value::Null, "{name}");
        assert_eq!(log["severity"], "INFO");
    }
}
