//! The counters and histograms that were received.

use std::collections::BTreeMap;

use dify_observe_tests::Collector;
use dify_observe_tests::collector::{MetricSeen, MetricValue};

use crate::table;

/// Enough to see what the labels are like.
const SERIES_SHOWN: usize = 2;

pub fn show(receiver: &Collector) {
    let series = receiver.metrics();
    let mut by_name: BTreeMap<&str, Vec<&MetricSeen>> = BTreeMap::new();
    for one in &series {
        by_name.entry(&one.name).or_default().push(one);
    }
    table::heading(&format!(
        "Metrics received: {} series of {} instruments",
        series.len(),
        by_name.len()
    ));
    let shown = by_name
        .values()
        .flat_map(|series| series.iter().take(SERIES_SHOWN));
    let mut rows: Vec<Vec<String>> = shown.map(|one| vec![value(one), described(one)]).collect();
    if series.len() > rows.len() {
        rows.push(vec![
            String::new(),
            format!("… and {} series more", series.len() - rows.len()),
        ]);
    }
    table::print(&rows);
}

/// Name and labels, what kind of thing is counted first. Labels without a value are left out, and the tenant, which is
/// the same everywhere here.
fn described(series: &MetricSeen) -> String {
    let mut labels: Vec<(&String, &str)> = series
        .labels
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str().filter(|text| !text.is_empty())?)))
        .filter(|(name, _)| *name != "tenant_id")
        .collect();
    labels.sort_by_key(|(name, _)| (!name.ends_with("type"), *name));
    let labels = labels.into_iter().map(|(name, text)| {
        let text = if name == "app_id" {
            table::short(text)
        } else {
            text.to_owned()
        };
        format!("{name}={text}")
    });
    format!(
        "{}{{{}}}",
        series.name,
        labels.collect::<Vec<_>>().join(", ")
    )
}

/// Right-aligned; a histogram's count and sum.
fn value(series: &MetricSeen) -> String {
    let value = match &series.value {
        MetricValue::Int(value) => value.to_string(),
        MetricValue::Double(value) => value.to_string(),
        MetricValue::Histogram { count, sum, .. } => {
            format!("{count} in {:.2} {}", sum.unwrap_or_default(), series.unit)
        }
    };
    format!("{value:>11}")
}
