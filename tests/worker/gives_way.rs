//! Where the worker's locks and somebody's DDL make a deadlock, the worker gives way.

use std::thread;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, arrive_once, exporting, log_run, worker_of};

const ROUNDS: usize = 3;

/// As DROP EXTENSION does it: one table is locked already, `events` is waited for, and the worker that reads `events`
/// comes to wait for that table.
#[test]
fn whoever_locks_tables_in_another_order_than_the_worker_gets_them() {
    let collector = Collector::start();
    let cluster = exporting("gives_way", &collector);
    log_run(&cluster, DATABASE, "warm");
    arrive_once(&collector, &["warm"]);
    let worker = worker_of(&cluster, DATABASE);
    for round in 0..ROUNDS {
        stops(&cluster, worker);
        log_run(&cluster, DATABASE, &format!("round {round}"));
        cluster.sql(
            DATABASE,
            "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')",
        );
        let mut first = cluster.connect(DATABASE);
        first
            .batch_execute("BEGIN; LOCK TABLE dify_observe.workflow_runs")
            .expect("runs are locked");
        let mut second = cluster.connect(DATABASE);
        second
            .batch_execute("BEGIN; LOCK TABLE dify_observe.messages")
            .expect("messages are locked");
        cluster.signal(worker, "SIGCONT");
        waits_for(&cluster, worker, "workflow_runs");
        let pid: i32 = second
            .query_one("SELECT pg_backend_pid()", &[])
            .expect("a pid")
            .get(0);
        let got =
            thread::spawn(move || second.batch_execute("LOCK TABLE dify_observe.events; COMMIT"));
        waits_for(&cluster, pid, "events");
        first.batch_execute("COMMIT").expect("runs are free");
        got.join()
            .expect("no panic")
            .expect("the worker gives way, not this one");
    }
    let rounds: Vec<String> = (0..ROUNDS).map(|round| format!("round {round}")).collect();
    let mut users: Vec<&str> = rounds.iter().map(String::as_str).collect();
    users.push("warm");
    eventually("all arrive", Duration::from_secs(60), || {
        let mut told = crate::shop::users(&collector);
        told.dedup();
        if told == users { Ok(()) } else { Err(told) }
    });
    assert_eq!(worker_of(&cluster, DATABASE), worker, "the same worker");
}

/// Between two turns, when it has nothing that anybody would wait for.
#[track_caller]
fn stops(cluster: &Cluster, worker: i32) {
    let held = format!(
        "SELECT 1 FROM pg_locks WHERE pid = {worker} AND locktype IN ('relation', 'transactionid')"
    );
    eventually("it stops at rest", Duration::from_secs(60), || {
        cluster.signal(worker, "SIGSTOP");
        let at_rest = cluster.rows(DATABASE, &held).is_empty();
        if !at_rest {
            cluster.signal(worker, "SIGCONT");
        }
        at_rest
    });
}

#[track_caller]
fn waits_for(cluster: &Cluster, pid: i32, table: &str) {
    let waiting = format!(
        "SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE l.pid = {pid} AND NOT l.granted AND c.relname LIKE '{table}%'"
    );
    eventually("it waits for a lock", Duration::from_secs(60), || {
        !cluster.rows(DATABASE, &waiting).is_empty()
    });
}
