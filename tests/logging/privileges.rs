//! What a role may do with exactly what it was granted.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, FUNCTIONS};
use crate::event_catalogue::tables;

/// The tables of what was logged, and what more is refused.
fn tables_and(more: &[&str]) -> Vec<String> {
    let more = more.iter().map(|name| (*name).to_owned());
    tables().into_iter().chain(more).collect()
}

fn role(session: &mut Client, name: &str, grants: &str) {
    session.run(&format!(
        "CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA dify_observe TO {name}; {grants}"
    ));
}

#[test]
fn execute_on_the_logging_functions_is_enough_to_log_everything_and_to_read_nothing() {
    let (cluster, mut session) = ready("logger");
    let grants: String = FUNCTIONS
        .iter()
        .map(|(function, _)| {
            format!("GRANT EXECUTE ON FUNCTION dify_observe.{function} TO logger; ")
        })
        .collect();
    role(&mut session, "logger", &grants);
    let mut logger = cluster.connect_as("postgres", "logger");
    for (function, _) in FUNCTIONS {
        let mut call = Call::of(function);
        if let Some(kind) = function.strip_prefix("finish_") {
            let id = logger.call(&Call::of(&format!("start_{kind}")));
            call = call.with("id", &id);
        }
        let without_inputs = ["log_app_", "log_feedback", "log_dataset", "log_prompt"];
        let open = function.starts_with("start_") || function.starts_with("finish_");
        if !open && !without_inputs.iter().any(|name| function.starts_with(name)) {
            call = call
                .with("inputs", r#"["\u0000"]"#)
                .with("parent_trace_id", crate::call::OTHER);
        }
        logger.call(&call);
    }
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.companion_logs"),
        15
    );
    for relation in tables_and(&[
        "events",
        "companion_logs",
        "companion_log_details",
        "metrics",
        "export_status",
    ]) {
        let refusal = logger.refused(&format!("SELECT * FROM dify_observe.{relation}"));
        assert_eq!(refusal.code, "42501", "{relation}");
    }
    for sql in [
        "SELECT dify_observe.trace_id(gen_random_uuid())",
        "SELECT dify_observe.ensure_partitions()",
        "CALL dify_observe.fold_metrics()",
    ] {
        assert_eq!(logger.refused(sql).code, "42501", "{sql}");
    }
}

#[test]
fn a_refusal_tells_an_ordinary_role_as_much_as_anyone() {
    let (cluster, mut session) = ready("refused_logger");
    role(
        &mut session,
        "logger",
        "GRANT EXECUTE ON FUNCTION dify_observe.log_workflow_run, dify_observe.finish_workflow_run TO logger",
    );
    let mut logger = cluster.connect_as("postgres", "logger");
    for (call, code) in [
        (Call::of("log_workflow_run").without("status"), "22004"),
        (Call::of("log_workflow_run").with("status", "done"), "22023"),
        (
            Call::of("log_workflow_run").with("elapsed_time", "NaN"),
            "22023",
        ),
        (
            Call::of("log_workflow_run").with("created_at", "infinity"),
            "22023",
        ),
        (
            Call::of("log_workflow_run").with("id", "00000000-0000-0000-0000-000000000000"),
            "22023",
        ),
        (Call::of("finish_workflow_run"), "02000"),
    ] {
        let refusal = logger.refused(&call.sql());
        assert_eq!(refusal.code, code, "{refusal:?}");
        assert_eq!(refusal, session.refused(&call.sql()));
    }
}

