//! Waiting until all that was logged has arrived, each record by its identity and each counter by its value.

use std::time::{Duration, Instant};

use dify_observe_tests::collector::{Attributes, MetricSeen, MetricValue};
use dify_observe_tests::{Collector, within};

use crate::stage::{DATABASE, Stage, done};

const PATIENCE: Duration = Duration::from_secs(60);

pub enum Arrival {
    Complete,
    Missing(String),
}

impl Arrival {
    pub fn wait(stage: &Stage) -> Arrival {
        match wait(stage) {
            Ok(()) => Arrival::Complete,
            Err(what) => Arrival::Missing(what),
        }
    }
}

fn wait(stage: &Stage) -> Result<(), String> {
    let begun = Instant::now();
    within(PATIENCE, || match &stage.receiver {
        Some(receiver) => records_missing(stage, receiver),
        None => sent(stage, 2, "signal IN ('traces', 'logs') AND sent > 0"),
    })?;
    done(begun, "all spans and logs have arrived");

    let begun = Instant::now();
    stage
        .cluster
        .sql(DATABASE, "CALL dify_observe.fold_metrics()");
    let folded = stage.value("SELECT clock_timestamp()");
    within(PATIENCE, || match &stage.receiver {
        Some(receiver) => series_missing(stage, receiver),
        None => sent(
            stage,
            1,
            &format!("signal = 'metrics' AND last_success_at > '{folded}'"),
        ),
    })?;
    done(
        begun,
        "all metrics have arrived (CALL fold_metrics() counts at once instead of within 10 s)",
    );
    Ok(())
}

fn records_missing(stage: &Stage, receiver: &Collector) -> Result<(), String> {
    let expected = stage.rows(
        "SELECT event_name, trace_id, span_id, signal, (extract(epoch FROM occurred_at) * 1000000000)::bigint
         FROM dify_observe.companion_logs ORDER BY id",
    );
    let (spans, logs) = (receiver.spans(), receiver.logs());
    let missing: Vec<String> = expected
        .iter()
        .filter_map(|row| {
            let [name, trace, span, signal, time] = &row[..] else {
                return None;
            };
            let logged = logs.iter().any(|log| {
                log.event_name == *name
                    && log.trace_id == *trace
                    && log.span_id == *span
                    && log.time_ns.to_string() == *time
            });
            let traced = signal != "span_detail"
                || spans
                    .iter()
                    .any(|seen| seen.trace_id == *trace && seen.span_id == *span);
            (!logged || !traced).then(|| format!("{name} {span}"))
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("missing {}", missing.join(", ")))
    }
}

fn series_missing(stage: &Stage, receiver: &Collector) -> Result<(), String> {
    let expected = stage.rows(
        "SELECT name, labels, coalesce(value, count) FROM dify_observe.metrics ORDER BY name",
    );
    let received = receiver.metrics();
    let missing: Vec<&str> = expected
        .iter()
        .filter_map(|row| {
            let [name, labels, value] = &row[..] else {
                return None;
            };
            let labels: Attributes = serde_json::from_str(labels).unwrap_or_default();
            let found = received
                .iter()
                .find(|series| series.name == *name && series.labels == labels);
            found
                .is_none_or(|series| total(series) != *value)
                .then_some(name.as_str())
        })
        .collect();
    if expected.is_empty() {
        Err("nothing was counted".to_owned())
    } else if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("series missing or behind: {}", missing.join(", ")))
    }
}

fn total(series: &MetricSeen) -> String {
    match &series.value {
        MetricValue::Int(value) => value.to_string(),
        MetricValue::Double(value) => value.to_string(),
        MetricValue::Histogram { count, .. } => count.to_string(),
    }
}

/// What the extension says about an address that is not ours: `signals` of them must be up to date.
fn sent(stage: &Stage, signals: usize, condition: &str) -> Result<(), String> {
    let status = "SELECT signal, state, 'sent ' || sent, 'behind by ' || lag_rows, last_error FROM dify_observe.export_status";
    let good = stage.rows(&format!("{status} WHERE lag_rows = 0 AND {condition}"));
    if good.len() == signals {
        return Ok(());
    }
    let lines: Vec<String> = stage
        .rows(status)
        .into_iter()
        .map(|row| row.join(" "))
        .collect();
    Err(lines.join("; "))
}
