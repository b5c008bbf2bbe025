//! One of everything, logged, and what the contract says about it: tests/data/activity.json, written by hand from the
//! contract and the data dictionary.

use std::collections::BTreeMap;
use std::time::Duration;

use dify_observe_tests::collector::Attributes;
use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub const STATEMENTS: &str = include_str!("../data/activity.sql");
const EXPECTED: &str = include_str!("../data/activity.json");
/// 2026-02-10 19:30:00 UTC, to which its times are relative.
const BEGAN_US: u64 = 1_770_751_800_000_000;
pub const DATABASE: &str = "app";

/// One event of the activity.
pub struct Expected {
    pub event: String,
    /// The UUID that names the trace.
    pub trace: Option<String>,
    /// The UUID that names the span.
    pub source: Option<String>,
    pub parent: Option<String>,
    pub start_ns: Option<u64>,
    pub occurred_ns: u64,
    pub severity: String,
    /// The message of a span's status.
    pub error: Option<String>,
    pub span: Option<Attributes>,
    pub log: Attributes,
    pub content: Attributes,
    /// What a closed gate shows in the place of content; nothing at all where there is none.
    pub reference: Option<String>,
}

impl Expected {
    pub fn log_attributes(&self, include_content: bool) -> Attributes {
        let mut all = self.log.clone();
        for (name, value) in &self.content {
            if include_content {
                all.insert(name.clone(), value.clone());
            } else if let Some(reference) = &self.reference {
                all.insert(name.clone(), Value::String(reference.clone()));
            }
        }
        all
    }
}

pub fn expected() -> Vec<Expected> {
    let all: Vec<BTreeMap<String, Value>> = serde_json::from_str(EXPECTED).expect("activity.json");
    all.iter().map(read).collect()
}

fn read(event: &BTreeMap<String, Value>) -> Expected {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let ns = |name: &str| {
        let micros = event.get(name)?.as_u64()?;
        Some((BEGAN_US + micros) * 1000)
    };
    let attributes = |name: &str| {
        let object = event.get(name)?.as_object()?;
        Some(object.clone().into_iter().collect::<Attributes>())
    };
    Expected {
        event: text("event").expect("an event"),
        trace: text("trace"),
        source: text("source"),
        parent: text("parent"),
        start_ns: ns("start"),
        occurred_ns: ns("occurred").expect("a time"),
        severity: text("severity").expect("a severity"),
        error: text("error"),
        span: attributes("span"),
        log: attributes("log").expect("attributes"),
        content: attributes("content").expect("content"),
        reference: text("reference"),
    }
}

/// Empty for none, as a receiver sees it.
pub fn trace_id(uuid: &Option<String>) -> String {
    uuid.as_deref().unwrap_or_default().replace('-', "")
}

/// The contract's rule, by another hand: the first 8 bytes of SHA-256 over the UUID's text.
pub fn span_id(uuid: &Option<String>) -> String {
    uuid.as_deref().map_or_else(String::new, |uuid| {
        let digest = Sha256::digest(uuid.as_bytes());
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    })
}

/// A cluster that exports to the collector, with the extension in `DATABASE`.
#[track_caller]
pub fn exporting(name: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

/// Waits until so many logs and spans have been accepted.
#[track_caller]
pub fn arrived(collector: &Collector, spans: usize, logs: usize) {
    eventually("everything arrived", Duration::from_secs(60), || {
        let seen = (collector.spans().len(), collector.logs().len());
        if seen == (spans, logs) {
            Ok(())
        } else {
            Err(seen)
        }
    });
}

/// Finished runs: one span and one log each.
#[track_caller]
pub fn log_runs(cluster: &Cluster, count: usize) {
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(),
               workflow_id => gen_random_uuid(), status => 'succeeded', elapsed_time => 0.5) FROM generate_series(1, {count})"
        ),
    );
}
