//! A receiver that is away for a while.

use std::collections::BTreeSet;
use std::time::Duration;

use dify_observe_tests::{Collector, Shutdown, eventually};

use crate::activity::{DATABASE, arrived, exporting, log_runs};
use crate::status::{number, reaches, told};

#[test]
fn nothing_is_lost_and_each_change_is_told_once() {
    let collector = Collector::start();
    let cluster = exporting("outage", &collector);
    log_runs(&cluster, 10);
    arrived(&collector, 10, 10);

    collector.stop();
    log_runs(&cluster, 600);
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "retrying");
        eventually("more than one attempt", Duration::from_secs(60), || {
            number(&cluster, signal, "retried") > 1
        });
    }
    log_runs(&cluster, 600);
    assert!(number(&cluster, "logs", "lag_rows") >= 600);
    assert!(number(&cluster, "logs", "lag_seconds::bigint") >= 0);

    collector.start_again();
    arrived(&collector, 1210, 1210);
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
        for state in ["retrying", "ok"] {
            let line = format!("export of {signal} to default is now {state}");
            assert_eq!(told(&cluster, &line), 1, "{line}");
        }
    }
    let spans: BTreeSet<String> = collector
        .spans()
        .into_iter()
        .map(|span| span.span_id)
        .collect();
    assert_eq!(spans.len(), 1210);
    eventually("the counters too", Duration::from_secs(60), || {
        collector.total("dify.requests.total", &[("type", "workflow")]) == 1210
    });
}

#[test]
fn a_server_that_is_restarted_or_crashes_meanwhile_sends_it_too() {
    let collector = Collector::start();
    let cluster = exporting("outage_restart", &collector);
    collector.stop();
    log_runs(&cluster, 300);
    reaches(&cluster, "logs", "retrying");
    cluster.stop(Shutdown::Fast);
    cluster.start_again();
    log_runs(&cluster, 300);
    cluster.crash();
    cluster.start_again();
    log_runs(&cluster, 300);

    collector.start_again();
    let stored = cluster.rows(
        DATABASE,
        "SELECT span_id FROM dify_observe.companion_logs ORDER BY span_id",
    );
    let stored: BTreeSet<String> = stored
        .into_iter()
        .filter_map(|row| row.into_iter().next()?)
        .collect();
    assert_eq!(stored.len(), 900);
    eventually("all of them", Duration::from_secs(60), || {
        let logs: BTreeSet<String> = collector
            .logs()
            .into_iter()
            .map(|log| log.span_id)
            .collect();
        let spans: BTreeSet<String> = collector
            .spans()
            .into_iter()
            .map(|span| span.span_id)
            .collect();
        if logs == stored && spans == stored {
            Ok(())
        } else {
            Err((logs.len(), spans.len()))
        }
    });
}
