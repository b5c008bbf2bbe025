//! The demo's activity in the words of each vendor, from the database to the wire.

use std::collections::BTreeMap;

use dify_observe_tests::Collector;
use dify_observe_tests::collector::SpanSeen;
use serde_json::{Value, json};

use crate::activity::{all_sent, connect, exporting, log_demo};

const CUSTOMER: &str = "customer-7";

#[test]
fn the_demo_s_activity_arrives_in_each_vendor_s_words() {
    let cluster = exporting("vocabulary");
    let vendors = ["langfuse", "openinference", "langsmith", "genai"];
    let collectors: BTreeMap<&str, Collector> =
        vendors.map(|vendor| (vendor, Collector::start())).into();
    for (vendor, collector) in &collectors {
        let server = format!("profile '{vendor}', endpoint '{}'", collector.endpoint());
        connect(&cluster, vendor, &server, "");
    }
    log_demo(&cluster);
    let seen: BTreeMap<&str, Vec<SpanSeen>> = collectors
        .iter()
        .map(|(vendor, collector)| {
            all_sent(&cluster, vendor);
            (*vendor, collector.spans())
        })
        .collect();
    let langfuse = &seen["langfuse"];
    assert_eq!(langfuse.len(), 17, "{:?}", names(langfuse));
    for (vendor, spans) in &seen {
        assert_eq!(places(spans), places(langfuse), "{vendor}");
    }
    has_no_orphans(langfuse);
    the_turn_is_one_trace(langfuse);
    the_nested_run_is_below_its_tool_node(langfuse);
    let write = of(langfuse, "Write an answer");
    assert_eq!(attribute(write, "langfuse.observation.type"), "generation");
    assert_eq!(
        attribute(write, "langfuse.observation.model.name"),
        "gpt-4o"
    );
    let usage = attribute(write, "langfuse.observation.usage_details");
    let usage: Value = serde_json::from_str(usage.as_str().expect("text")).expect("JSON");
    assert_eq!(usage["input"], 812);
    let openinference = &seen["openinference"];
    let write = of(openinference, "Write an answer");
    assert_eq!(attribute(write, "openinference.span.kind"), "LLM");
    assert_eq!(attribute(write, "llm.token_count.prompt"), json!(812));
    assert_eq!(attribute(write, "user.id"), CUSTOMER);
    let langsmith = &seen["langsmith"];
    let write = of(langsmith, "Write an answer");
    assert_eq!(attribute(write, "langsmith.span.kind"), "llm");
    assert_eq!(attribute(write, "gen_ai.usage.output_tokens"), json!(64));
    let failed = of(langsmith, "Ask the order service");
    assert_eq!(
        (failed.status.as_str(), failed.status_message.as_str()),
        ("ERROR", "order service: HTTP 503")
    );
}

fn names(spans: &[SpanSeen]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[track_caller]
fn of<'a>(spans: &'a [SpanSeen], name: &str) -> &'a SpanSeen {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("{name} among {:?}", names(spans)))
}

#[track_caller]
fn attribute(span: &SpanSeen, name: &str) -> Value {
    let found = span.attributes.get(name).cloned();
    found.unwrap_or_else(|| panic!("{name} in {:?}", span.attributes))
}

/// Trace, span and parent, and when: the same for all.
fn places(spans: &[SpanSeen]) -> Vec<(&str, &str, &str, u64, u64)> {
    let mut places: Vec<_> = spans
        .iter()
        .map(|span| {
            let ids = (&span.trace_id, &span.span_id, &span.parent_span_id);
            (
                ids.0.as_str(),
                ids.1.as_str(),
                ids.2.as_str(),
                span.start_ns,
                span.end_ns,
            )
        })
        .collect();
    places.sort_unstable();
    places
}

/// Every parent is there, in the same trace, and no span is there twice.
#[track_caller]
fn has_no_orphans(spans: &[SpanSeen]) {
    for span in spans {
        let same = spans.iter().filter(|other| other.span_id == span.span_id);
        assert_eq!(same.count(), 1, "{}", span.name);
        let there = spans
            .iter()
            .any(|other| other.span_id == span.parent_span_id && other.trace_id == span.trace_id);
        assert!(
            span.parent_span_id.is_empty() || there,
            "{} has no parent among {:?}",
            span.name,
            names(spans)
        );
    }
}

/// The run is the root, the message and the nodes are its children.
#[track_caller]
fn the_turn_is_one_trace(spans: &[SpanSeen]) {
    let write = of(spans, "Write an answer");
    let run = spans
        .iter()
        .find(|span| span.span_id == write.parent_span_id);
    let run = run.expect("the run");
    assert_eq!(run.parent_span_id, "");
    let turn: Vec<_> = spans
        .iter()
        .filter(|span| span.trace_id == run.trace_id)
        .collect();
    let children = turn
        .iter()
        .filter(|span| span.parent_span_id == run.span_id)
        .count();
    assert_eq!((turn.len(), children), (8, 4));
}

#[track_caller]
fn the_nested_run_is_below_its_tool_node(spans: &[SpanSeen]) {
    let decide = of(spans, "Decide on the refund");
    let parent = |span: &SpanSeen| {
        let found = spans.iter().find(|one| one.span_id == span.parent_span_id);
        found.cloned().unwrap_or_else(|| panic!("{span:?}"))
    };
    let inner = parent(decide);
    let tool = parent(&inner);
    assert_eq!(tool.name, "Refund the order");
    assert_eq!(parent(&tool).parent_span_id, "");
}
