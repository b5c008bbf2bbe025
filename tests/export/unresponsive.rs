//! A receiver that accepts and never answers holds nobody up.

use std::time::{Duration, Instant};

use dify_observe_tests::{Behaviour, Cluster, Collector, Shutdown, eventually};

use crate::activity::{DATABASE, exporting, log_runs};

/// With a request of every signal under way that is never answered.
fn hanging(name: &str, collector: &Collector) -> Cluster {
    collector.answer(None, Behaviour::Hang);
    let cluster = exporting(name, collector);
    all_signals_hang(&cluster, collector);
    cluster
}

/// Until a request of each is under way to a receiver that never answers.
#[track_caller]
pub fn all_signals_hang(cluster: &Cluster, collector: &Collector) {
    log_runs(cluster, 5);
    eventually("three requests hang", Duration::from_secs(60), || {
        let hanging = collector.requests().len();
        if hanging >= 3 { Ok(()) } else { Err(hanging) }
    });
}

#[test]
fn the_server_shuts_down_in_under_two_seconds() {
    let collector = Collector::start();
    let cluster = hanging("hang_stop", &collector);
    let took = cluster.stop(Shutdown::Fast);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn drop_extension_succeeds_in_under_five_seconds() {
    let collector = Collector::start();
    let cluster = hanging("hang_extension", &collector);
    let begun = Instant::now();
    cluster.sql(DATABASE, "DROP EXTENSION dify_observe");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    eventually("the worker has gone", Duration::from_secs(60), || {
        cluster
            .backend_pid("dify_observe worker", DATABASE)
            .is_none()
    });
}

#[test]
fn drop_database_succeeds_in_under_five_seconds() {
    let collector = Collector::start();
    let cluster = hanging("hang_database", &collector);
    let begun = Instant::now();
    cluster.sql("postgres", &format!("DROP DATABASE {DATABASE}"));
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn logging_and_counting_go_on() {
    let collector = Collector::start();
    let cluster = hanging("hang_logging", &collector);
    let begun = Instant::now();
    log_runs(&cluster, 100);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let counted = cluster.value(
        DATABASE,
        "SELECT sum(value) FROM dify_observe.metrics WHERE name = 'dify.requests.total'",
    );
    assert_eq!(counted.as_deref(), Some("105"));
}
