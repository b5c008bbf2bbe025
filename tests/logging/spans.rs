//! A span has exactly the dictionary's span attributes that have a value, and never content.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::Value;

use crate::asking::Asking;
use crate::dictionary::attributes;
use crate::everything_given::{all, call};

#[test]
fn its_attributes_are_those_of_the_companion_log_that_belong_to_spans_and_are_known() {
    let collector = Collector::start();
    let cluster = Cluster::builder("spans")
        .conf("dify_observe.enabled", "on")
        .conf("dify_observe.telemetry_enabled", "on")
        .conf("dify_observe.otlp_endpoint", &collector.endpoint())
        .start();
    cluster.create_extension("postgres");
    let mut session = cluster.connect("postgres");
    let with_spans: Vec<_> = all()
        .into_iter()
        .filter(|(_, function, _, _)| ["log_workflow_run", "log_node_execution"].contains(function))
        .collect();
    for (_, function, given, _) in &with_spans {
        let id = session.ask("SELECT gen_random_uuid()");
        session.call(&call(function, given).with("id", &id));
        session.call(&crate::call::Call::of(function).with("error", ""));
    }
    let expected = 2 * with_spans.len();
    let spans = eventually("all spans", Duration::from_secs(60), || {
        let spans = collector.spans();
        if spans.len() >= expected {
            Ok(spans)
        } else {
            Err(spans.len())
        }
    });
    assert_eq!(spans.len(), expected);
    for span in spans {
        let log = session.json(&format!(
            "SELECT attributes FROM dify_observe.companion_logs WHERE span_id = '{}'",
            span.span_id
        ));
        let listed = attributes(&span.name);
        let belongs = |name: &String, value: &Value| {
            listed.get(name).is_some_and(|own| own.span) && !value.is_null()
        };
        let known = log
            .as_object()
            .expect("an object")
            .iter()
            .filter(|(name, value)| belongs(name, value));
        let names: Vec<&String> = known.map(|(name, _)| name).collect();
        assert_eq!(
            span.attributes.keys().collect::<Vec<_>>(),
            names,
            "{}",
            span.name
        );
        for name in names {
            assert!(!listed[name].content, "{name}");
            let (sent, logged) = (&span.attributes[name], &log[name]);
            assert_eq!(sent.as_f64(), logged.as_f64(), "{name}");
            assert_eq!(sent.as_str(), logged.as_str(), "{name}");
        }
    }
}
