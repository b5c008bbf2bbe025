//! When little happens: how soon a commit is told, and what it costs to wait for one.

use std::fs;
use std::thread;
use std::time::{Duration, SystemTime};

use dify_observe_tests::{Cluster, Collector, eventually};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::incident::{DATABASE, PATIENCE, WORKER};
use crate::record;

/// How long the worker sleeps when nobody wakes it.
const NAP: Duration = Duration::from_secs(1);

/// As it is out of the box, where the metrics are sent every minute.
#[track_caller]
fn idle(collector: &Collector) -> Cluster {
    let cluster = Cluster::builder("idle")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.metric_interval", "60s")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    eventually("a worker", PATIENCE, || {
        cluster.backend_pid(WORKER, DATABASE)
    });
    cluster
}

#[test]
fn a_commit_is_told_without_waiting_for_a_poll() {
    let collector = Collector::start();
    let cluster = idle(&collector);
    let mut session = cluster.connect(DATABASE);
    let log = session
        .prepare("SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')")
        .expect("a call");
    let samples = if record::wanted() { 300 } else { 25 };
    let mut random = SmallRng::seed_from_u64(1);
    let mut latencies = Vec::new();
    for _ in 0..samples {
        // The worker has gone to sleep, at no particular moment of its nap.
        thread::sleep(Duration::from_millis(random.random_range(100..600)));
        collector.forget();
        session.query_one(&log, &[]).expect("logged");
        let committed = SystemTime::now();
        let arrived = eventually("it arrives", PATIENCE, || {
            let requests = collector.requests();
            requests
                .iter()
                .find(|request| !request.logs.is_empty())
                .map(|request| request.at)
        });
        latencies.push(arrived.duration_since(committed).unwrap_or_default());
    }
    latencies.sort();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let milliseconds = |share: f64| at(share).as_secs_f64() * 1000.0;
    let numbers = json!({ "commits": samples, "p50": milliseconds(0.5), "p99": milliseconds(0.99), "most": milliseconds(1.0) });
    record::keep("latency", "idle", &numbers);
    // Who waits for a poll waits half a nap.
    assert!(at(0.5) < NAP / 4, "{latencies:?}");
}

#[test]
fn waiting_costs_next_to_nothing() {
    let collector = Collector::start();
    let cluster = idle(&collector);
    let window = Duration::from_secs(if record::wanted() { 60 } else { 5 });
    let worker = cluster.backend_pid(WORKER, DATABASE).expect("a worker");
    let mut session = cluster.connect("postgres");
    let mut look = || {
        let committed: i64 = session
            .query_one(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = $1",
                &[&DATABASE],
            )
            .expect("the statistics")
            .get(0);
        (
            committed,
            switches(worker),
            cluster.processor_ticks(worker).expect("a worker"),
        )
    };
    let before = look();
    thread::sleep(window);
    let after = look();
    let per_minute = |count: f64| count * 60.0 / window.as_secs_f64();
    let ticks = (after.2 - before.2) as f64;
    let numbers = json!({
        "seconds": window.as_secs(),
        "transactions": per_minute((after.0 - before.0) as f64),
        "wakings": per_minute((after.1 - before.1) as f64),
        "processor_milliseconds": per_minute(ticks * 10.0),
    });
    record::keep("idle", "worker", &numbers);
    // A twentieth of one processor, on a machine that tests other things at the same time.
    assert!(ticks / 100.0 < window.as_secs_f64() / 20.0, "{numbers}");
}

/// How often the process went to sleep.
fn switches(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok())
        .expect("a count")
}
