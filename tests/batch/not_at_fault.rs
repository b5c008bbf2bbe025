//! Errors that are not an event's fault are raised as they are, and keep nothing aside.

use std::thread;

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, Refusal, until_blocked, without_worker};
use crate::event::{Batching, Event, batch, call, uuid};
use crate::stored::{count, told};

/// With an event that is bad, so that the batch is taken apart.
fn mixed() -> String {
    let events = [
        Event::of("dify.workflow.run"),
        Event::of("dify.message.run").with("status", "done"),
        Event::of("dify.message.run"),
        Event::of("dify.tool.execution"),
    ];
    batch(&events)
}

fn good() -> String {
    batch(
        &[
            "dify.workflow.run",
            "dify.message.run",
            "dify.tool.execution",
        ]
        .map(Event::of),
    )
}

#[track_caller]
fn nothing_happened(session: &mut Client) {
    assert_eq!(count(session, "quarantined_events"), 0);
    assert!(told(session).is_empty());
}

#[test]
fn a_lock_that_is_not_to_be_had() {
    let (cluster, mut session) = without_worker("batch_lock");
    let mut owner = cluster.connect("postgres");
    for table in ["messages", "tool_executions", "events"] {
        owner.run(&format!(
            "BEGIN; LOCK TABLE dify_observe.{table} IN ACCESS EXCLUSIVE MODE"
        ));
        session.run("SET lock_timeout = '100ms'");
        for batch in [mixed(), good()] {
            let refusal = session.refused(&call(&batch, "quarantine"));
            assert_eq!(refusal.code, "55P03", "{table} {refusal:?}");
        }
        owner.run("ROLLBACK");
        nothing_happened(&mut session);
    }
}

/// The call is waiting for a lock when something ends it.
#[track_caller]
fn ended_while_it_waits(cluster: &Cluster, session: &mut Client, end: &str) -> Refusal {
    let mut owner = cluster.connect("postgres");
    let mut watcher = cluster.connect("postgres");
    let pid = session.ask("SELECT pg_backend_pid()");
    owner.run("BEGIN; LOCK TABLE dify_observe.messages IN ACCESS EXCLUSIVE MODE");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| session.refused(&call(&mixed(), "quarantine")));
        until_blocked(&mut watcher, 1);
        watcher.run(&end.replace("PID", &pid));
        let refusal = waiting.join().expect("an answer");
        owner.run("ROLLBACK");
        refusal
    })
}

#[test]
fn a_statement_timeout_and_a_cancel() {
    let (cluster, mut session) = without_worker("batch_cancel");
    let refusal = ended_while_it_waits(&cluster, &mut session, "SELECT pg_cancel_backend(PID)");
    assert_eq!(refusal.code, "57014", "{refusal:?}");
    nothing_happened(&mut session);
    session.run("SET statement_timeout = '1s'");
    let refusal = ended_while_it_waits(&cluster, &mut session, "SELECT 1");
    assert_eq!(refusal.code, "57014", "{refusal:?}");
    session.run("RESET statement_timeout");
    nothing_happened(&mut session);
}

#[test]
fn a_transaction_that_only_reads() {
    let (_cluster, mut session) = without_worker("batch_read_only");
    for batch in [mixed(), good(), "[7]".to_owned()] {
        session.run("BEGIN READ ONLY");
        let refusal = session.refused(&call(&batch, "quarantine"));
        assert_eq!(refusal.code, "25006", "{batch} {refusal:?}");
        session.run("ROLLBACK");
    }
    nothing_happened(&mut session);
}

#[test]
fn a_snapshot_that_is_too_old() {
    let (cluster, mut session) = without_worker("batch_serialization");
    let id = uuid(1);
    let started = format!(
        "SELECT dify_observe.start_workflow_run(id => '{id}', tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid())"
    );
    session.run(&started);
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        for (number, name) in [
            "dify.workflow.run",
            "dify.message.run",
            "dify.tool.execution",
        ]
        .into_iter()
        .enumerate()
        {
            let id = if number == 0 {
                id.clone()
            } else {
                uuid(number * 100 + level.len())
            };
            let same = batch(&[
                Event::of(name).with("id", id.as_str()),
                Event::of("dify.message.run").with("status", "done"),
            ]);
            let mut other = cluster.connect("postgres");
            session.run(&format!(
                "BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM dify_observe.events"
            ));
            other.log_batch(&batch(&[Event::of(name).with("id", id.as_str())]));
            let answer = session.try_rows(&call(&same, "quarantine"));
            session.run("ROLLBACK");
            let refusal = answer.expect_err("a conflict");
            assert_eq!(refusal.code, "40001", "{level} {name} {refusal:?}");
        }
        session.run(&format!("TRUNCATE dify_observe.workflow_runs; {started}"));
    }
    assert_eq!(count(&mut session, "quarantined_events"), 0);
}

/// What a trigger of the user's refuses on purpose is not the batch's to judge.
#[test]
fn an_error_of_somebody_elses_trigger() {
    let (_cluster, mut session) = without_worker("batch_trigger");
    session.run(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
         CREATE TRIGGER mine BEFORE INSERT ON dify_observe.messages FOR EACH ROW EXECUTE FUNCTION public.refuse()",
    );
    let refusal = session.refused(&call(&good(), "quarantine"));
    assert_eq!((&*refusal.code, &*refusal.message), ("P0001", "not now"));
    nothing_happened(&mut session);
}
