//! A long transaction delays nothing but what it logged itself, and that arrives when it commits.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{
    DATABASE, are_settled, arrive_once, exporting, log_run, next_worker_of, observed, run_of,
    users, worker_of,
};

#[test]
fn an_unrelated_one_delays_nothing() {
    let collector = Collector::start();
    let cluster = exporting("unrelated", &collector);
    observed(&cluster, "neighbour");
    worker_of(&cluster, DATABASE);
    let mut unrelated = cluster.connect(DATABASE);
    unrelated
        .batch_execute("CREATE TABLE other (n int); BEGIN; INSERT INTO other VALUES (1)")
        .expect("an open transaction");
    // Ours, too, but in another database.
    let mut neighbour = cluster.connect("neighbour");
    neighbour
        .batch_execute(&format!("BEGIN; {}", run_of("neighbour")))
        .expect("an open transaction");
    let mut reader = cluster.connect(DATABASE);
    reader
        .batch_execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dify_observe.events",
        )
        .expect("an old snapshot");

    log_run(&cluster, DATABASE, "first");
    arrive_once(&collector, &["first"]);
    are_settled(&cluster, DATABASE, 1);
    let next = worker_of(&cluster, DATABASE);
    cluster.signal(next, "SIGTERM");
    next_worker_of(&cluster, DATABASE, next);
    log_run(&cluster, DATABASE, "second");
    arrive_once(&collector, &["first", "second"]);
    for session in [&mut unrelated, &mut neighbour, &mut reader] {
        session.batch_execute("COMMIT").expect("still open");
    }
    arrive_once(&collector, &["first", "neighbour", "second"]);
}

#[test]
fn one_that_logs_delays_only_its_own_rows() {
    let collector = Collector::start();
    let cluster = exporting("long", &collector);
    worker_of(&cluster, DATABASE);
    let mut long = cluster.connect(DATABASE);
    long.batch_execute(&format!("BEGIN; {}", run_of("long 1")))
        .expect("an open transaction");
    let mut given_up = cluster.connect(DATABASE);
    given_up
        .batch_execute(&format!("BEGIN; {}", run_of("given up")))
        .expect("an open transaction");
    log_run(&cluster, DATABASE, "first");
    arrive_once(&collector, &["first"]);
    long.batch_execute(&run_of("long 2")).expect("still open");
    log_run(&cluster, DATABASE, "second");
    arrive_once(&collector, &["first", "second"]);
    skips_two(&cluster);

    // Another worker takes over what the first one had put aside.
    let before = worker_of(&cluster, DATABASE);
    cluster.signal(before, "SIGTERM");
    next_worker_of(&cluster, DATABASE, before);
    long.batch_execute(&run_of("long 3")).expect("still open");
    log_run(&cluster, DATABASE, "third");
    arrive_once(&collector, &["first", "second", "third"]);

    given_up.batch_execute("ROLLBACK").expect("still open");
    long.batch_execute("COMMIT").expect("still open");
    let all = ["first", "long 1", "long 2", "long 3", "second", "third"];
    arrive_once(&collector, &all);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    assert_eq!(crate::shop::differences(&cluster, DATABASE).len(), 0);
    eventually("nobody is waited for", Duration::from_secs(60), || {
        skipped(&cluster) == 0
    });
    assert_eq!(users(&collector), all, "and none twice");
}

#[test]
fn a_prepared_one_arrives_when_it_is_committed_after_a_restart_too() {
    let collector = Collector::start();
    let cluster = Cluster::builder("prepared")
        .exports_to(&collector.endpoint())
        .conf("max_prepared_transactions", "5")
        .start();
    observed(&cluster, DATABASE);
    worker_of(&cluster, DATABASE);
    let savepoint = format!("SAVEPOINT a; {}; ROLLBACK TO a", run_of("never"));
    for (name, user) in [("kept", "kept"), ("dropped", "dropped")] {
        let mut session = cluster.connect(DATABASE);
        session
            .batch_execute(&format!(
                "BEGIN; {savepoint}; {}; PREPARE TRANSACTION '{name}'",
                run_of(user)
            ))
            .expect("prepared");
    }
    log_run(&cluster, DATABASE, "first");
    arrive_once(&collector, &["first"]);
    are_settled(&cluster, DATABASE, 1);
    cluster.restart();
    log_run(&cluster, DATABASE, "second");
    arrive_once(&collector, &["first", "second"]);
    cluster.sql(DATABASE, "ROLLBACK PREPARED 'dropped'");
    cluster.sql(DATABASE, "COMMIT PREPARED 'kept'");
    arrive_once(&collector, &["first", "kept", "second"]);
}

fn skipped(cluster: &Cluster) -> i64 {
    let most = cluster.value(
        DATABASE,
        "SELECT max(jsonb_array_length(skipped)) FROM dify_observe.export_progress",
    );
    most.expect("progress").parse().expect("a number")
}

#[track_caller]
fn skips_two(cluster: &Cluster) {
    eventually(
        "both are put aside",
        Duration::from_secs(60),
        || match skipped(cluster) {
            2 => Ok(()),
            other => Err(other),
        },
    );
}
