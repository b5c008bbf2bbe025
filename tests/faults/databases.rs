//! What people do to the database while requests of it are under way.

use std::time::{Duration, Instant};

use dify_observe_tests::{Behaviour, eventually};

use crate::committed::Committed;
use crate::incident::{DATABASE, Incident, PATIENCE, WORKER};
use crate::phase::{Phase, under_way};

/// DROP DATABASE waits this long for a worker.
const LIMIT: Duration = Duration::from_secs(5);

/// A statement that nobody else may be connected for, while requests hang.
#[track_caller]
fn while_requests_hang(incident: &mut Incident, statements: &[&str]) {
    incident.collector.answer(None, Behaviour::Hang);
    under_way(incident);
    incident.backlog_grows(100);
    incident.stop_writing();
    for statement in statements {
        let begun = Instant::now();
        incident.cluster.sql("postgres", statement);
        assert!(
            begun.elapsed() < LIMIT,
            "{statement}: {:?}",
            begun.elapsed()
        );
    }
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
}

#[test]
fn it_is_renamed() {
    let mut incident = Incident::begin("database renamed while sending");
    while_requests_hang(
        &mut incident,
        &[
            "ALTER DATABASE shop RENAME TO store",
            "ALTER DATABASE store RENAME TO shop",
        ],
    );
    incident.recovers();
}

#[test]
fn it_is_altered() {
    let mut incident =
        Incident::begin("database altered (connections refused and allowed again) while sending");
    while_requests_hang(
        &mut incident,
        &[
            "ALTER DATABASE shop ALLOW_CONNECTIONS false",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'dify_observe worker'",
            "ALTER DATABASE shop ALLOW_CONNECTIONS true",
        ],
    );
    incident.recovers();
}

#[test]
fn its_neighbour_is_dropped() {
    let mut incident = Incident::begin("another database dropped while sending");
    incident.cluster.create_database("other");
    incident.cluster.create_extension("other");
    eventually("its worker", PATIENCE, || {
        incident.cluster.backend_pid(WORKER, "other")
    });
    while_requests_hang(&mut incident, &["DROP DATABASE other"]);
    incident.recovers();
}

#[test]
fn the_extension_is_dropped_and_created_again() {
    let mut incident = Incident::begin("extension dropped and created again while sending");
    incident.collector.answer(None, Behaviour::Hang);
    under_way(&incident);
    // The sessions go on, so it may meet them in a deadlock; between the two their calls fail.
    eventually("it is dropped", PATIENCE, || {
        let mut session = incident.cluster.connect(DATABASE);
        session.batch_execute("DROP EXTENSION dify_observe")
    });
    incident.stop_writing();
    incident.forget();
    incident.cluster.create_extension(DATABASE);
    incident.write();
    eventually("some are committed", PATIENCE, || {
        Committed::of(&incident.cluster).len() > 50
    });
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn the_events_are_truncated_and_their_ids_begin_anew() {
    let mut incident = Incident::begin("TRUNCATE … RESTART IDENTITY of all that was logged");
    incident.stop_writing();
    incident.arrives();
    incident.cluster.sql(
        DATABASE,
        "TRUNCATE dify_observe.events, dify_observe.workflow_runs, dify_observe.node_executions, dify_observe.messages RESTART IDENTITY",
    );
    // The worker has seen that the ids begin anew.
    eventually("the ids are behind", PATIENCE, || {
        let passed = "SELECT max(passed) FROM dify_observe.export_progress";
        incident.cluster.value(DATABASE, passed).as_deref() == Some("0")
    });
    incident.forget();
    incident.write();
    eventually("some are committed", PATIENCE, || {
        Committed::of(&incident.cluster).len() > 50
    });
    incident.over();
    incident.recovers_but_for_counters();
}

#[test]
fn the_worker_is_killed_while_a_lock_keeps_it_from_settling_and_the_database_is_renamed() {
    let mut incident =
        Incident::begin("database renamed after the answer, before the worker settles");
    let grip = Phase::BeforeSettling.holds(&incident);
    incident.stop_writing();
    Phase::lets_go(grip, &incident);
    incident
        .cluster
        .sql("postgres", "ALTER DATABASE shop RENAME TO store");
    incident
        .cluster
        .sql("postgres", "ALTER DATABASE store RENAME TO shop");
    incident.over();
    incident.recovers();
}
