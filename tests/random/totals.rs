//! Every series that was sent and that the view shows, compared with what the model adds up.

use std::collections::{BTreeMap, BTreeSet};

use dify_observe_tests::collector::MetricValue;
use dify_observe_tests::{Cluster, Collector};
use serde_json::Value;

use crate::difference::Differences;
use crate::metrics::{Amount, BOUNDS, Observed, Totals, unit};

/// Name, unit and labels.
type Identity = (String, String, BTreeMap<String, Value>);

pub fn compare(
    differences: &mut Differences,
    wanted: &Totals,
    cluster: &Cluster,
    collector: &Collector,
    database: &str,
) {
    let wanted: BTreeMap<String, (Identity, &Amount)> = wanted
        .iter()
        .map(|(series, amount)| {
            let labels = &series.labels;
            let labels = labels
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            let identity = (
                series.name.to_owned(),
                unit(series.name).to_owned(),
                labels.collect(),
            );
            (format!("{identity:?}"), (identity, amount))
        })
        .collect();
    for (what, seen) in [
        ("sent", sent(collector)),
        ("shown", shown(cluster, database)),
    ] {
        let all: BTreeSet<&String> = wanted.keys().chain(seen.keys()).collect();
        for series in all {
            let name = series.split('"').nth(1).unwrap_or_default();
            match (wanted.get(series), seen.get(series)) {
                (Some((_, amount)), Some(value)) if agree(amount, value) => {}
                (Some((_, amount)), Some(value)) => {
                    differences.note(format!("{what} {name}: value"), || {
                        format!("{series}\n  expected {amount:?}\n  seen     {value:?}")
                    });
                }
                (Some(_), None) => {
                    differences.note(format!("{what} {name}: missing"), || series.clone())
                }
                _ => differences.note(format!("{what} {name}: one too many"), || series.clone()),
            }
        }
    }
}

fn agree(wanted: &Amount, seen: &MetricValue) -> bool {
    match (wanted, seen) {
        (Amount::Counter(value), MetricValue::Int(seen)) => {
            // OTLP counts no further than this.
            i64::try_from(*value).unwrap_or(i64::MAX) == *seen
        }
        (
            Amount::Observed(wanted),
            MetricValue::Histogram {
                count,
                sum,
                min,
                max,
                bounds,
                buckets,
            },
        ) => {
            let Observed { slack, .. } = wanted;
            *count as i64 == wanted.count
                && near(*sum, wanted.sum, *slack)
                && near(*min, wanted.min, *slack)
                && near(*max, wanted.max, *slack)
                && bounds
                    .iter()
                    .copied()
                    .eq(BOUNDS.iter().map(|bound| *bound as f64 / 1e6))
                && buckets[..] == wanted.buckets
        }
        _ => false,
    }
}

/// The double next to so many microseconds, or so far from it as roundings may go.
fn near(seconds: Option<f64>, micros: i64, slack: i64) -> bool {
    let exact = micros as f64 / 1e6;
    let allowed = exact * 1e-15 + slack as f64 / 1e6 * 1.001;
    seconds.is_some_and(|seconds| (seconds - exact).abs() <= allowed)
}

fn sent(collector: &Collector) -> BTreeMap<String, MetricValue> {
    collector
        .metrics()
        .into_iter()
        .map(|point| {
            (
                format!("{:?}", (point.name, point.unit, point.labels)),
                point.value,
            )
        })
        .collect()
}

fn shown(cluster: &Cluster, database: &str) -> BTreeMap<String, MetricValue> {
    let rows = cluster.rows(
        database,
        "SELECT name, unit, labels, value::text, count::text, sum::text, min::text, max::text, array_to_json(bounds), array_to_json(buckets)
         FROM dify_observe.metrics",
    );
    rows.into_iter().map(|row| series(&row)).collect()
}

fn series(row: &[Option<String>]) -> (String, MetricValue) {
    let text = |at: usize| row[at].as_deref();
    let number = |at: usize| text(at).map(|number| number.parse::<f64>().expect("a number"));
    let labels: BTreeMap<String, Value> =
        serde_json::from_str(text(2).expect("labels")).expect("labels");
    let identity = (text(0).expect("a name"), text(1).expect("a unit"), labels);
    let value = match text(3) {
        Some(value) => {
            let value: i128 = value.parse().expect("an integer");
            MetricValue::Int(i64::try_from(value).unwrap_or(i64::MAX))
        }
        None => MetricValue::Histogram {
            count: text(4).expect("a count").parse().expect("a count"),
            sum: number(5),
            min: number(6),
            max: number(7),
            bounds: serde_json::from_str(text(8).expect("bounds")).expect("bounds"),
            buckets: serde_json::from_str(text(9).expect("buckets")).expect("buckets"),
        },
    };
    (format!("{identity:?}"), value)
}
