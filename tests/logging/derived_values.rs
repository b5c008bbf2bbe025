//! Tokens and users that follow from what was given, and the ids that are made where none is given.

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS};

#[test]
fn the_total_of_tokens_follows_where_both_parts_are_known() {
    let (_cluster, mut session) = ready("tokens");
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "NULL"),
        (&[("input_tokens", "3")], "NULL"),
        (&[("output_tokens", "4")], "NULL"),
        (&[("input_tokens", "3"), ("output_tokens", "4")], "7"),
        (&[("input_tokens", "0"), ("output_tokens", "0")], "0"),
        (
            &[
                ("input_tokens", "3"),
                ("output_tokens", "4"),
                ("total_tokens", "9"),
            ],
            "9",
        ),
    ];
    for kind in &KINDS {
        for (given, total) in cases {
            let id = session.call(&kind.call().with_all(given));
            let asked = format!(
                "SELECT total_tokens FROM dify_observe.{} WHERE id = '{id}'",
                kind.table
            );
            assert_eq!(session.ask(&asked), total, "{} {given:?}", kind.log);
        }
    }
}

#[test]
fn tokens_told_at_the_start_and_at_the_end_are_added_up_when_finished() {
    let (_cluster, mut session) = ready("tokens_late");
    for kind in &KINDS {
        let begun = kind
            .call()
            .with("status", "running")
            .with("input_tokens", "5");
        let id = session.call(&begun);
        let ended = kind.call().with("id", &id).with("output_tokens", "6");
        session.call(&ended);
        let asked = format!(
            "SELECT total_tokens FROM dify_observe.{} WHERE id = '{id}'",
            kind.table
        );
        assert_eq!(session.ask(&asked), "11", "{}", kind.log);
    }
}

#[test]
fn the_user_of_a_message_is_the_given_one_else_the_end_user_else_the_account() {
    let (_cluster, mut session) = ready("users");
    let ids = [("user_id", "u"), ("end_user_id", "e"), ("account_id", "a")];
    for (given, user) in [
        (&ids[..], "u"),
        (&ids[1..], "e"),
        (&ids[2..], "a"),
        (&[], "NULL"),
    ] {
        let id = session.call(&Call::of("log_message").with_all(given));
        let asked =
            format!("SELECT user_id FROM dify_observe.companion_logs WHERE source_id = '{id}'");
        assert_eq!(session.ask(&asked), user, "{given:?}");
    }
}

#[test]
fn an_id_that_is_not_given_is_a_uuid_of_version_7_with_the_time_of_the_row() {
    let (_cluster, mut session) = ready("made_ids");
    for kind in &KINDS {
        let call = kind.call().with("created_at", "2026-02-03 04:05:06.789+00");
        let (one, other) = (session.call(&call), session.call(&call));
        assert_ne!(one, other);
        for id in [one, other] {
            assert_eq!(id.as_bytes()[14], b'7', "{id}");
            let time = session.ask(&format!(
                "SELECT dify_observe.id_time('{id}') = '2026-02-03 04:05:06.789+00'"
            ));
            assert_eq!(time, "t", "{}", kind.log);
        }
    }
}

#[test]
fn every_state_is_stored_as_given_and_only_a_final_one_ends_the_row() {
    let (_cluster, mut session) = ready("states");
    for kind in &KINDS {
        let states = kind.open.iter().map(|state| (state, false));
        for (state, ends) in states.chain(kind.done.iter().map(|state| (state, true))) {
            let id = session.call(&kind.call().with("status", state));
            let row = format!(
                "SELECT concat_ws(' ', status, finished_at IS NOT NULL, {} IS NOT NULL) FROM dify_observe.{} WHERE id = '{id}'",
                kind.elapsed, kind.table
            );
            let flag = if ends { "t" } else { "f" };
            assert_eq!(session.ask(&row), format!("{state} {flag} {flag}"));
            let events =
                format!("SELECT count(*) FROM dify_observe.events WHERE source_id = '{id}'");
            assert_eq!(session.number(&events), i64::from(ends), "{state}");
        }
    }
}
