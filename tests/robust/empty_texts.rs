//! Empty texts in every argument: accepted, and told as empty where they are not the same as nothing.

use dify_observe_tests::Collector;
use serde_json::Value;

use crate::asking::Asking;
use crate::event_catalogue;
use crate::exporting::{arguments, arrived, every_kind, exporting, only};

/// Those with a list of what is allowed.
const LISTED: [&str; 2] = ["status", "rating"];

#[test]
fn every_event_arrives() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_empty", &collector);
    for (name, _, call) in every_kind() {
        let mut empty = call.clone();
        for argument in arguments(&mut session, &call, "text") {
            if !LISTED.contains(&argument.as_str()) {
                empty = empty.with(&argument, "");
            }
        }
        for argument in arguments(&mut session, &call, "text[]") {
            empty = empty.with(&argument, r#"{""}"#);
        }
        for argument in arguments(&mut session, &call, "json") {
            empty = empty.with(&argument, r#""""#);
        }
        assert!(!session.call(&empty).is_empty(), "{name}");
    }
    let logs = arrived(&collector, 14);
    for (name, _, call) in every_kind() {
        let attributes = only(&logs, &name);
        let mut texts = arguments(&mut session, &call, "text");
        texts.extend(arguments(&mut session, &call, "json"));
        texts.retain(|argument| !LISTED.contains(&argument.as_str()));
        for (attribute, described) in event_catalogue::attributes(&name) {
            let Some(argument) = described["from"].as_str() else {
                continue;
            };
            if attribute == "user_id" {
                assert_eq!(attributes.get("user_id"), None, "{name}");
            } else if argument == "error" {
                assert_eq!(attributes[&attribute], Value::Null, "{name} {attribute}");
            } else if texts.iter().any(|text| text == argument) {
                assert_eq!(attributes[&attribute], "", "{name} {attribute}");
            }
        }
    }
    let spans = collector.spans();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert_eq!(span.status, "UNSET");
        let empty: Vec<_> = span
            .attributes
            .iter()
            .filter(|(_, value)| **value == "")
            .collect();
        assert!(empty.is_empty(), "left out of spans: {empty:?}");
    }
    session.run("CALL dify_observe.fold_metrics()");
    assert!(
        session
            .table("SELECT * FROM dify_observe.check_metrics()")
            .is_empty()
    );
    let failed = "SELECT count(*) FROM dify_observe.metrics WHERE name = 'dify.errors.total'";
    assert_eq!(session.number(failed), 0);
}
