//! Every counter and histogram of the activity, with its exact labels, unit and value.

use std::time::Duration;

use dify_observe_tests::collector::{Attributes, MetricSeen, MetricValue};
use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::{Value, json};

use crate::counted::{Amount, DATABASE, STATEMENTS, differences, expected, exporting};

/// The contract's default.
const BOUNDS: [f64; 14] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

#[test]
fn all_series_are_sent_as_the_dictionary_says() {
    let collector = Collector::start();
    let cluster = exporting("values", &collector);
    cluster.sql(DATABASE, STATEMENTS);
    let wanted = wanted(&cluster);
    eventually("every series", Duration::from_secs(60), || {
        let now = collector.metrics().len();
        if now == wanted.len() {
            Ok(())
        } else {
            Err((now, wanted.len()))
        }
    });
    for (seen, wanted) in without_time(collector.metrics()).iter().zip(&wanted) {
        assert_eq!(seen, wanted);
    }
    let now_ns = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_nanos();
    for point in collector.metrics() {
        assert!(point.time_ns > point.start_ns && u128::from(point.time_ns) <= now_ns);
    }
    assert_eq!(differences(&cluster), Vec::<crate::counted::Row>::new());
    the_view_shows_the_same(&cluster, &wanted);
}

/// In the order in which a receiver gives them.
fn wanted(cluster: &Cluster) -> Vec<MetricSeen> {
    let value = |statement: &str| cluster.value(DATABASE, statement).expect(statement);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the host's name");
    let resource = Attributes::from([
        ("service.name".to_owned(), json!("dify")),
        ("host.name".to_owned(), json!(host.trim())),
        (
            "service.instance.id".to_owned(),
            json!(value("SELECT instance_id FROM dify_observe.installation")),
        ),
    ]);
    let start_us: u64 = value(
        "SELECT (extract(epoch FROM since) * 1000000)::bigint FROM dify_observe.installation",
    )
    .parse()
    .expect("a number");
    let version = value("SELECT extversion FROM pg_extension WHERE extname = 'dify_observe'");
    let mut wanted: Vec<MetricSeen> = expected()
        .into_iter()
        .map(|series| MetricSeen {
            name: series.name,
            unit: series.unit,
            description: String::new(),
            labels: series.labels,
            monotonic: matches!(series.amount, Amount::Counter(_)),
            value: match series.amount {
                Amount::Counter(value) => MetricValue::Int(value),
                Amount::Observed(seconds) => histogram(&seconds),
            },
            cumulative: true,
            start_ns: start_us * 1000,
            time_ns: 0,
            resource: resource.clone(),
            scope: "dify.enterprise".to_owned(),
            scope_version: version.clone(),
        })
        .collect();
    wanted.sort_by_key(|series| format!("{} {:?}", series.name, series.labels));
    wanted
}

fn histogram(seconds: &[f64]) -> MetricValue {
    let mut buckets = vec![0; BOUNDS.len() + 1];
    for observed in seconds {
        buckets[BOUNDS.iter().filter(|bound| *bound < observed).count()] += 1;
    }
    // The digits of the data end with the microseconds.
    let sum = (seconds.iter().sum::<f64>() * 1e6).round() / 1e6;
    MetricValue::Histogram {
        count: seconds.len() as u64,
        sum: Some(sum),
        min: seconds.iter().copied().reduce(f64::min),
        max: seconds.iter().copied().reduce(f64::max),
        bounds: BOUNDS.to_vec(),
        buckets,
    }
}

fn without_time(mut points: Vec<MetricSeen>) -> Vec<MetricSeen> {
    for point in &mut points {
        point.time_ns = 0;
    }
    points.sort_by_key(|series| format!("{} {:?}", series.name, series.labels));
    points
}

#[track_caller]
fn the_view_shows_the_same(cluster: &Cluster, wanted: &[MetricSeen]) {
    let rows = cluster.rows(
        DATABASE,
        "SELECT json_build_array(name, unit, labels, value::float8, count, sum::float8, min, max, bounds, buckets,
                  (extract(epoch FROM start_time) * 1000000)::bigint, updated_at >= start_time)::text
         FROM dify_observe.metrics",
    );
    let mut shown: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::from_str(row[0].as_deref().expect("JSON")).expect("JSON"))
        .map(floats)
        .collect();
    let mut sent: Vec<Value> = wanted
        .iter()
        .map(|series| {
            let (value, count, sum, min, max, bounds, buckets) = match &series.value {
                MetricValue::Int(value) => (Some(*value), None, None, None, None, None, None),
                MetricValue::Histogram {
                    count,
                    sum,
                    min,
                    max,
                    bounds,
                    buckets,
                } => (
                    None,
                    Some(count),
                    *sum,
                    *min,
                    *max,
                    Some(bounds),
                    Some(buckets),
                ),
                MetricValue::Double(_) => panic!("a counter is an integer"),
            };
            let start_us = series.start_ns / 1000;
            floats(json!([
                series.name,
                series.unit,
                series.labels,
                value,
                count,
                sum,
                min,
                max,
                bounds,
                buckets,
                start_us,
                true
            ]))
        })
        .collect();
    shown.sort_by_key(Value::to_string);
    sent.sort_by_key(Value::to_string);
    assert_eq!(shown, sent);
}

/// JSON has one kind of number.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(floats).collect(),
        other => other,
    }
}
