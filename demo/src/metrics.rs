//! The counters and histograms that were received.

use std::collections::BTreeMap;

use dify_observe_tests::Collector;
use dify_observe_tests::collector::{MetricSeen, MetricValue};

use crate::table;

/// Enough to see what the labels are like.
const SERIES_SHOWN: usize = 6;

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
    let mut rows = Vec::new();
    for (name, series) in by_name {
        rows.extend(
            series
                .iter()
                .take(SERIES_SHOWN)
                .map(|one| vec![described(one), value(one)]),
        );
        if series.len() > SERIES_SHOWN {
            rows.push(vec![format!(
                "{name} … {} series more",
                series.len() - SERIES_SHOWN
            )]);
        }
    }
    table::print(&rows);
}

/// Name and labels; those without a value and the tenant, which is the same everywhere here, are left out.
fn described(series: &MetricSeen) -> String {
    let labels = series
        .labels
        .iter()
        .filter(|(name, _)| *name != "tenant_id");
    let labels = labels.filter_map(|(name, value)| {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        Some(if name.ends_with("_id") {
            format!("{name}={}", table::short(text))
        } else {
            format!("{name}={text}")
        })
    });
    table::cut(
        &format!(
            "{}{{{}}}",
            series.name,
            labels.collect::<Vec<_>>().join(",")
        ),
        84,
    )
}

fn value(series: &MetricSeen) -> String {
    match &series.value {
        MetricValue::Int(value) => value.to_string(),
        MetricValue::Double(value) => value.to_string(),
        MetricValue::Histogram { count, sum, .. } => {
            format!("{count}× Σ {:.2} {}", sum.unwrap_or_default(), series.unit)
        }
    }
}
