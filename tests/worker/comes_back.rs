//! A process that was ended comes back and goes on.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{
    DATABASE, are_settled, arrive_once, exporting, log_run, next_worker_of, worker_of,
};

const LAUNCHER: &str = "dify_observe launcher";

fn launcher(cluster: &Cluster) -> i32 {
    eventually("a launcher", Duration::from_secs(60), || {
        cluster.backend_pid(LAUNCHER, None)
    })
}

#[test]
fn the_worker_after_pg_terminate_backend() {
    let collector = Collector::start();
    let cluster = exporting("terminated", &collector);
    let mut users = Vec::new();
    for turn in ["first", "second", "third"] {
        let worker = worker_of(&cluster, DATABASE);
        cluster.sql(
            "postgres",
            &format!("SELECT pg_terminate_backend({worker})"),
        );
        log_run(&cluster, DATABASE, turn);
        users.push(turn);
        next_worker_of(&cluster, DATABASE, worker);
        arrive_once(&collector, &users);
        are_settled(&cluster, DATABASE, users.len());
    }
}

#[test]
fn the_launcher_too_and_it_finds_the_running_workers() {
    let collector = Collector::start();
    let cluster = exporting("launcher", &collector);
    worker_of(&cluster, DATABASE);
    let before = launcher(&cluster);
    cluster.sql(
        "postgres",
        &format!("SELECT pg_terminate_backend({before})"),
    );
    eventually("another launcher", Duration::from_secs(60), || {
        cluster
            .backend_pid(LAUNCHER, None)
            .filter(|pid| *pid != before)
    });
    log_run(&cluster, DATABASE, "first");
    arrive_once(&collector, &["first"]);
    are_settled(&cluster, DATABASE, 1);
    // Exactly one worker goes on, however many were started.
    let worker = eventually("one worker", Duration::from_secs(60), || {
        cluster.backend_pid(crate::shop::WORKER, DATABASE)
    });
    cluster.sql(
        "postgres",
        &format!("SELECT pg_terminate_backend({worker})"),
    );
    next_worker_of(&cluster, DATABASE, worker);
    log_run(&cluster, DATABASE, "second");
    arrive_once(&collector, &["first", "second"]);
}

#[test]
fn everything_after_a_restart_midway() {
    let collector = Collector::start();
    let cluster = exporting("restarted", &collector);
    let mut users = Vec::new();
    for turn in ["first", "second", "third"] {
        log_run(&cluster, DATABASE, turn);
        users.push(turn);
        cluster.restart();
    }
    eventually("all of them", Duration::from_secs(60), || {
        let mut seen = crate::shop::users(&collector);
        seen.dedup();
        if seen == users { Ok(()) } else { Err(seen) }
    });
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    eventually("counted once", Duration::from_secs(60), || {
        collector.total("dify.requests.total", &[]) == 3
    });
}

#[test]
fn a_row_that_cannot_be_read_ends_neither_worker_nor_export() {
    let collector = Collector::start();
    let cluster = exporting("gone", &collector);
    let worker = worker_of(&cluster, DATABASE);
    collector.stop();
    log_run(&cluster, DATABASE, "gone");
    log_run(&cluster, DATABASE, "kept");
    cluster.sql(
        DATABASE,
        "DELETE FROM dify_observe.workflow_runs WHERE user_id = 'gone'",
    );
    collector.start_again();
    arrive_once(&collector, &["kept"]);
    assert_eq!(worker_of(&cluster, DATABASE), worker);
    eventually("it is said", Duration::from_secs(60), || {
        let said = cluster.seen(
            DATABASE,
            "SELECT last_error FROM dify_observe.export_status WHERE signal = 'logs' AND rejected = 1",
        );
        said.is_some_and(|text| text.contains("could not be sent"))
    });
}
