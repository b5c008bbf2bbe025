//! Rows that come from elsewhere are no news: restored, copied, moved or replicated ones tell nothing.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS};
use crate::event_catalogue::{self, tables};

fn events(session: &mut Client) -> i64 {
    session.number("SELECT count(*) FROM dify_observe.events")
}

/// Apps are created, and neither updated nor deleted; nodes are no drafts.
fn log_one_of_each(session: &mut Client) {
    let told = [
        "dify.app.updated",
        "dify.app.deleted",
        "dify.node.execution.draft",
    ];
    for event in event_catalogue::events() {
        let Some(function) = event["function"].as_str() else {
            continue;
        };
        if told.iter().all(|name| event["name"] != *name) {
            session.call(&Call::of(function));
        }
    }
}

#[test]
fn rows_that_bring_the_transaction_of_their_own_tell_nothing() {
    let (_cluster, mut session) = ready("foreign");
    log_one_of_each(&mut session);
    let before = events(&mut session);
    assert_eq!(before, tables().len() as i64);
    for table in tables() {
        session.run(&format!(
            "BEGIN; CREATE TABLE kept AS TABLE dify_observe.{table}; DELETE FROM dify_observe.{table}; COMMIT"
        ));
        session.run(&format!(
            "INSERT INTO dify_observe.{table} SELECT * FROM kept; DROP TABLE kept"
        ));
        assert_eq!(events(&mut session), before, "{table}");
        assert_eq!(
            session.number(&format!("SELECT count(*) FROM dify_observe.{table}")),
            1
        );
    }
}

#[test]
fn only_the_rows_of_this_transaction_are_told_in_a_mixed_insert() {
    let (_cluster, mut session) = ready("mixed");
    for kind in &KINDS {
        session.run("TRUNCATE dify_observe.events");
        session.call(&kind.call());
        session.run(&format!(
            "CREATE TABLE kept AS TABLE dify_observe.{table}; TRUNCATE dify_observe.events, dify_observe.{table};
             BEGIN; INSERT INTO kept SELECT (jsonb_populate_record(k, jsonb_build_object('id', gen_random_uuid(), 'xid', pg_current_xact_id()::text))).* FROM kept k;
             INSERT INTO dify_observe.{table} SELECT * FROM kept; COMMIT; DROP TABLE kept",
            table = kind.table
        ));
        assert_eq!(
            session.number(&format!("SELECT count(*) FROM dify_observe.{}", kind.table)),
            2
        );
        assert_eq!(events(&mut session), 1, "{}", kind.table);
    }
}

#[test]
fn a_row_that_came_unfinished_is_told_when_it_is_finished_here() {
    let (_cluster, mut session) = ready("finished_here");
    for kind in &KINDS {
        session.run("TRUNCATE dify_observe.events");
        let id = session.call(&kind.call().with("status", "running"));
        session.run(&format!(
            "CREATE TABLE kept AS TABLE dify_observe.{table}; TRUNCATE dify_observe.{table};
             INSERT INTO dify_observe.{table} SELECT * FROM kept; DROP TABLE kept",
            table = kind.table
        ));
        assert_eq!(events(&mut session), 0);
        session.call(&kind.call().with("id", &id));
        assert_eq!(events(&mut session), 1, "{}", kind.table);
    }
}

#[test]
fn a_replica_tells_nothing() {
    let (_cluster, mut session) = ready("replica");
    let ids = KINDS
        .each_ref()
        .map(|kind| session.call(&kind.call().with("status", "running")));
    session.run("SET session_replication_role = replica");
    log_one_of_each(&mut session);
    for (kind, id) in KINDS.iter().zip(&ids) {
        session.run(&format!(
            "UPDATE dify_observe.{} SET status = 'failed' WHERE id = '{id}'",
            kind.table
        ));
    }
    assert_eq!(events(&mut session), 0);
    session.run("RESET session_replication_role");
    session.call(&Call::of("log_message"));
    assert_eq!(events(&mut session), 1);
}

#[test]
fn rows_put_straight_into_a_partition_tell_nothing() {
    let (_cluster, mut session) = ready("leaves");
    for kind in &KINDS {
        session.call(&kind.call());
    }
    let before = events(&mut session);
    for kind in &KINDS {
        let leaf = session.ask(&format!(
            "SELECT tableoid::regclass FROM dify_observe.{}",
            kind.table
        ));
        session.run(&format!(
            "WITH moved AS (DELETE FROM {leaf} RETURNING *) INSERT INTO {leaf} \
             SELECT (jsonb_populate_record(NULL::{leaf}, to_jsonb(moved) || jsonb_build_object('id', gen_random_uuid(), 'xid', pg_current_xact_id()::text))).* FROM moved"
        ));
    }
    assert_eq!(events(&mut session), before);
}

#[test]
fn deleting_rows_tells_nothing() {
    let (_cluster, mut session) = ready("deletes");
    log_one_of_each(&mut session);
    let before = events(&mut session);
    for table in tables() {
        session.run(&format!("DELETE FROM dify_observe.{table}"));
    }
    assert_eq!(events(&mut session), before);
}
