//! Which signals a destination is given, and what becomes of those that it does not take.

use dify_observe_tests::{Behaviour, Collector, Signal};

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";

#[test]
fn those_that_are_asked_for_and_no_others() {
    let collector = Collector::start();
    let cluster = exporting("signals");
    create_server(&cluster, "peer", &collector, ", signals 'traces'");
    log_runs(&cluster, APP, &["one"]);
    becomes(&cluster, "peer", "traces", "sent", "1");
    cluster.sql(DATABASE, "CALL dify_observe.export_now()");
    let rows =
        "SELECT string_agg(signal, ' ') FROM dify_observe.export_status WHERE destination = 'peer'";
    assert_eq!(cluster.value(DATABASE, rows).as_deref(), Some("traces"));
    assert!(
        collector
            .requests()
            .iter()
            .all(|one| one.signal == Some(Signal::Traces))
    );
}

#[test]
fn a_peer_without_logs_and_metrics_goes_on_with_traces_and_nothing_is_dropped() {
    let collector = Collector::start();
    collector.answer(Signal::Logs, Behaviour::status(405));
    collector.answer(Signal::Metrics, Behaviour::status(404));
    let cluster = exporting("phoenix");
    create_server(&cluster, "peer", &collector, "");
    log_runs(&cluster, APP, &["one"]);
    // Left out is what is refused again after something else was accepted.
    for (at, signal) in ["logs", "metrics"].into_iter().enumerate() {
        becomes(&cluster, "peer", signal, "(retried > 0)", "true");
        log_runs(&cluster, APP, &[["two", "three"][at]]);
        becomes(&cluster, "peer", signal, "state", "left out");
        becomes(&cluster, "peer", signal, "lag_rows", "0");
    }
    becomes(&cluster, "peer", "traces", "sent", "3");
    becomes(&cluster, "peer", "traces", "state", "ok");
    collector.answer(None, Behaviour::Ok);
    cluster.sql(DATABASE, "CALL dify_observe.export_now('peer')");
    logs_arrive(&collector, &["one", "two", "three"]);
}
