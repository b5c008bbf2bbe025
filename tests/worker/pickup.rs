//! CREATE EXTENSION in a running server is picked up, in every database, and so is its removal.

use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, WORKER, arrive_once, exporting, log_run, worker_of};

/// The limit.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn every_database_gets_its_worker_within_five_seconds_without_a_restart() {
    let collector = Collector::start();
    let cluster = Cluster::builder("pickup")
        .exports_to(&collector.endpoint())
        .start();
    let server = cluster.pid();
    let databases = ["one", "two", "three"];
    for database in databases {
        cluster.create_database(database);
    }
    for database in databases {
        cluster.create_extension(database);
        let begun = Instant::now();
        worker_of(&cluster, database);
        assert!(begun.elapsed() < SOON, "{database}: {:?}", begun.elapsed());
    }
    for database in databases {
        log_run(&cluster, database, database);
    }
    arrive_once(&collector, &databases);
    assert_eq!(cluster.pid(), server);

    let instances: std::collections::BTreeSet<String> = collector
        .logs()
        .iter()
        .map(|log| log.resource["service.instance.id"].to_string())
        .collect();
    assert_eq!(instances.len(), 3, "one series is never written by two");
}

#[test]
fn a_database_that_was_looked_at_in_vain_is_picked_up_too() {
    let collector = Collector::start();
    let cluster = Cluster::builder("later")
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_database(DATABASE);
    // The launcher knows the database and has found no extension there.
    eventually("looked at", Duration::from_secs(60), || {
        let says = cluster.value(
            "postgres",
            "SELECT coalesce(max(query), '') FROM pg_stat_activity WHERE backend_type = 'dify_observe launcher'",
        );
        if says.as_deref() == Some("watching 2 databases, 0 with a worker") {
            Ok(())
        } else {
            Err(says)
        }
    });
    let begun = Instant::now();
    cluster.create_extension(DATABASE);
    worker_of(&cluster, DATABASE);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn dropped_and_created_again_it_begins_anew() {
    let collector = Collector::start();
    let cluster = exporting("again", &collector);
    log_run(&cluster, DATABASE, "before");
    arrive_once(&collector, &["before"]);

    cluster.sql(DATABASE, "DROP EXTENSION dify_observe");
    eventually("the worker has left", Duration::from_secs(60), || {
        cluster.backend_pid(WORKER, DATABASE).is_none()
    });
    let begun = Instant::now();
    cluster.create_extension(DATABASE);
    worker_of(&cluster, DATABASE);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    log_run(&cluster, DATABASE, "after");
    arrive_once(&collector, &["before", "after"]);
}

#[test]
fn dropped_and_created_in_one_go_it_begins_anew_as_well() {
    let collector = Collector::start();
    let cluster = exporting("at_once", &collector);
    log_run(&cluster, DATABASE, "before");
    arrive_once(&collector, &["before"]);
    eventually("counted", Duration::from_secs(60), || {
        collector.total("dify.requests.total", &[]) == 1
    });
    cluster.sql(
        DATABASE,
        "BEGIN; DROP EXTENSION dify_observe; CREATE EXTENSION dify_observe; COMMIT",
    );
    log_run(&cluster, DATABASE, "after");
    arrive_once(&collector, &["before", "after"]);
    eventually("the counters too", Duration::from_secs(60), || {
        let points = collector.metrics();
        let counted = points
            .iter()
            .filter(|point| point.name == "dify.requests.total")
            .map(|point| point.count());
        // One of each instance: the first one's total is not carried on.
        counted.collect::<Vec<_>>() == [1, 1]
    });
}

#[test]
fn other_sql_than_the_librarys_idles_with_one_message() {
    let collector = Collector::start();
    let cluster = exporting("mismatch", &collector);
    worker_of(&cluster, DATABASE);
    let says = || {
        cluster.value(
            DATABASE,
            "SELECT message FROM dify_observe.worker_status WHERE worker = 'worker'",
        )
    };
    let version = "UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'dify_observe'";
    cluster.sql(DATABASE, version);
    eventually("it idles", Duration::from_secs(60), || match says() {
        Some(message) if message.starts_with("idle: the extension is 0.0.1") => Ok(()),
        other => Err(other),
    });
    log_run(&cluster, DATABASE, "waits");
    assert_eq!(crate::shop::users(&collector).len(), 0);

    let library = env!("CARGO_PKG_VERSION");
    cluster.sql(
        DATABASE,
        &format!("UPDATE pg_extension SET extversion = '{library}' WHERE extname = 'dify_observe'"),
    );
    arrive_once(&collector, &["waits"]);
    let log = cluster.log();
    let told = log
        .lines()
        .filter(|line| line.contains("worker: idle: the extension is 0.0.1"));
    assert_eq!(told.count(), 1);
}
