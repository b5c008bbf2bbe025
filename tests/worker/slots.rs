//! No background worker slot left: one line in the log, and a worker as soon as there is one.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, WORKER, arrive_once, log_run, observed, worker_of};

const REFUSED: &str = "no free background worker slot";
const HEALED: &str = "every database has its worker slot again";

fn lines(cluster: &Cluster, text: &str) -> usize {
    cluster.log().matches(text).count()
}

/// Lets the launcher look so many times.
#[track_caller]
fn launcher_looks(cluster: &Cluster, times: usize) {
    let when = || {
        cluster.value(
            "postgres",
            "SELECT state_change FROM pg_stat_activity WHERE backend_type = 'dify_observe launcher'",
        )
    };
    for _ in 0..times {
        let before = when();
        eventually("the launcher looks", Duration::from_secs(60), || {
            when() != before
        });
    }
}

#[test]
fn it_is_said_once_and_heals() {
    let collector = Collector::start();
    let cluster = Cluster::builder("full")
        .exports_to(&collector.endpoint())
        .conf("max_worker_processes", "2")
        .conf("max_logical_replication_workers", "0")
        .start();
    observed(&cluster, "first");
    worker_of(&cluster, "first");
    observed(&cluster, DATABASE);
    eventually("it is refused", Duration::from_secs(60), || {
        lines(&cluster, REFUSED) > lines(&cluster, HEALED)
    });
    launcher_looks(&cluster, 1);
    let told = lines(&cluster, REFUSED);
    launcher_looks(&cluster, 3);
    assert_eq!(lines(&cluster, REFUSED), told, "not with every look");
    assert_eq!(cluster.backend_pid(WORKER, DATABASE), None);
    log_run(&cluster, DATABASE, "waiting");

    cluster.sql("first", "DROP EXTENSION dify_observe");
    worker_of(&cluster, DATABASE);
    arrive_once(&collector, &["waiting"]);
    eventually(
        "it is said that it has healed",
        Duration::from_secs(60),
        || lines(&cluster, HEALED) == lines(&cluster, REFUSED),
    );
}
