//! A database can be dropped, renamed and copied under the worker, and a copy does not tell its model's history.

use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{
    DATABASE, are_settled, arrive_once, differences, exporting, log_run, observed, worker_of,
};

/// The limit.
#[track_caller]
fn in_under_five_seconds(cluster: &Cluster, statement: &str) {
    let begun = Instant::now();
    cluster.sql("postgres", statement);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{statement}: {:?}",
        begun.elapsed()
    );
}

#[test]
fn databases_are_dropped_and_renamed_while_their_workers_are_up() {
    let collector = Collector::start();
    let cluster = exporting("renamed", &collector);
    observed(&cluster, "other");
    worker_of(&cluster, DATABASE);
    worker_of(&cluster, "other");

    in_under_five_seconds(&cluster, "DROP DATABASE other");
    in_under_five_seconds(
        &cluster,
        &format!("ALTER DATABASE {DATABASE} RENAME TO store"),
    );
    log_run(&cluster, "store", "after the renaming");
    arrive_once(&collector, &["after the renaming"]);
    worker_of(&cluster, "store");
}

#[test]
fn a_copy_sends_no_history_and_goes_on_as_itself() {
    let collector = Collector::start();
    let cluster = exporting("copied", &collector);
    log_run(&cluster, DATABASE, "history");
    arrive_once(&collector, &["history"]);
    are_settled(&cluster, DATABASE, 1);
    eventually("counted", Duration::from_secs(60), || {
        collector.total("dify.requests.total", &[]) == 1
    });
    // A backlog too: the copy must not send what is the model's to send.
    collector.stop();
    log_run(&cluster, DATABASE, "backlog");

    in_under_five_seconds(
        &cluster,
        &format!("CREATE DATABASE copy TEMPLATE {DATABASE}"),
    );
    collector.start_again();
    worker_of(&cluster, "copy");
    log_run(&cluster, "copy", "of the copy");
    log_run(&cluster, DATABASE, "of the model");
    arrive_once(
        &collector,
        &["history", "backlog", "of the copy", "of the model"],
    );

    let instance = |user: &str| {
        let logs = collector.logs();
        let log = logs
            .iter()
            .find(|log| log.attributes["user_id"] == user)
            .expect(user);
        log.resource["service.instance.id"].clone()
    };
    assert_eq!(instance("history"), instance("of the model"));
    assert_ne!(instance("history"), instance("of the copy"));
    for (database, runs) in [("copy", "1"), (DATABASE, "3")] {
        cluster.sql(database, "CALL dify_observe.fold_metrics()");
        let counted = cluster.value(
            database,
            "SELECT sum(value) FROM dify_observe.metrics WHERE name = 'dify.requests.total'",
        );
        assert_eq!(counted.as_deref(), Some(runs), "{database}");
        assert_eq!(differences(&cluster, database).len(), 0, "{database}");
    }
}
