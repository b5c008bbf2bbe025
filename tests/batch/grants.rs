//! A role that may call log_batch and nothing else.

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, batch, names};
use crate::event_catalogue::tables;
use crate::stored::{count, told};

fn logger(session: &mut postgres::Client) {
    session.run(
        "CREATE ROLE logger LOGIN; GRANT USAGE ON SCHEMA dify_observe TO logger; \
         GRANT EXECUTE ON FUNCTION dify_observe.log_batch TO logger",
    );
}

#[test]
fn execute_is_enough_to_log_everything_and_to_see_nothing() {
    let (cluster, mut session) = without_worker("batch_logger");
    logger(&mut session);
    let mut logger = cluster.connect_as("postgres", "logger");
    let mut events: Vec<Event> = names().iter().map(|name| Event::of(name)).collect();
    events.push(
        Event::of("dify.workflow.run")
            .with("inputs", "\0")
            .with("parent_workflow_run_id", crate::event::uuid(1)),
    );
    assert_eq!(logger.log_batch(&batch(&events)), "15 0");
    events.push(Event::of("dify.message.run").with("status", "done"));
    assert_eq!(logger.quarantine(&batch(&events[1..])), "14 1");
    assert_eq!(count(&mut session, "quarantined_events"), 1);
    assert!(told(&mut session).len() > 20);

    let more = [
        "events",
        "trace_roots",
        "quarantined_events",
        "companion_logs",
        "companion_log_details",
        "metrics",
    ]
    .map(str::to_owned);
    for table in tables().into_iter().chain(more) {
        let refusal = logger.refused(&format!("SELECT FROM dify_observe.{table}"));
        assert_eq!(refusal.code, "42501", "{table}");
    }
    let more = "SELECT proname FROM pg_proc WHERE pronamespace = 'dify_observe'::regnamespace AND proname <> 'log_batch' \
                AND has_function_privilege('logger', oid, 'EXECUTE')";
    assert_eq!(session.column(more), [""; 0]);
    let refusal = logger.refused("SELECT dify_observe.log_message()");
    assert_eq!(refusal.code, "42501");
}

#[test]
fn a_refusal_tells_it_as_much_as_anyone() {
    let (cluster, mut session) = without_worker("batch_refused_logger");
    logger(&mut session);
    let mut logger = cluster.connect_as("postgres", "logger");
    for bad in [
        batch(&[Event::of("dify.message.run").with("status", "done")]),
        batch(&[Event::of("dify.message.run").without("status")]),
        batch(&[Event::of("dify.message.run").with("nothing", 1)]),
        "[7]".to_owned(),
        "7".to_owned(),
    ] {
        assert_eq!(logger.refused_batch(&bad), session.refused_batch(&bad));
    }
}

#[test]
fn what_it_puts_into_its_search_path_is_not_used() {
    let (cluster, mut session) = without_worker("batch_search_path");
    logger(&mut session);
    session.run("CREATE SCHEMA trap AUTHORIZATION logger");
    let mut logger = cluster.connect_as("postgres", "logger");
    logger.run(
        "SET search_path = trap, pg_catalog;
         CREATE TABLE trap.events (used int); CREATE TABLE trap.messages (used int);
         CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE FUNCTION trap.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE FUNCTION trap.json_array_elements(json) RETURNS SETOF json LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE FUNCTION trap.format(text, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END'",
    );
    let mut events: Vec<Event> = names().iter().map(|name| Event::of(name)).collect();
    events.push(Event::of("dify.message.run").with("nothing", 1));
    assert_eq!(logger.quarantine(&batch(&events)), "14 1");
    assert_eq!(told(&mut session).len(), 14);
}
