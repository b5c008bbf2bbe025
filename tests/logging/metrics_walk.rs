//! Every metric that arrives, walked against the data dictionary: its unit, its kind, and its labels for each type of operation.

use std::collections::BTreeSet;
use std::time::Duration;

use dify_observe_tests::collector::{MetricSeen, MetricValue};
use dify_observe_tests::{Collector, eventually};
use postgres::Client;
use serde_json::Value;

use crate::asking::Asking;
use crate::dictionary::{self, texts};
use crate::dictionary_walk::assert_origin;

/// What there must be a series of: a metric, and where the dictionary tells them apart the type of the operation.
type Wanted = BTreeSet<(String, String)>;

fn wanted() -> Wanted {
    let mut wanted = Wanted::new();
    for (name, told) in dictionary::part("metrics") {
        let kinds: Vec<String> = match (&told["labels_by_type"], &told["operation_type"]) {
            (Value::Object(by_type), _) => by_type.keys().cloned().collect(),
            (_, Value::Null) => vec![String::new()],
            (_, operations) => texts(operations),
        };
        wanted.extend(kinds.into_iter().map(|kind| (name.clone(), kind)));
    }
    wanted
}

#[track_caller]
pub fn walk(collector: &Collector, session: &mut Client) {
    session.run("CALL dify_observe.fold_metrics()");
    collector.forget();
    let wanted = wanted();
    eventually("a series of every kind", Duration::from_secs(60), || {
        let seen: Wanted = collector.metrics().iter().map(kind_of).collect();
        let missing: Vec<_> = wanted.difference(&seen).cloned().collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(missing)
        }
    });
    let points = collector.metrics();
    for point in &points {
        assert_as_listed(point);
        assert!(wanted.contains(&kind_of(point)), "{point:?}");
    }
    let mut sent: Vec<Value> = points.iter().map(identity).collect();
    let mut shown: Vec<Value> = session
        .column("SELECT jsonb_build_array(name, unit, labels) FROM dify_observe.metrics")
        .iter()
        .map(|row| serde_json::from_str(row).expect("JSON"))
        .collect();
    sent.sort_by_key(Value::to_string);
    shown.sort_by_key(Value::to_string);
    assert_eq!(sent, shown);
    let different = session.table("SELECT * FROM dify_observe.check_metrics()");
    assert!(different.is_empty(), "{different:?}");
}

fn label(point: &MetricSeen, name: &str) -> String {
    let value = point.labels.get(name).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn kind_of(point: &MetricSeen) -> (String, String) {
    let told = &dictionary::part("metrics")[&point.name];
    let kind = if told["labels_by_type"].is_object() {
        label(point, "type")
    } else if told["operation_type"].is_array() {
        label(point, "operation_type")
    } else {
        String::new()
    };
    (point.name.clone(), kind)
}

fn identity(point: &MetricSeen) -> Value {
    serde_json::json!([point.name, point.unit, point.labels])
}

#[track_caller]
fn assert_as_listed(point: &MetricSeen) {
    let metrics = dictionary::part("metrics");
    let told = metrics
        .get(&point.name)
        .unwrap_or_else(|| panic!("{} is not listed", point.name));
    assert_eq!(told["unit"], point.unit.as_str(), "{}", point.name);
    let kind = match point.value {
        MetricValue::Int(_) if point.monotonic => "counter",
        MetricValue::Histogram { .. } => "histogram",
        _ => "something else",
    };
    assert_eq!(told["kind"], kind, "{point:?}");
    assert!(point.cumulative, "{point:?}");
    let listed = match &told["labels_by_type"] {
        Value::Object(by_type) => texts(&by_type[&label(point, "type")]),
        _ => texts(&told["labels"]),
    };
    let belongs = |name: &String| {
        let only_on = told["only_on_node_types"].get(name);
        only_on.is_none_or(|types| texts(types).contains(&label(point, "node_type")))
    };
    let expected: BTreeSet<String> = listed.into_iter().filter(belongs).collect();
    assert!(
        point.labels.keys().eq(expected.iter()),
        "{point:?}: {expected:?} belong to it"
    );
    assert!(point.labels.values().all(Value::is_string), "{point:?}");
    assert_origin(&point.resource, &point.scope);
}
