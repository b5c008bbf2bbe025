//! Servers that are in recovery: one that crashes again, a standby that keeps still, and one that takes over.

use dify_observe_tests::cluster::Builder;
use dify_observe_tests::{Cluster, eventually};

use crate::incident::{DATABASE, Incident, PATIENCE};

const OURS: &str = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'dify_observe%'";

fn lines(cluster: &Cluster, text: &str) -> usize {
    cluster.log().matches(text).count()
}

#[test]
fn a_server_that_crashes_again_while_it_recovers() {
    let long = |builder: Builder| {
        builder
            .conf("max_wal_size", "10GB")
            .conf("checkpoint_timeout", "1h")
    };
    let mut incident = Incident::begin_with("server crash during its recovery", long);
    let cluster = &incident.cluster;
    // Much to recover, so that there is time for the second crash.
    cluster.sql(DATABASE, "CREATE TABLE other AS SELECT n, repeat('x', 200) AS filler FROM generate_series(1, 200000) n");
    incident.more_arrives(50);
    let cluster = &incident.cluster;
    cluster.crash();
    let begun = lines(cluster, "redo starts at");
    cluster.begin_to_start();
    eventually("it recovers", PATIENCE, || {
        lines(cluster, "redo starts at") > begun
    });
    cluster.crash();
    assert!(
        lines(cluster, "redo starts at") > lines(cluster, "redo done at"),
        "it had recovered already"
    );
    incident.over();
    incident.cluster.start_again();
    incident.recovers();
}

/// Commits wait for the standby, so that what was committed is there when it takes over.
#[test]
fn a_standby_keeps_still_over_restarts_and_takes_over_when_it_is_promoted() {
    let mut incident = Incident::begin("standby promoted after a crash of the primary");
    let standby = incident.cluster.standby("standby");
    incident.cluster.set_conf("synchronous_standby_names", "*");
    incident.cluster.reload();
    incident.more_arrives(100);
    // Restarted in recovery, it says nothing still.
    standby.restart();
    standby.set_conf("synchronous_standby_names", "");
    standby.reload();
    incident.more_arrives(50);
    assert_eq!(standby.value(DATABASE, OURS).as_deref(), Some("0"));

    incident.collector.stop();
    incident.backlog_grows(200);
    incident.cluster.crash();
    incident.stop_writing();
    incident.collector.start_again();
    assert_eq!(standby.value(DATABASE, OURS).as_deref(), Some("0"));
    incident.continue_on(standby);
    incident.over();
    incident.cluster.promote();
    incident.recovers();
}
