//! Times that are refused: a finish before the start, and what is not in 1970 to 2553, whichever way it comes about.

use postgres::Client;

use crate::asking::{Asking, Refusal, ready};
use crate::call::{Call, KINDS};

const START: &str = "2026-02-03 04:05:06+00";
const BEFORE: &str = "2026-02-03 04:05:05.999999+00";
const OUTSIDE: [&str; 5] = [
    "1969-12-31 23:59:59.999999+00",
    "2554-01-01 00:00:00+00",
    "infinity",
    "-infinity",
    "4000-01-01 BC",
];

#[track_caller]
fn refused(session: &mut Client, call: &Call) -> Refusal {
    let refusal = session.refused(&call.sql());
    assert_eq!(refusal.code, "22023", "{}\n{refusal:?}", call.sql());
    assert!(refusal.detail.contains("Allowed: "), "{refusal:?}");
    refusal
}

#[track_caller]
fn names(refusal: &Refusal, argument: &str, call: &Call) {
    assert!(
        refusal.message.starts_with(argument),
        "{argument} expected: {}\n{refusal:?}",
        call.sql()
    );
}

#[test]
fn a_finish_before_the_start_is_refused() {
    let (_cluster, mut session) = ready("finish_first");
    for kind in &KINDS {
        let call = kind
            .call()
            .with("created_at", START)
            .with("finished_at", BEFORE);
        let refusal = refused(&mut session, &call);
        names(&refusal, "finished_at", &call);
        assert!(refusal.message.contains("04:05:05.999999"), "{refusal:?}");
        assert!(refusal.detail.contains("04:05:06"), "{refusal:?}");
        let begun = kind
            .call()
            .with("status", "running")
            .with("created_at", START);
        let id = session.call(&begun);
        let ended = kind
            .call()
            .with("id", &id)
            .with("created_at", START)
            .with("finished_at", BEFORE);
        names(&refused(&mut session, &ended), "finished_at", &ended);
    }
    for (start, finish) in [
        ("start_workflow_run", "finish_workflow_run"),
        ("start_node_execution", "finish_node_execution"),
    ] {
        let id = session.call(&Call::of(start).with("created_at", START));
        let call = Call::of(finish).with("id", &id).with("finished_at", BEFORE);
        let refusal = refused(&mut session, &call);
        names(&refusal, "finished_at", &call);
    }
}

#[test]
fn a_finish_at_the_very_start_is_taken() {
    let (_cluster, mut session) = ready("at_once");
    for kind in &KINDS {
        let id = session.call(
            &kind
                .call()
                .with("created_at", START)
                .with("finished_at", START),
        );
        let zero = format!(
            "SELECT {} = 0 FROM dify_observe.{} WHERE id = '{id}'",
            kind.elapsed, kind.table
        );
        assert_eq!(session.ask(&zero), "t");
    }
}

#[test]
fn times_outside_1970_to_2553_are_refused_by_the_name_of_their_argument() {
    let (_cluster, mut session) = ready("outside");
    for wrong in OUTSIDE {
        for function in [
            "log_workflow_run",
            "start_workflow_run",
            "log_node_execution",
            "start_node_execution",
            "log_message",
            "log_feedback",
            "log_app_created",
        ] {
            let call = Call::of(function).with("created_at", wrong);
            let refusal = refused(&mut session, &call);
            if function != "log_app_created" {
                names(&refusal, "created_at", &call);
            }
        }
        for kind in &KINDS {
            let call = kind.call().with("finished_at", wrong);
            names(&refused(&mut session, &call), "finished_at", &call);
        }
        for (function, argument) in [
            ("log_app_updated", "updated_at"),
            ("log_app_deleted", "deleted_at"),
        ] {
            refused(&mut session, &Call::of(function).with(argument, wrong));
        }
    }
}

#[test]
fn a_lifecycle_time_that_is_refused_is_named_as_its_argument_is() {
    let (_cluster, mut session) = ready("lifecycle_times");
    for (function, argument) in [
        ("log_app_created", "created_at"),
        ("log_app_updated", "updated_at"),
        ("log_app_deleted", "deleted_at"),
    ] {
        let call = Call::of(function).with(argument, "infinity");
        let refusal = refused(&mut session, &call);
        names(&refusal, argument, &call);
        assert!(refusal.message.contains("infinity"), "{refusal:?}");
    }
}

#[test]
fn a_finish_outside_is_refused_for_a_started_row() {
    let (_cluster, mut session) = ready("finish_outside");
    for (start, finish) in [
        ("start_workflow_run", "finish_workflow_run"),
        ("start_node_execution", "finish_node_execution"),
    ] {
        let id = session.call(&Call::of(start));
        for wrong in OUTSIDE {
            let call = Call::of(finish).with("id", &id).with("finished_at", wrong);
            names(&refused(&mut session, &call), "finished_at", &call);
        }
    }
}

#[test]
fn a_duration_that_leads_outside_is_refused_as_a_wrong_value() {
    let (_cluster, mut session) = ready("leads_outside");
    for kind in &KINDS {
        let backwards = kind.call().with(kind.elapsed, "9e9");
        refused(&mut session, &backwards);
        let forwards = backwards.with("created_at", "2500-01-01 00:00+00");
        refused(&mut session, &forwards);
    }
    for (start, finish) in [
        ("start_workflow_run", "finish_workflow_run"),
        ("start_node_execution", "finish_node_execution"),
    ] {
        let id = session.call(&Call::of(start).with("created_at", "2500-01-01 00:00+00"));
        refused(
            &mut session,
            &Call::of(finish).with("id", &id).with("elapsed_time", "9e9"),
        );
    }
}

#[test]
fn the_first_and_the_last_moment_are_taken() {
    let (_cluster, mut session) = ready("first_and_last");
    for kind in &KINDS {
        for at in ["1970-01-01 00:00:00+00", "2553-12-31 23:59:59.999999+00"] {
            let id = session.call(&kind.call().with("created_at", at).with("finished_at", at));
            let shown = format!(
                "SELECT occurred_at = '{at}' FROM dify_observe.companion_logs WHERE source_id = '{id}'"
            );
            assert_eq!(session.ask(&shown), "t", "{} {at}", kind.log);
        }
    }
}
