//! A database that logs, and a collector it exports to.

use std::collections::BTreeSet;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

pub const WORKER: &str = "dify_observe worker";
pub const DATABASE: &str = "shop";

#[track_caller]
pub fn exporting(name: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .start();
    observed(&cluster, DATABASE);
    cluster
}

#[track_caller]
pub fn observed(cluster: &Cluster, database: &str) {
    cluster.create_database(database);
    cluster.create_extension(database);
}

/// A call that logs a finished run of this user.
pub fn run_of(user: &str) -> String {
    format!(
        "SELECT dify_observe.log_workflow_run(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001',
           app_id => 'bbbbbbbb-0000-4000-8000-000000000001', workflow_id => 'cccccccc-0000-4000-8000-000000000001',
           status => 'succeeded', user_id => '{user}', input_tokens => 3, output_tokens => 4, elapsed_time => 0.25)"
    )
}

#[track_caller]
pub fn log_run(cluster: &Cluster, database: &str, user: &str) {
    cluster.sql(database, &run_of(user));
}

/// The users whose runs arrived, each as often as it did.
pub fn users(collector: &Collector) -> Vec<String> {
    let mut users: Vec<String> = collector
        .logs()
        .iter()
        .filter_map(|log| Some(log.attributes.get("user_id")?.as_str()?.to_owned()))
        .collect();
    users.sort();
    users
}

/// Waits until exactly these users' runs have arrived, each once.
#[track_caller]
pub fn arrive_once(collector: &Collector, expected: &[&str]) {
    let mut expected: Vec<String> = expected.iter().map(|user| (*user).to_owned()).collect();
    expected.sort();
    eventually("exactly these arrived", Duration::from_secs(60), || {
        let now = users(collector);
        if now == expected { Ok(()) } else { Err(now) }
    });
}

/// Waits until the answers for so many runs are settled: what is not when the worker ends is sent again.
#[track_caller]
pub fn are_settled(cluster: &Cluster, database: &str, runs: usize) {
    let sent =
        format!("SELECT sent >= {runs} FROM dify_observe.export_status WHERE signal = 'logs'");
    eventually("settled", Duration::from_secs(60), || {
        cluster.seen(database, &sent).as_deref() == Some("t")
    });
}

#[track_caller]
pub fn worker_of(cluster: &Cluster, database: &str) -> i32 {
    eventually("a worker", Duration::from_secs(60), || {
        cluster.backend_pid(WORKER, database)
    })
}

/// Another process than before.
#[track_caller]
pub fn next_worker_of(cluster: &Cluster, database: &str, before: i32) -> i32 {
    eventually("another worker", Duration::from_secs(60), || {
        cluster
            .backend_pid(WORKER, database)
            .filter(|pid| *pid != before)
    })
}

/// Differences between the metric state and its recount.
#[track_caller]
pub fn differences(cluster: &Cluster, database: &str) -> Vec<Vec<Option<String>>> {
    cluster.rows(database, "SELECT * FROM dify_observe.check_metrics()")
}

pub fn column(rows: Vec<Vec<Option<String>>>) -> BTreeSet<String> {
    rows.into_iter()
        .filter_map(|row| row.into_iter().next()?)
        .collect()
}
