//! The companion logs that were received.

use dify_observe_tests::Collector;
use dify_observe_tests::collector::LogSeen;
use serde_json::Value;

use crate::table;

/// What tells one event from another at a glance, by the last part of the attribute's name.
const TELLING: [&str; 8] = [
    "title",
    "status",
    "rating",
    "mode",
    "model",
    "total_tokens",
    "error",
    "query",
];

pub fn show(receiver: &Collector) {
    let mut logs = receiver.logs();
    logs.sort_by_key(|log| (log.observed_ns, log.time_ns));
    table::heading(&format!("Companion logs received: {}", logs.len()));
    let title = ["event", "severity", "trace", "attributes", "some of them"]
        .map(str::to_owned)
        .to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(title)
        .chain(logs.iter().map(line))
        .collect();
    table::print(&rows);
}

fn line(log: &LogSeen) -> Vec<String> {
    let severity = if log.severity_text.is_empty() {
        log.severity_number.to_string()
    } else {
        log.severity_text.clone()
    };
    let trace = if log.trace_id.is_empty() {
        "-".to_owned()
    } else {
        table::short(&log.trace_id)
    };
    let attributes: Vec<String> = TELLING.iter().flat_map(|part| telling(log, part)).collect();
    let count = format!("{:>10}", log.attributes.len());
    vec![
        log.event_name.clone(),
        severity,
        trace,
        count,
        attributes.join(" "),
    ]
}

fn telling(log: &LogSeen, part: &str) -> Option<String> {
    let wanted = |(name, value): &(&String, &Value)| {
        name.rsplit('.').next() == Some(part)
            && *name != "dify.event.name"
            && shown(value).is_some()
    };
    let (_, value) = log.attributes.iter().find(wanted)?;
    Some(format!("{part}={}", shown(value)?))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(table::cut(text, 24)),
        other => Some(other.to_string()),
    }
}
