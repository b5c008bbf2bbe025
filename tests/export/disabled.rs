//! Export that is off: no connection is attempted, ever.

use std::fs;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::activity::{DATABASE, STATEMENTS};
use crate::status::shown;

#[test]
fn nothing_is_connected_to_unless_both_switches_and_an_endpoint_say_so() {
    let collector = Collector::start();
    let endpoint = collector.endpoint();
    for (case, enabled, telemetry, endpoint, cluster_name, state) in [
        ("first", "on", "off", endpoint.as_str(), "", "off"),
        ("second", "off", "on", endpoint.as_str(), "", "off"),
        ("neither", "off", "off", endpoint.as_str(), "", "off"),
        ("nowhere", "on", "on", "", "", "misconfigured"),
        ("clone", "on", "on", endpoint.as_str(), "another", "off"),
    ] {
        let cluster = Cluster::builder(case)
            .exports_to(endpoint)
            .conf("dify_observe.enabled", enabled)
            .conf("dify_observe.telemetry_enabled", telemetry)
            .conf("dify_observe.export_only_on_cluster", cluster_name)
            .start();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        let worker = eventually("a worker", Duration::from_secs(60), || {
            cluster.backend_pid("dify_observe worker", DATABASE)
        });
        cluster.sql(DATABASE, STATEMENTS);
        cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
        cluster.set_conf("dify_observe.service_name", "another");
        cluster.reload();
        cluster.sql(DATABASE, "CALL dify_observe.export_now()");
        cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");

        for signal in ["traces", "logs", "metrics"] {
            assert_eq!(
                shown(&cluster, signal, "state").as_deref(),
                Some(state),
                "{case}"
            );
            assert_eq!(
                shown(&cluster, signal, "sent").as_deref(),
                Some("0"),
                "{case}"
            );
        }
        assert_eq!(
            cluster.backend_pid("dify_observe worker", DATABASE),
            Some(worker)
        );
        let threads = fs::read_dir(format!("/proc/{worker}/task")).expect("its threads");
        assert_eq!(threads.count(), 1, "{case}: no network thread");
        assert_eq!(collector.connections(), 0, "{case}");
    }
}

#[test]
fn what_was_logged_while_export_was_off_is_sent_once_it_is_on() {
    let collector = Collector::start();
    let cluster = Cluster::builder("switched")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.enabled", "off")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    crate::activity::log_runs(&cluster, 5);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    assert_eq!(collector.connections(), 0);

    cluster.set_conf("dify_observe.enabled", "on");
    cluster.reload();
    crate::activity::arrived(&collector, 5, 5);
}
