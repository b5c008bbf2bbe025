//! The attributes of companion logs: all that are listed, of their types, showing what was given, and no others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::asking::{Asking, ready};
use crate::call::Call;
use crate::dictionary::{self, Numbers, Setting, assert_complete};
use crate::event_catalogue::{attributes, events};
use crate::everything_given::{all, call};
use crate::one_log::{forget, only_log};

const NODE_CALL: &str = "log_node_execution";

/// A given argument as its attribute shows it.
fn as_shown(kind: &str, argument: &str, given: &str) -> Value {
    match kind {
        "int" => json!(given.parse::<i64>().expect("an int")),
        "float" => json!(given.parse::<f64>().expect("a number")),
        "boolean" => json!(given == "true"),
        _ if argument.starts_with("dataset_") => json!(given.trim_matches(['{', '}'])),
        _ => json!(given.trim_matches('"')),
    }
}

#[track_caller]
fn assert_same_json(text: &str, given: &str) {
    let read = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
    assert_eq!(read(text), read(given));
    assert!(!text.contains("\\u"), "escaped: {text}");
}

#[test]
fn everything_given_leaves_no_argument_of_any_function_out() {
    let (_cluster, mut session) = ready("nothing_left_out");
    let mut given: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, function, arguments, _) in all() {
        let names = arguments.iter().map(|(name, _)| (*name).to_owned());
        given.entry(function).or_default().extend(names);
    }
    for (function, given) in given {
        let declared = format!(
            "SELECT unnest(proargnames) FROM pg_proc WHERE oid = 'dify_observe.{function}'::regproc"
        );
        let declared: BTreeSet<String> = session.column(&declared).into_iter().collect();
        assert_eq!(given, declared, "{function}");
    }
}

#[test]
fn with_every_argument_given_every_attribute_shows_it() {
    let (_cluster, mut session) = ready("all_given");
    for (event, function, given, node_type) in all() {
        forget(&mut session);
        session.call(&call(function, &given));
        let (log, details) = only_log(&mut session, "companion_log_details");
        assert_eq!(log["event_name"], event);
        for (name, attribute) in attributes(event) {
            let Some(argument) = attribute["from"].as_str() else {
                continue;
            };
            let Some((_, value)) = given.iter().find(|(own, _)| *own == argument) else {
                assert_eq!(details[&name], Value::Null, "{event} {name}");
                continue;
            };
            let shown = details
                .get(&name)
                .unwrap_or_else(|| panic!("{event} ({node_type}) lacks {name}"));
            let text = shown.as_str().unwrap_or_default();
            match attribute["type"].as_str().expect("a type") {
                "time" => assert!(text.starts_with("2026-02-03T04:05:06.789"), "{shown}"),
                "json" if value.starts_with(['{', '[']) => assert_same_json(text, value),
                kind => assert_eq!(shown, &as_shown(kind, argument, value), "{event} {name}"),
            }
        }
        let setting = Setting {
            node_type,
            everything: true,
            content: true,
        };
        assert_complete(event, &details, setting, Numbers::OfOneKind);
        let signal = dictionary::event(event)["signal"].clone();
        assert_eq!(details["dify.event.name"], event);
        assert_eq!(details["dify.event.signal"], signal);
        assert_eq!(log["signal"], signal);
    }
}

#[test]
fn with_only_what_is_required_every_listed_attribute_is_there_as_null() {
    let (_cluster, mut session) = ready("least_given");
    let mut cases: Vec<(String, Call, &'static str)> = Vec::new();
    for event in events() {
        let name = event["name"].as_str().expect("a name");
        if let Some(function) = event["function"].as_str().filter(|it| *it != NODE_CALL) {
            cases.push((name.to_owned(), Call::of(function), ""));
        }
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
        let node = Call::of(NODE_CALL).with("node_type", node_type);
        cases.push(("dify.node.execution".to_owned(), node.clone(), node_type));
        let draft = node.without("workflow_run_id").with("draft", "true");
        cases.push(("dify.node.execution.draft".to_owned(), draft, node_type));
    }
    for (event, call, node_type) in cases {
        forget(&mut session);
        session.call(&call);
        for (view, content) in [("companion_logs", false), ("companion_log_details", true)] {
            let (log, attributes) = only_log(&mut session, view);
            assert_eq!(log["event_name"], event.as_str());
            let setting = Setting {
                node_type,
                content,
                ..Setting::default()
            };
            assert_complete(&event, &attributes, setting, Numbers::OfOneKind);
        }
    }
}
