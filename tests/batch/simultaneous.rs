//! Two sessions that log the same at the same time.

use std::sync::Barrier;
use std::thread;

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, until_blocked, without_worker};
use crate::call::KINDS;
use crate::event::{Batching, Event, WITH_ID, batch, call, uuid};
use crate::stored::{count, rows_and_events};

const ROUNDS: usize = 8;

fn events(numbers: impl Iterator<Item = usize>) -> Vec<Event> {
    numbers
        .map(|number| {
            let (name, _) = WITH_ID[number % WITH_ID.len()];
            Event::of(name).with("id", uuid(number))
        })
        .collect()
}

/// What both answered: counts, or an SQLSTATE.
fn both(cluster: &Cluster, batches: [&str; 2]) -> Vec<String> {
    let barrier = Barrier::new(2);
    let ask = |batch: &str| {
        let mut session = cluster.connect("postgres");
        let call = call(batch, "abort");
        barrier.wait();
        match session.try_rows(&call) {
            Ok(rows) => rows[0][0].clone().expect("an answer"),
            Err(refusal) => refusal.code,
        }
    };
    let ask = &ask;
    thread::scope(|scope| {
        let sessions = batches.map(|batch| scope.spawn(move || ask(batch)));
        sessions
            .map(|session| session.join().expect("an answer"))
            .into()
    })
}

/// One row and one event for each id.
#[track_caller]
fn assert_once(session: &mut Client, ids: usize) {
    assert_eq!(count(session, "events"), ids as i64);
    for (table, name) in WITH_ID.map(|(name, table)| (table, name)) {
        let twice = format!("SELECT id FROM dify_observe.{table} GROUP BY id HAVING count(*) > 1");
        assert_eq!(session.column(&twice), [""; 0], "{name}");
    }
}

#[test]
fn the_same_batch_is_logged_once() {
    let (cluster, mut session) = without_worker("batch_twice_at_once");
    for round in 0..ROUNDS {
        let same = batch(&events(round * 300..round * 300 + 300));
        assert_eq!(both(&cluster, [&same, &same]), ["300 0", "300 0"]);
        assert_once(&mut session, (round + 1) * 300);
    }
}

#[test]
fn two_batches_that_share_ids_log_each_of_them_once() {
    let (cluster, mut session) = without_worker("batch_overlap");
    for round in 0..ROUNDS {
        let from = round * 600;
        let (one, other) = (
            batch(&events(from..from + 400)),
            batch(&events(from + 200..from + 600)),
        );
        assert_eq!(both(&cluster, [&one, &other]), ["400 0", "400 0"]);
        assert_once(&mut session, (round + 1) * 600);
    }
}

/// In opposite orders they may wait for each other: one is then told so, and its retry finds everything.
#[test]
fn two_batches_in_opposite_orders_log_each_id_once_after_a_retry() {
    let (cluster, mut session) = without_worker("batch_opposite");
    for round in 0..ROUNDS {
        let from = round * 300;
        let mut reversed = events(from..from + 300);
        reversed.reverse();
        let (one, other) = (batch(&events(from..from + 300)), batch(&reversed));
        for answer in both(&cluster, [&one, &other]) {
            assert!(["300 0", "40P01"].contains(&&*answer), "{answer}");
        }
        assert_eq!(session.log_batch(&one), "300 0");
        assert_once(&mut session, (round + 1) * 300);
        assert_eq!(count(&mut session, "quarantined_events"), 0);
    }
}

#[test]
fn the_second_waits_for_the_first_and_logs_what_that_did_not() {
    let (cluster, mut session) = without_worker("batch_waits");
    for end in ["COMMIT", "ROLLBACK"] {
        for (number, (name, table)) in WITH_ID.into_iter().enumerate() {
            let id = uuid(number + end.len() * 1000);
            let event = |error: &str| {
                batch(&[Event::of(name).with("id", id.as_str()).with("error", error)])
            };
            let mut other = cluster.connect("postgres");
            session.run("BEGIN");
            session.log_batch(&event("first"));
            thread::scope(|scope| {
                let second = scope.spawn(|| other.log_batch(&event("second")));
                until_blocked(&mut cluster.connect("postgres"), 1);
                session.run(end);
                assert_eq!(second.join().expect("an answer"), "1 0");
            });
            let kept = if end == "COMMIT" { "first" } else { "second" };
            let row = format!("SELECT error FROM dify_observe.{table} WHERE id = '{id}'");
            assert_eq!(session.column(&row), [kept], "{name}");
            assert_eq!(
                rows_and_events(&mut session, table, &[id]),
                ["1 1"],
                "{name}"
            );
        }
    }
}

#[test]
fn what_both_finish_is_finished_once() {
    let (cluster, mut session) = without_worker("batch_both_finish");
    for kind in &KINDS {
        let ids: Vec<String> = (0..100)
            .map(|_| session.call(&kind.call().with("status", "running")))
            .collect();
        let ended = |id: &String| Event::of(kind.event).with("id", id.as_str());
        let same = batch(&ids.iter().map(ended).collect::<Vec<_>>());
        assert_eq!(both(&cluster, [&same, &same]), ["100 0", "100 0"]);
        assert_eq!(
            rows_and_events(&mut session, kind.table, &ids),
            vec!["1 1"; 100],
            "{}",
            kind.log
        );
    }
}