#[test]
fn insert_on_a_source_table_is_enough_to_insert_and_to_be_told() {
    let (cluster, mut session) = ready("inserter");
    role(
        &mut session,
        "inserter",
        "GRANT INSERT ON dify_observe.workflow_runs, dify_observe.node_executions, dify_observe.messages, dify_observe.apps, dify_observe.feedbacks TO inserter",
    );
    let mut inserter = cluster.connect_as("postgres", "inserter");
    let new = "gen_random_uuid()";
    for (row, event) in [
        (
            format!(
                "workflow_runs (tenant_id, app_id, workflow_id, parent_workflow_run_id, status) VALUES ({new}, {new}, {new}, {new}, 'failed')"
            ),
            "dify.workflow.run",
        ),
        (
            format!(
                "node_executions (tenant_id, app_id, workflow_run_id, node_id, node_type, status) VALUES ({new}, {new}, {new}, 'n', 'llm', 'failed')"
            ),
            "dify.node.execution",
        ),
        (
            format!("messages (tenant_id, app_id, status) VALUES ({new}, {new}, 'failed')"),
            "dify.message.run",
        ),
        (
            format!("apps (app_id, tenant_id) VALUES ({new}, {new})"),
            "dify.app.created",
        ),
        (
            format!(
                "feedbacks (tenant_id, app_id, message_id, rating) VALUES ({new}, {new}, {new}, 'like')"
            ),
            "dify.feedback.created",
        ),
    ] {
        inserter.run(&format!("INSERT INTO dify_observe.{row}"));
        assert_eq!(
            session
                .ask("SELECT event_name FROM dify_observe.companion_logs ORDER BY id DESC LIMIT 1"),
            event
        );
    }
    for sql in [
        "INSERT INTO dify_observe.events (source_id, event) VALUES (gen_random_uuid(), 1)",
        "SELECT * FROM dify_observe.workflow_runs",
        "UPDATE dify_observe.workflow_runs SET status = 'failed'",
        "SELECT dify_observe.log_message()",
    ] {
        assert_eq!(inserter.refused(sql).code, "42501", "{sql}");
    }
}

#[test]
fn select_on_companion_logs_is_enough_to_read_it_and_shows_no_content() {
    let (cluster, mut session) = ready("reader");
    role(
        &mut session,
        "reader",
        "GRANT SELECT ON dify_observe.companion_logs TO reader",
    );
    for function in [
        "log_app_created",
        "log_workflow_run",
        "log_node_execution",
        "log_message",
        "log_feedback",
    ] {
        let call = Call::of(function);
        let secret = match function {
            "log_app_created" => call,
            "log_feedback" => call.with("content", "s3cr3t"),
            _ => call
                .with("inputs", r#"["s3cr3t"]"#)
                .with("outputs", r#""s3cr3t""#),
        };
        session.call(&secret);
    }
    let mut reader = cluster.connect_as("postgres", "reader");
    let rows = reader.column("SELECT l::text FROM dify_observe.companion_logs l");
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| !row.contains("s3cr3t")), "{rows:?}");
    let ids = "SELECT count(*) FROM dify_observe.companion_logs WHERE trace_id IS NOT NULL AND span_id IS NOT NULL";
    assert_eq!(reader.number(ids), 4);
    for relation in tables_and(&[
        "events",
        "companion_log_details",
        "companion_events",
        "companion_messages",
        "companion_tool_executions",
    ]) {
        let refusal = reader.refused(&format!("SELECT * FROM dify_observe.{relation}"));
        assert_eq!(refusal.code, "42501", "{relation}");
    }
}

#[test]
fn what_a_caller_puts_into_its_search_path_is_not_used() {
    let (cluster, mut session) = ready("search_path");
    role(
        &mut session,
        "logger",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dify_observe TO logger; CREATE SCHEMA trap AUTHORIZATION logger",
    );
    let mut logger = cluster.connect_as("postgres", "logger");
    logger.run(
        "SET search_path = trap, pg_catalog;
         CREATE TABLE trap.events (used int); CREATE TABLE trap.messages (used int);
         CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE FUNCTION trap.coalesce_trap(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE FUNCTION trap.least_less(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
         CREATE OPERATOR trap.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = trap.least_less)",
    );
    for function in [
        "log_app_created",
        "log_workflow_run",
        "log_node_execution",
        "log_message",
        "log_feedback",
    ] {
        logger.call(&Call::of(function));
    }
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        5
    );
}
