//! What `export_status` says, and that it says it once in the server's log.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::activity::{DATABASE, arrived, exporting, log_runs};

/// One column of `export_status` for a signal.
pub fn shown(cluster: &Cluster, signal: &str, column: &str) -> Option<String> {
    let rows = cluster.rows(
        DATABASE,
        &format!("SELECT {column} FROM dify_observe.export_status WHERE destination = 'default' AND signal = '{signal}'"),
    );
    rows.into_iter().next()?.into_iter().next()?
}

#[track_caller]
pub fn reaches(cluster: &Cluster, signal: &str, state: &str) {
    let what = format!("{signal} {state}");
    eventually(&what, Duration::from_secs(20), || {
        match shown(cluster, signal, "state") {
            Some(found) if found == state => Ok(()),
            other => Err((other, shown(cluster, signal, "last_error"))),
        }
    });
}

/// Waits for the row: until the worker has come there is none.
#[track_caller]
pub fn number(cluster: &Cluster, signal: &str, column: &str) -> i64 {
    let text = eventually("a number", Duration::from_secs(60), || {
        shown(cluster, signal, column)
    });
    text.parse().expect("a number")
}

/// So many lines of the server's log have this.
pub fn told(cluster: &Cluster, text: &str) -> usize {
    let log = cluster.log();
    log.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn what_was_sent_is_counted_and_nothing_lags() {
    let collector = Collector::start();
    let cluster = exporting("counted", &collector);
    log_runs(&cluster, 700);
    arrived(&collector, 700, 700);
    for signal in ["traces", "logs"] {
        eventually("settled", Duration::from_secs(60), || {
            let now = (
                number(&cluster, signal, "sent"),
                number(&cluster, signal, "lag_rows"),
            );
            if now == (700, 0) { Ok(()) } else { Err(now) }
        });
        assert_eq!(
            shown(&cluster, signal, "lag_seconds").as_deref(),
            Some("0"),
            "{signal}"
        );
        assert_eq!(number(&cluster, signal, "rejected"), 0);
        assert_eq!(number(&cluster, signal, "retried"), 0);
        assert_eq!(shown(&cluster, signal, "last_error"), None);
        assert!(
            shown(&cluster, signal, "last_success_at").is_some(),
            "{signal}"
        );
    }
}

#[test]
fn settings_that_cannot_work_are_said_without_a_connection() {
    let collector = Collector::start();
    let cluster = exporting("wrong", &collector);
    arrived(&collector, 0, 0);
    for (setting, value, part) in [
        ("otlp_endpoint", "localhost:4318", "http://host:port"),
        ("otlp_protocol", "smtp", "otlp_protocol: allowed are http"),
        ("otlp_headers", "nonsense", "header 1"),
        ("otlp_endpoint", "", "otlp_endpoint is not set"),
    ] {
        let setting = format!("dify_observe.{setting}");
        cluster.set_conf("dify_observe.otlp_endpoint", &collector.endpoint());
        cluster.set_conf("dify_observe.otlp_protocol", "http");
        cluster.set_conf("dify_observe.otlp_headers", "");
        cluster.set_conf(&setting, value);
        cluster.reload();
        for signal in ["traces", "logs", "metrics"] {
            eventually(part, Duration::from_secs(60), || {
                let now = (
                    shown(&cluster, signal, "state"),
                    shown(&cluster, signal, "last_error"),
                );
                let right = now.0.as_deref() == Some("misconfigured")
                    && now.1.as_deref().is_some_and(|why| why.contains(part));
                if right { Ok(()) } else { Err(now) }
            });
        }
    }
    assert_eq!(collector.requests().len(), 0);
}
