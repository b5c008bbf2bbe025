//! An event is as much part of its transaction as the row it tells of.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, FUNCTIONS, KINDS};

fn told(session: &mut Client) -> Vec<String> {
    session.column("SELECT event_name FROM dify_observe.companion_logs ORDER BY id")
}

/// Everything that tells something, started rows finished.
fn log_everything(session: &mut Client) {
    for (function, _) in FUNCTIONS {
        match function {
            "finish_workflow_run" => {
                let id = session.call(&Call::of("start_workflow_run"));
                session.call(&Call::of(function).with("id", &id));
            }
            "finish_node_execution" => {
                let id = session.call(&Call::of("start_node_execution"));
                session.call(&Call::of(function).with("id", &id));
            }
            _ => {
                session.call(&Call::of(function));
            }
        }
    }
}

const EVERYTHING: [&str; 15] = [
    "dify.app.created",
    "dify.app.updated",
    "dify.app.deleted",
    "dify.workflow.run",
    "dify.workflow.run",
    "dify.node.execution",
    "dify.node.execution",
    "dify.message.run",
    "dify.tool.execution",
    "dify.moderation.check",
    "dify.suggested_question.generation",
    "dify.dataset.retrieval",
    "dify.generate_name.execution",
    "dify.prompt_generation.execution",
    "dify.feedback.created",
];

#[test]
fn a_commit_tells_everything_once_and_a_rollback_nothing() {
    let (_cluster, mut session) = ready("commit_rollback");
    session.run("BEGIN");
    log_everything(&mut session);
    assert_eq!(told(&mut session), EVERYTHING);
    session.run("ROLLBACK");
    assert!(told(&mut session).is_empty());
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        0
    );
    session.run("BEGIN");
    log_everything(&mut session);
    session.run("COMMIT");
    assert_eq!(told(&mut session), EVERYTHING);
}

#[test]
fn a_savepoint_that_is_rolled_back_tells_nothing_and_a_released_one_everything() {
    let (_cluster, mut session) = ready("savepoints");
    session.run("BEGIN; SAVEPOINT s");
    log_everything(&mut session);
    session.run("ROLLBACK TO s");
    log_everything(&mut session);
    session.run("RELEASE s; COMMIT");
    assert_eq!(told(&mut session), EVERYTHING);
}

#[test]
fn a_failed_block_tells_nothing_of_what_was_logged_inside() {
    let (_cluster, mut session) = ready("blocks");
    let call = Call::of("log_message")
        .sql()
        .replacen("SELECT", "PERFORM", 1);
    session.run(&format!(
        "DO $$ BEGIN {call}; BEGIN {call}; PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$"
    ));
    assert_eq!(told(&mut session), ["dify.message.run"]);
}

#[test]
fn a_finish_that_is_rolled_back_can_be_made_again() {
    let (_cluster, mut session) = ready("finish_again");
    for kind in &KINDS {
        let id = session.call(&kind.call().with("status", "running"));
        let ended = kind.call().with("id", &id);
        session.run("BEGIN");
        session.call(&ended);
        session.run("ROLLBACK");
        session.call(&ended);
        let events = format!("SELECT count(*) FROM dify_observe.events WHERE source_id = '{id}'");
        assert_eq!(session.number(&events), 1, "{}", kind.log);
    }
}

#[test]
fn a_prepared_transaction_tells_when_it_is_committed() {
    let cluster = dify_observe_tests::Cluster::builder("prepared")
        .conf("max_prepared_transactions", "5")
        .start();
    cluster.create_extension("postgres");
    let mut session = cluster.connect("postgres");
    session.run("BEGIN");
    session.call(&Call::of("log_message"));
    session.run("PREPARE TRANSACTION 'one'");
    assert!(told(&mut session).is_empty());
    session.run("COMMIT PREPARED 'one'");
    assert_eq!(told(&mut session), ["dify.message.run"]);
}
