//! A database whose activity is counted, and what the dictionary says of that: tests/data/metrics.json, written by hand
//! for tests/data/activity.sql.

use std::time::Duration;

use dify_observe_tests::collector::Attributes;
use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::Value;

pub const STATEMENTS: &str = include_str!("../data/activity.sql");
const EXPECTED: &str = include_str!("../data/metrics.json");
pub const DATABASE: &str = "counted";

/// One series of the activity.
pub struct Expected {
    pub name: String,
    pub unit: String,
    pub labels: Attributes,
    pub amount: Amount,
}

pub enum Amount {
    Counter(i64),
    /// In seconds.
    Observed(Vec<f64>),
}

pub fn expected() -> Vec<Expected> {
    let all: Vec<Value> = serde_json::from_str(EXPECTED).expect("metrics.json");
    let text = |one: &Value, name: &str| one[name].as_str().expect(name).to_owned();
    all.iter()
        .map(|one| Expected {
            name: text(one, "name"),
            unit: text(one, "unit"),
            labels: one["labels"]
                .as_object()
                .expect("labels")
                .clone()
                .into_iter()
                .collect(),
            amount: match one["value"].as_i64() {
                Some(value) => Amount::Counter(value),
                None => Amount::Observed(
                    one["observed"]
                        .as_array()
                        .expect("observations")
                        .iter()
                        .filter_map(Value::as_f64)
                        .collect(),
                ),
            },
        })
        .collect()
}

#[track_caller]
pub fn exporting(name: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

/// A call that logs a message of this model.
pub fn message_of(model_name: &str, duration: f64) -> String {
    format!(
        "SELECT dify_observe.log_message(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001',
           app_id => 'bbbbbbbb-0000-4000-8000-000000000001', status => 'normal', model_provider => 'p',
           model_name => '{model_name}', total_tokens => 7, duration => {duration})"
    )
}

/// Waits until so many requests have been counted and sent.
#[track_caller]
pub fn sent(collector: &Collector, requests: i64) {
    eventually("the counters are sent", Duration::from_secs(60), || {
        let now = collector.total("dify.requests.total", &[]);
        if now == requests { Ok(()) } else { Err(now) }
    });
}

pub fn fold(cluster: &Cluster) {
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
}

pub type Row = Vec<Option<String>>;

/// Name and kind of value of what differs from the recount.
pub fn differences(cluster: &Cluster) -> Vec<Row> {
    cluster.rows(
        DATABASE,
        "SELECT name, what, expected, actual FROM dify_observe.check_metrics() ORDER BY name, what",
    )
}
