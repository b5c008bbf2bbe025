//! The life of an app, as it is told.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{APP, Call, OTHER};

fn told(session: &mut Client) -> Vec<String> {
    session.column("SELECT event_name FROM dify_observe.companion_logs ORDER BY id")
}

fn state(session: &mut Client) -> String {
    session.ask(&format!(
        "SELECT concat_ws(' ', mode, name, created_at IS NOT NULL, updated_at IS NOT NULL, deleted_at IS NOT NULL) FROM dify_observe.apps WHERE app_id = '{APP}'"
    ))
}

#[test]
fn each_call_returns_the_app_and_tells_its_own_event() {
    let (_cluster, mut session) = ready("app_life");
    let named = [("mode", "chat"), ("name", "one")];
    assert_eq!(
        session.call(&Call::of("log_app_created").with_all(&named)),
        APP
    );
    assert_eq!(state(&mut session), "chat one t f f");
    assert_eq!(
        session.call(&Call::of("log_app_updated").with("name", "two")),
        APP
    );
    assert_eq!(state(&mut session), "chat two t t f");
    assert_eq!(session.call(&Call::of("log_app_deleted")), APP);
    assert_eq!(state(&mut session), "chat two t t t");
    assert_eq!(
        told(&mut session),
        ["dify.app.created", "dify.app.updated", "dify.app.deleted"]
    );
}

#[test]
fn an_app_not_known_yet_is_added_and_only_the_call_itself_is_told() {
    let (_cluster, mut session) = ready("unknown_apps");
    for (function, event, row) in [
        ("log_app_created", "dify.app.created", "t f f"),
        ("log_app_updated", "dify.app.updated", "f t f"),
        ("log_app_deleted", "dify.app.deleted", "f f t"),
    ] {
        session.run("TRUNCATE dify_observe.events, dify_observe.apps");
        session.call(&Call::of(function));
        assert_eq!(told(&mut session), [event]);
        assert_eq!(state(&mut session), row);
    }
}

#[test]
fn creation_and_deletion_are_told_once_however_often_they_are_logged() {
    let (_cluster, mut session) = ready("app_retries");
    for function in [
        "log_app_created",
        "log_app_created",
        "log_app_deleted",
        "log_app_deleted",
    ] {
        session.call(&Call::of(function));
    }
    assert_eq!(told(&mut session), ["dify.app.created", "dify.app.deleted"]);
    session.call(&Call::of("log_app_created"));
    assert_eq!(state(&mut session), "t f f", "created anew");
    assert_eq!(told(&mut session).len(), 3);
}

#[test]
fn every_change_is_told_and_one_with_the_time_of_the_last_is_that_one() {
    let (_cluster, mut session) = ready("app_changes");
    session.run("BEGIN");
    session.call(&Call::of("log_app_updated"));
    session.call(&Call::of("log_app_updated"));
    session.run("COMMIT");
    assert_eq!(told(&mut session).len(), 2);
    let timed = Call::of("log_app_updated").with("updated_at", "2026-02-03 04:05:06+00");
    session.call(&timed);
    session.call(&timed);
    assert_eq!(told(&mut session), ["dify.app.updated"; 3]);
}

#[test]
fn a_creation_that_arrives_after_a_change_is_told() {
    let (_cluster, mut session) = ready("app_late");
    session.call(&Call::of("log_app_updated").with("name", "late"));
    session.call(&Call::of("log_app_created").with("mode", "chat"));
    assert_eq!(told(&mut session), ["dify.app.updated", "dify.app.created"]);
    assert_eq!(state(&mut session), "chat late t t f");
}

#[test]
fn each_event_keeps_the_time_and_the_mode_of_its_own_moment() {
    let (_cluster, mut session) = ready("app_moments");
    session.call(
        &Call::of("log_app_created")
            .with_all(&[("mode", "chat"), ("created_at", "2026-02-01 00:00:00+00")]),
    );
    session.call(&Call::of("log_app_updated").with_all(&[
        ("mode", "workflow"),
        ("updated_at", "2026-02-02 00:00:00.5+00"),
    ]));
    session.call(&Call::of("log_app_deleted").with("deleted_at", "2026-02-03 00:00:00+01"));
    let shown = "SELECT concat_ws(' ', attributes ->> 'dify.app.mode', attributes ->> 'dify.app.created_at', attributes ->> 'dify.app.updated_at', \
                 attributes ->> 'dify.app.deleted_at', extract(epoch FROM occurred_at)::float8) FROM dify_observe.companion_logs ORDER BY id";
    session.run("SET timezone = 'Asia/Kolkata'");
    let shown = session.column(shown);
    assert_eq!(shown[0], "chat 2026-02-01T00:00:00Z 1769904000");
    assert!(shown[1].starts_with("2026-02-02T00:00:00.5"), "{shown:?}");
    assert!(shown[1].contains('Z'), "{shown:?}");
    assert_eq!(shown[2], "2026-02-02T23:00:00Z 1770073200");
}

#[test]
fn plain_inserts_and_updates_tell_the_same() {
    let (_cluster, mut session) = ready("app_rows");
    session.run(&format!("INSERT INTO dify_observe.apps (app_id, tenant_id, mode) VALUES ('{OTHER}', gen_random_uuid(), 'chat')"));
    session.run("UPDATE dify_observe.apps SET name = 'not told', mode = 'workflow'");
    session.run("UPDATE dify_observe.apps SET updated_at = now()");
    session.run("UPDATE dify_observe.apps SET deleted_at = now()");
    assert_eq!(
        told(&mut session),
        ["dify.app.created", "dify.app.updated", "dify.app.deleted"]
    );
}
