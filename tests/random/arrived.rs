//! What was seen, flattened to named fields, so that one comparison serves logs, spans and views.

use std::collections::BTreeMap;

use dify_observe_tests::collector::{LogSeen, SpanSeen};
use dify_observe_tests::{Cluster, Collector};

use crate::attributes::{self, Fields, Gate};
use crate::expectation::{Expected, Seen};
use crate::json::Json;
use crate::outcome;
use crate::trace;
use crate::world::Event;

pub type Record = BTreeMap<String, Seen>;

fn text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

fn nanoseconds(at: u64) -> Seen {
    assert_eq!(at % 1_000, 0, "Postgres knows microseconds");
    Seen::Microseconds(i64::try_from(at / 1_000).expect("micros"))
}

fn absent_or(text: Option<String>) -> Expected {
    Expected::Text(text.unwrap_or_default())
}

pub fn logs(collector: &Collector) -> Vec<Record> {
    collector.logs().iter().map(log).collect()
}

fn log(log: &LogSeen) -> Record {
    let mut record = read(&log.attributes);
    let fields = [
        ("(event)", text(&log.event_name)),
        ("(body)", Seen::from(&log.body)),
        ("(trace)", text(&log.trace_id)),
        ("(span)", text(&log.span_id)),
        ("(severity)", Seen::Int(log.severity_number.into())),
        ("(severity text)", text(&log.severity_text)),
        ("(time)", nanoseconds(log.time_ns)),
    ];
    record.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    record
}

fn read(attributes: &BTreeMap<String, serde_json::Value>) -> Record {
    let one = |(name, value): (&String, &serde_json::Value)| (name.clone(), Seen::from(value));
    attributes.iter().map(one).collect()
}

pub fn expected_log(event: &Event, gate: Gate) -> Fields {
    let mut fields = attributes::of_log(event, gate);
    let name = attributes::event_name(event);
    let (number, severity) = outcome::severity(event);
    let more = [
        ("(event)", Expected::text(Some(name))),
        ("(body)", Expected::text(Some(name))),
        ("(trace)", absent_or(trace::trace_id(event))),
        ("(span)", absent_or(trace::span_id(event))),
        ("(severity)", Expected::Int(number)),
        ("(severity text)", Expected::text(Some(severity))),
        ("(time)", Expected::At(event.times.finished)),
    ];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    fields
}

pub fn spans(collector: &Collector) -> Vec<Record> {
    collector.spans().iter().map(span).collect()
}

fn span(span: &SpanSeen) -> Record {
    let mut record = read(&span.attributes);
    let fields = [
        ("(name)", text(&span.name)),
        ("(kind)", text(&span.kind)),
        ("(trace)", text(&span.trace_id)),
        ("(span)", text(&span.span_id)),
        ("(parent)", text(&span.parent_span_id)),
        ("(status)", text(&span.status)),
        ("(message)", text(&span.status_message)),
        ("(start)", nanoseconds(span.start_ns)),
        ("(end)", nanoseconds(span.end_ns)),
    ];
    record.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    record
}

pub fn expected_span(event: &Event) -> Fields {
    let mut fields = attributes::of_span(event);
    let failed = outcome::failed(event);
    let message = outcome::error(event).filter(|_| failed);
    let status = if failed { "ERROR" } else { "UNSET" };
    let more = [
        (
            "(name)",
            Expected::text(Some(attributes::event_name(event))),
        ),
        ("(kind)", Expected::text(Some("INTERNAL"))),
        ("(trace)", absent_or(trace::trace_id(event))),
        ("(span)", absent_or(trace::span_id(event))),
        ("(parent)", absent_or(trace::parent_span_id(event))),
        ("(status)", Expected::text(Some(status))),
        (
            "(message)",
            Expected::text(Some(message.unwrap_or_default())),
        ),
        ("(start)", Expected::At(event.times.created)),
        ("(end)", Expected::At(event.times.finished)),
    ];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    fields
}

/// The rows of `companion_logs` or `companion_log_details`.
pub fn view(cluster: &Cluster, database: &str, view: &str) -> Vec<Record> {
    let rows = cluster.rows(
        database,
        &format!(
            "SELECT attributes, event_name, signal, trace_id, span_id, parent_span_id, tenant_id, app_id, user_id, source_id,
                    severity, (extract(epoch FROM occurred_at) * 1000000)::bigint FROM dify_observe.{view}"
        ),
    );
    rows.into_iter().map(row).collect()
}

const COLUMNS: [&str; 10] = [
    "(event)",
    "(signal)",
    "(trace)",
    "(span)",
    "(parent)",
    "(tenant)",
    "(app)",
    "(user)",
    "(source)",
    "(severity)",
];

fn row(mut row: Vec<Option<String>>) -> Record {
    let time = row
        .pop()
        .flatten()
        .expect("a time")
        .parse()
        .expect("a number");
    let mut columns = row.into_iter();
    let attributes = columns.next().flatten().expect("attributes");
    let Ok(Json::Object(attributes)) = Json::read(&attributes) else {
        panic!("attributes are an object: {attributes}");
    };
    let mut record: Record = attributes
        .into_iter()
        .map(|(name, value)| (name, Seen::from(value)))
        .collect();
    for (name, value) in COLUMNS.iter().zip(columns) {
        record.insert((*name).to_owned(), value.map_or(Seen::Null, Seen::Text));
    }
    record.insert("(time)".to_owned(), Seen::Microseconds(time));
    // Only spans have parents in the documents; feedback and apps have sources that a caller is not told.
    if record.get("(signal)") == Some(&text("metric_only")) {
        record.remove("(parent)");
    }
    let event = record.get("(event)");
    if event == Some(&text("dify.feedback.created")) {
        record.remove("(source)");
    }
    record
}

pub fn expected_row(event: &Event, gate: Gate) -> Fields {
    let mut fields = attributes::of_log(event, gate);
    let call = &event.call;
    let id = |id: Option<uuid::Uuid>| Expected::text(id.map(attributes::spelled).as_deref());
    let more = [
        (
            "(event)",
            Expected::text(Some(attributes::event_name(event))),
        ),
        ("(signal)", fields["dify.event.signal"].clone()),
        ("(trace)", Expected::text(trace::trace_id(event).as_deref())),
        ("(span)", Expected::text(trace::span_id(event).as_deref())),
        ("(tenant)", id(call.uuid("tenant_id"))),
        ("(app)", id(call.uuid("app_id"))),
        ("(user)", Expected::text(attributes::user(event))),
        (
            "(severity)",
            Expected::text(Some(outcome::severity(event).1)),
        ),
        ("(time)", Expected::At(event.times.finished)),
    ];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    if attributes::has_span(call.kind) {
        let parent = trace::parent_span_id(event);
        fields.insert("(parent)".to_owned(), Expected::text(parent.as_deref()));
    }
    if let Some(own) = event.id {
        fields.insert("(source)".to_owned(), id(Some(own)));
    }
    fields
}
