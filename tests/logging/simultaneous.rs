//! Two sessions that log one id at the same time.

use std::thread;

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, ready, until_blocked};
use crate::call::{Call, KINDS, Kind};

/// The first call's transaction is held open until the second one waits for it.
#[track_caller]
fn race(cluster: &Cluster, session: &mut Client, first: &Call, second: &Call, end: &str) -> String {
    let mut other = cluster.connect("postgres");
    session.run("BEGIN");
    session.call(first);
    thread::scope(|scope| {
        let waiting = scope.spawn(move || other.call(second));
        until_blocked(&mut cluster.connect("postgres"), 1);
        session.run(end);
        waiting.join().expect("the second call")
    })
}

#[track_caller]
fn assert_one(session: &mut Client, kind: &Kind, id: &str) {
    let rows = format!(
        "SELECT string_agg(status || coalesce(' ' || error, ''), ', ') FROM dify_observe.{} WHERE id = '{id}'",
        kind.table
    );
    assert_eq!(session.ask(&rows), kind.done[0], "rows of {}", kind.log);
    let events = format!("SELECT count(*) FROM dify_observe.events WHERE source_id = '{id}'");
    assert_eq!(session.number(&events), 1, "events of {}", kind.log);
}

fn ids(session: &mut Client) -> [String; 2] {
    let both = "SELECT unnest(ARRAY[gen_random_uuid(), dify_observe.uuid_v7(now())])";
    session.column(both).try_into().expect("two")
}

#[test]
fn they_log_one_row_and_one_event() {
    let (cluster, mut session) = ready("two_at_once");
    for kind in &KINDS {
        for id in ids(&mut session) {
            let call = kind.call().with("id", &id).with("status", kind.done[0]);
            let late = call.clone().with("error", "late");
            assert_eq!(race(&cluster, &mut session, &call, &late, "COMMIT"), id);
            assert_one(&mut session, kind, &id);
        }
    }
}

#[test]
fn the_second_one_logs_it_when_the_first_is_rolled_back() {
    let (cluster, mut session) = ready("one_rolled_back");
    for kind in &KINDS {
        for id in ids(&mut session) {
            let call = kind.call().with("id", &id).with("status", kind.done[0]);
            let lost = call.clone().with("error", "lost");
            assert_eq!(race(&cluster, &mut session, &lost, &call, "ROLLBACK"), id);
            assert_one(&mut session, kind, &id);
        }
    }
}

#[test]
fn the_second_one_finishes_what_the_first_has_started() {
    let (cluster, mut session) = ready("start_and_log");
    for kind in &KINDS {
        for id in ids(&mut session) {
            let call = kind.call().with("id", &id).with("status", kind.done[0]);
            let begun = kind.call().with("id", &id).with("status", "running");
            assert_eq!(race(&cluster, &mut session, &begun, &call, "COMMIT"), id);
            assert_one(&mut session, kind, &id);
        }
    }
}

/// What is derived follows from the row as it was started, not as the second call would have begun it.
#[test]
fn the_times_of_what_the_second_one_finishes_follow_from_the_first_ones_start() {
    let (cluster, mut session) = ready("start_and_times");
    for kind in &KINDS {
        for id in ids(&mut session) {
            let call = kind.call().with("id", &id).with("status", kind.done[0]);
            let mut other = cluster.connect("postgres");
            other.run("BEGIN; SELECT 1");
            let started = "2200-01-01 00:00:00+00";
            let begun = kind.call().with("id", &id).with("created_at", started);
            session.run("BEGIN");
            session.call(&begun.with("status", "running"));
            let finished = thread::scope(|scope| {
                let finishing = scope.spawn(|| {
                    let finished = other.try_rows(&call.sql());
                    other.run("COMMIT");
                    finished
                });
                until_blocked(&mut cluster.connect("postgres"), 1);
                session.run("COMMIT");
                finishing.join().expect("the second call")
            });
            assert!(finished.is_ok(), "{}: {finished:?}", kind.log);
            let lasted = format!(
                "SELECT {} = extract(epoch FROM finished_at - created_at) FROM dify_observe.{} WHERE id = '{id}'",
                kind.elapsed, kind.table
            );
            assert_eq!(session.column(&lasted), ["t"], "{}", kind.log);
        }
    }
}

#[test]
fn a_started_row_that_both_finish_is_finished_once() {
    let (cluster, mut session) = ready("both_finish");
    for (kind, finish) in [
        (&KINDS[0], "finish_workflow_run"),
        (&KINDS[1], "finish_node_execution"),
    ] {
        for id in ids(&mut session) {
            session.call(&kind.call().with("id", &id).with("status", "running"));
            let call = Call::of(finish)
                .with("id", &id)
                .with("status", kind.done[0]);
            let late = call.clone().with("error", "late");
            assert_eq!(race(&cluster, &mut session, &call, &late, "COMMIT"), id);
            assert_one(&mut session, kind, &id);
        }
    }
}

#[test]
fn a_feedback_given_twice_at_once_is_one_row() {
    let (cluster, mut session) = ready("feedback_at_once");
    let call = Call::of("log_feedback").with("rating", "like");
    let mut other = cluster.connect("postgres");
    session.run("BEGIN");
    let first = session.call(&call);
    let second = thread::scope(|scope| {
        let waiting = scope.spawn(|| other.call(&call));
        until_blocked(&mut cluster.connect("postgres"), 1);
        session.run("COMMIT");
        waiting.join().expect("the second call")
    });
    assert_eq!(first, second);
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.feedbacks"),
        1
    );
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        1
    );
}
