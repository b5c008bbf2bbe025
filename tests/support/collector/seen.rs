//! Flat pictures of what arrived, easy to assert on. Ids are lower-case hex, empty when absent; times are Unix nanoseconds.

use std::collections::BTreeMap;

use serde_json::Value;

/// An OTLP integer is a JSON integer and a double a JSON float: `json!(2)` differs from `json!(2.0)`.
/// An attribute without a value is null.
pub type Attributes = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq)]
pub struct SpanSeen {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: String,
    pub name: String,
    /// `INTERNAL`, `SERVER`, …
    pub kind: String,
    pub start_ns: u64,
    pub end_ns: u64,
    /// `UNSET`, `OK` or `ERROR`.
    pub status: String,
    pub status_message: String,
    pub attributes: Attributes,
    pub resource: Attributes,
    pub scope: String,
    pub scope_version: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogSeen {
    pub trace_id: String,
    pub span_id: String,
    pub event_name: String,
    pub severity_number: i32,
    pub severity_text: String,
    pub body: Value,
    pub time_ns: u64,
    pub observed_ns: u64,
    pub attributes: Attributes,
    pub resource: Attributes,
    pub scope: String,
    pub scope_version: String,
}

/// One point of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSeen {
    pub name: String,
    pub unit: String,
    pub description: String,
    pub labels: Attributes,
    pub value: MetricValue,
    /// For counters; false for the others.
    pub monotonic: bool,
    /// Cumulative, as against delta; false for gauges.
    pub cumulative: bool,
    pub start_ns: u64,
    pub time_ns: u64,
    pub resource: Attributes,
    pub scope: String,
    pub scope_version: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MetricValue {
    Int(i64),
    Double(f64),
    Histogram {
        count: u64,
        sum: Option<f64>,
        min: Option<f64>,
        max: Option<f64>,
        bounds: Vec<f64>,
        buckets: Vec<u64>,
    },
}

impl MetricSeen {
    /// An integer's value, a histogram's count.
    pub fn count(&self) -> i64 {
        match &self.value {
            MetricValue::Int(value) => *value,
            MetricValue::Double(value) => panic!("{} is no integer: {value}", self.name),
            MetricValue::Histogram { count, .. } => i64::try_from(*count).expect("a sane count"),
        }
    }
}

/// The last point of each series, sorted by name, labels and resource.
pub fn latest<'a>(points: impl Iterator<Item = &'a MetricSeen>) -> Vec<MetricSeen> {
    let identity =
        |point: &MetricSeen| format!("{} {:?} {:?}", point.name, point.labels, point.resource);
    let series: BTreeMap<String, &MetricSeen> =
        points.map(|point| (identity(point), point)).collect();
    series.into_values().cloned().collect()
}
