//! A call that is made again with an id that is known.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS, Kind};

const AT: &str = "2026-02-03 04:05:06+00";
const NEXT_DAY: &str = "2026-02-04 03:00:00+00";
const DAYS_LATER: &str = "2026-02-07 00:00:00+00";

fn row(session: &mut Client, kind: &Kind, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT to_jsonb(r) FROM dify_observe.{} r WHERE id = '{id}'",
        kind.table
    ))
}

fn events(session: &mut Client, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT event_name FROM dify_observe.companion_logs WHERE source_id = '{id}'"
    ))
}

/// A UUIDv7 of `AT`, and a UUID without a time.
fn both_ids(session: &mut Client) -> [String; 2] {
    let v7 = session.ask(&format!("SELECT dify_observe.uuid_v7('{AT}')"));
    [v7, session.ask("SELECT gen_random_uuid()")]
}

#[test]
fn a_finished_id_changes_nothing_and_is_returned() {
    let (_cluster, mut session) = ready("again");
    for kind in &KINDS {
        for id in both_ids(&mut session) {
            let call = kind.call().with("id", &id);
            assert_eq!(session.call(&call), id);
            let before = row(&mut session, kind, &id);
            assert_eq!(before.len(), 1, "{}", kind.log);
            for state in kind.open.iter().chain(kind.done) {
                let again = call.clone().with("status", state).with("error", "again");
                assert_eq!(session.call(&again), id);
            }
            assert_eq!(row(&mut session, kind, &id), before, "{}", kind.log);
            assert_eq!(events(&mut session, &id), [kind.event]);
        }
    }
}

#[test]
fn an_unfinished_id_is_finished_and_keeps_what_was_told_before() {
    let (_cluster, mut session) = ready("finished_by_log");
    for kind in &KINDS {
        for id in both_ids(&mut session) {
            let begun = kind.call().with("id", &id).with("status", "running");
            session.call(&begun.with("user_id", "first").with("inputs", "[1]"));
            assert!(events(&mut session, &id).is_empty());
            let ended = kind.call().with("id", &id).with("outputs", "[2]");
            assert_eq!(session.call(&ended), id);
            let told = format!(
                "SELECT concat_ws(' ', user_id, inputs, outputs, finished_at IS NOT NULL) FROM dify_observe.{} WHERE id = '{id}'",
                kind.table
            );
            assert_eq!(session.column(&told), ["first [1] [2] t"], "{}", kind.log);
            assert_eq!(events(&mut session, &id), [kind.event]);
        }
    }
}

#[test]
fn a_start_with_a_known_id_changes_nothing() {
    let (_cluster, mut session) = ready("start_again");
    for (kind, start) in [
        (&KINDS[0], "start_workflow_run"),
        (&KINDS[1], "start_node_execution"),
    ] {
        for id in both_ids(&mut session) {
            let call = Call::of(start).with("id", &id);
            for state in ["running", "paused", "succeeded"] {
                session.call(&kind.call().with("id", &id).with("status", state));
                let before = row(&mut session, kind, &id);
                assert_eq!(session.call(&call.clone().with("user_id", "late")), id);
                assert_eq!(row(&mut session, kind, &id), before, "{start} {state}");
            }
        }
    }
}

#[test]
fn a_row_is_found_in_whatever_partition_it_is() {
    let (_cluster, mut session) = ready("found");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-10')");
    for kind in &KINDS {
        for id in both_ids(&mut session) {
            let call = kind.call().with("id", &id).with("created_at", AT);
            session.call(&call.with("status", "running"));
            session.call(&kind.call().with("id", &id).with("created_at", AT));
            assert_eq!(row(&mut session, kind, &id).len(), 1, "{}", kind.log);
            assert_eq!(events(&mut session, &id), [kind.event]);
        }
    }
}

/// An id without a time is looked for everywhere, one of version 7 about its own time.
#[test]
fn a_row_is_found_without_the_time_it_was_given() {
    let (_cluster, mut session) = ready("found_elsewhere");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-10')");
    for kind in &KINDS {
        for (id, at) in both_ids(&mut session).iter().zip([NEXT_DAY, DAYS_LATER]) {
            let begun = kind.call().with("id", id).with("created_at", at);
            session.call(&begun.with("status", "running"));
            session.call(&kind.call().with("id", id));
            assert_eq!(row(&mut session, kind, id).len(), 1, "{}", kind.log);
            assert_eq!(events(&mut session, id), [kind.event]);
        }
    }
}
