//! Every field of every span and log, compared with what the contract prescribes.

use dify_observe_tests::collector::{Attributes, LogSeen, SpanSeen};
use dify_observe_tests::{Cluster, Collector};
use serde_json::{Value, json};

use crate::activity::{
    self, DATABASE, Expected, STATEMENTS, expected, exporting, span_id, trace_id,
};

const SCOPE: &str = "dify.enterprise";

#[test]
fn spans_and_logs_arrive_as_the_contract_says() {
    let collector = Collector::start();
    let cluster = exporting("fields", &collector);
    cluster.sql(DATABASE, STATEMENTS);

    let expected = expected();
    let with_span = expected.iter().filter(|event| event.span.is_some());
    activity::arrived(&collector, with_span.count(), expected.len());
    let resource = resource(&cluster);
    check_spans(&expected, collector.spans(), &resource);
    check_logs(&expected, collector.logs(), &resource, true);
    observed_when_recorded(&cluster, &collector.logs());
    attributes_are_those_of(&cluster, "companion_log_details", &collector.logs());
}

#[test]
fn a_closed_gate_sends_references_in_the_place_of_content() {
    let collector = Collector::start();
    let cluster = Cluster::builder("gated")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.include_content", "off")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.sql(DATABASE, STATEMENTS);

    let expected = expected();
    let with_span = expected.iter().filter(|event| event.span.is_some());
    activity::arrived(&collector, with_span.count(), expected.len());
    let resource = resource(&cluster);
    check_spans(&expected, collector.spans(), &resource);
    check_logs(&expected, collector.logs(), &resource, false);
    attributes_are_those_of(&cluster, "companion_logs", &collector.logs());
}

fn resource(cluster: &Cluster) -> Attributes {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the host's name");
    let instance = cluster.value(
        DATABASE,
        "SELECT instance_id::text FROM dify_observe.installation",
    );
    Attributes::from([
        ("service.name".to_owned(), json!("dify")),
        ("host.name".to_owned(), json!(host.trim())),
        ("service.instance.id".to_owned(), json!(instance)),
    ])
}

fn version() -> String {
    let control = include_str!("../../dify_observe.control");
    let line = control
        .lines()
        .find(|line| line.starts_with("default_version"))
        .expect("a version");
    line.split('\'').nth(1).expect("a version").to_owned()
}

#[track_caller]
fn check_spans(expected: &[Expected], mut seen: Vec<SpanSeen>, resource: &Attributes) {
    let mut wanted: Vec<SpanSeen> = expected
        .iter()
        .filter_map(|event| {
            Some(SpanSeen {
                trace_id: trace_id(&event.trace),
                span_id: span_id(&event.source),
                parent_span_id: span_id(&event.parent),
                name: event.event.clone(),
                kind: "INTERNAL".to_owned(),
                start_ns: event.start_ns?,
                end_ns: event.occurred_ns,
                status: if event.error.is_some() {
                    "ERROR"
                } else {
                    "UNSET"
                }
                .to_owned(),
                status_message: event.error.clone().unwrap_or_default(),
                attributes: event.span.clone()?,
                resource: resource.clone(),
                scope: SCOPE.to_owned(),
                scope_version: version(),
            })
        })
        .collect();
    seen.sort_by_key(|span| span.span_id.clone());
    wanted.sort_by_key(|span| span.span_id.clone());
    for (seen, wanted) in seen.iter().zip(&wanted) {
        assert_eq!(seen, wanted);
    }
    assert_eq!(seen.len(), wanted.len());
}

#[track_caller]
fn check_logs(
    expected: &[Expected],
    mut seen: Vec<LogSeen>,
    resource: &Attributes,
    include_content: bool,
) {
    let mut wanted: Vec<LogSeen> = expected
        .iter()
        .map(|event| LogSeen {
            trace_id: trace_id(&event.trace),
            span_id: span_id(&event.source),
            event_name: event.event.clone(),
            severity_number: match event.severity.as_str() {
                "ERROR" => 17,
                "WARN" => 13,
                _ => 9,
            },
            severity_text: event.severity.clone(),
            body: json!(event.event),
            time_ns: event.occurred_ns,
            observed_ns: 0,
            attributes: event.log_attributes(include_content),
            resource: resource.clone(),
            scope: SCOPE.to_owned(),
            scope_version: version(),
        })
        .collect();
    let order = |log: &LogSeen| (log.event_name.clone(), log.time_ns, log.span_id.clone());
    seen.sort_by_key(order);
    wanted.sort_by_key(order);
    for (seen, wanted) in seen.iter_mut().zip(&wanted) {
        seen.observed_ns = 0;
        assert_eq!(seen, wanted);
    }
    assert_eq!(seen.len(), wanted.len());
}

/// In what they say; when that was recorded differs from run to run.
#[track_caller]
fn observed_when_recorded(cluster: &Cluster, logs: &[LogSeen]) {
    let rows = cluster.rows(
        DATABASE,
        "SELECT ((extract(epoch FROM recorded_at) * 1000000)::bigint * 1000)::text FROM dify_observe.events ORDER BY 1",
    );
    let recorded: Vec<u64> = rows
        .into_iter()
        .filter_map(|row| row.into_iter().next()??.parse().ok())
        .collect();
    let mut observed: Vec<u64> = logs.iter().map(|log| log.observed_ns).collect();
    observed.sort_unstable();
    assert_eq!(observed, recorded);
}

/// A database shows its readers exactly what it sends.
#[track_caller]
fn attributes_are_those_of(cluster: &Cluster, view: &str, logs: &[LogSeen]) {
    let rows = cluster.rows(
        DATABASE,
        &format!("SELECT attributes::text, trace_id, span_id, severity FROM dify_observe.{view} ORDER BY id"),
    );
    assert_eq!(rows.len(), logs.len());
    let mut stored: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let attributes: Value =
                serde_json::from_str(row[0].as_deref().expect("attributes")).expect("JSON");
            json!([
                without_number_kinds(attributes),
                row[1].clone().unwrap_or_default(),
                row[2].clone().unwrap_or_default(),
                row[3]
            ])
        })
        .collect();
    let mut sent: Vec<Value> = logs
        .iter()
        .map(|log| {
            json!([
                without_number_kinds(json!(log.attributes)),
                log.trace_id,
                log.span_id,
                log.severity_text
            ])
        })
        .collect();
    stored.sort_by_key(Value::to_string);
    sent.sort_by_key(Value::to_string);
    for (sent, stored) in sent.iter().zip(&stored) {
        assert_eq!(sent, stored);
    }
}

/// JSON has one kind of number where OTLP has two.
fn without_number_kinds(attributes: Value) -> Value {
    let Value::Object(object) = attributes else {
        return attributes;
    };
    let plain = object
        .into_iter()
        .map(|(name, value)| match value.as_f64() {
            Some(number) => (name, json!(number)),
            None => (name, value),
        });
    Value::Object(plain.collect())
}
