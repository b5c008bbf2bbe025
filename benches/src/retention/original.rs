//! The same history in plain tables with the indexes of the original, and its clean-up of runs: the same statements, in the same order and transactions.
//! It is Dify's `clean_workflow_runlogs_precise`, two transactions a batch, and the indexes its models declare; earlier versions had none by run for node executions either.

use std::time::{Duration, Instant};

use postgres::Client;
use uuid::Uuid;

/// What the clean-up looks into for each message; empty here, which flatters it.
const OF_MESSAGES: [&str; 8] = [
    "app_annotation_hit_histories",
    "dataset_retriever_resources",
    "message_agent_thoughts",
    "message_chains",
    "message_files",
    "message_annotations",
    "message_feedbacks",
    "saved_messages",
];

/// And for each run, in a transaction of its own.
const OF_RUNS: [&str; 4] = [
    "workflow_app_logs",
    "workflow_pause_reasons",
    "workflow_pauses",
    "workflow_trigger_logs",
];

const TABLES: &str = "
CREATE SCHEMA plain;
CREATE TABLE plain.workflow_runs (LIKE dify_observe.workflow_runs INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE plain.node_executions (LIKE dify_observe.node_executions INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE plain.messages (LIKE dify_observe.messages INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE plain.conversations (LIKE dify_observe.conversations INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO plain.workflow_runs SELECT * FROM dify_observe.workflow_runs ORDER BY created_at;
INSERT INTO plain.node_executions SELECT * FROM dify_observe.node_executions ORDER BY created_at;
INSERT INTO plain.messages SELECT * FROM dify_observe.messages ORDER BY created_at;
INSERT INTO plain.conversations SELECT * FROM dify_observe.conversations ORDER BY created_at;
ALTER TABLE plain.workflow_runs ADD PRIMARY KEY (id);
CREATE INDEX ON plain.workflow_runs (tenant_id, app_id, triggered_from);
CREATE INDEX ON plain.workflow_runs (created_at, id);
ALTER TABLE plain.node_executions ADD PRIMARY KEY (id);
CREATE INDEX ON plain.node_executions (workflow_run_id);
CREATE INDEX ON plain.node_executions (tenant_id, app_id, workflow_id, node_id);
CREATE INDEX ON plain.node_executions (tenant_id, workflow_id, node_id, created_at DESC);
ALTER TABLE plain.messages ADD PRIMARY KEY (id);
CREATE INDEX ON plain.messages (app_id, created_at);
CREATE INDEX ON plain.messages (conversation_id);
CREATE INDEX ON plain.messages (app_id, from_source, end_user_id);
CREATE INDEX ON plain.messages (app_id, from_source, account_id);
CREATE INDEX ON plain.messages (conversation_id, workflow_run_id);
CREATE INDEX ON plain.messages (created_at, id);
CREATE INDEX ON plain.messages (mode);
ALTER TABLE plain.conversations ADD PRIMARY KEY (id);
CREATE INDEX ON plain.conversations (app_id, user_id);
CREATE INDEX ON plain.conversations (app_id, created_at DESC);
CREATE INDEX ON plain.conversations (app_id, last_message_at DESC);
CREATE TABLE plain.workflow_conversation_variables (id uuid, conversation_id uuid, PRIMARY KEY (id, conversation_id));
CREATE INDEX ON plain.workflow_conversation_variables (conversation_id);
CREATE TABLE plain.workflow_node_execution_offload (id uuid PRIMARY KEY, node_execution_id uuid, type text, UNIQUE (node_execution_id, type));
";

pub fn copy(session: &mut Client) {
    session.batch_execute(TABLES).expect("plain tables");
    for (tables, key) in [
        (OF_MESSAGES.as_slice(), "message_id"),
        (OF_RUNS.as_slice(), "workflow_run_id"),
    ] {
        for table in tables {
            session
                .batch_execute(&format!(
                    "CREATE TABLE plain.{table} (id uuid PRIMARY KEY, {key} uuid); CREATE INDEX ON plain.{table} ({key})"
                ))
                .expect("a plain table");
        }
    }
}

/// What the original does not have: of each step an index now.
pub fn index_each_step(session: &mut Client) {
    session
        .batch_execute("CREATE INDEX ON plain.messages (workflow_run_id); ANALYZE plain.messages")
        .expect("an index");
}

/// The clean-up of all that is older than so many days, for so long at most, as millions of rows may take hours.
pub fn clean_up(session: &mut Client, days: u32, longest: Duration) {
    let began = Instant::now();
    let old = format!(
        "created_at < date_trunc('day', now(), 'UTC') - interval '{days} days' AND status IN ('succeeded', 'failed', 'partial-succeeded', 'stopped')"
    );
    session
        .query_one(
            &format!("SELECT count(*) FROM plain.workflow_runs WHERE {old}"),
            &[],
        )
        .expect("a count");
    while began.elapsed() < longest {
        let next = format!(
            "SELECT id FROM plain.workflow_runs WHERE {old} ORDER BY created_at, id LIMIT 100"
        );
        let runs: Vec<Uuid> = session
            .query(&next, &[])
            .expect("runs")
            .iter()
            .map(|row| row.get(0))
            .collect();
        if runs.is_empty() {
            return;
        }
        delete_talk(session, &runs);
        delete_runs(session, &runs);
    }
}

/// Messages, what belongs to them, and their conversations.
fn delete_talk(session: &mut Client, runs: &[Uuid]) {
    let mut batch = session.transaction().expect("a transaction");
    let mut inner = batch.transaction().expect("a savepoint");
    let told = inner
        .query(
            "SELECT id, conversation_id FROM plain.messages WHERE workflow_run_id = ANY ($1)",
            &[&runs],
        )
        .expect("messages");
    let messages: Vec<Uuid> = told.iter().map(|row| row.get(0)).collect();
    let mut conversations: Vec<Uuid> = told.iter().filter_map(|row| row.get(1)).collect();
    conversations.sort_unstable();
    conversations.dedup();
    let mut delete = |table: &str, key: &str, ids: &[Uuid]| {
        inner
            .execute(
                &format!("DELETE FROM plain.{table} WHERE {key} = ANY ($1)"),
                &[&ids],
            )
            .expect("deleted");
    };
    for table in OF_MESSAGES {
        delete(table, "message_id", &messages);
    }
    delete("messages", "id", &messages);
    delete(
        "workflow_conversation_variables",
        "conversation_id",
        &conversations,
    );
    delete("conversations", "id", &conversations);
    inner.commit().expect("a savepoint");
    batch.commit().expect("a batch");
}

/// Node executions, what belongs to runs, and they themselves.
fn delete_runs(session: &mut Client, runs: &[Uuid]) {
    let mut batch = session.transaction().expect("a transaction");
    let nodes: Vec<Uuid> = batch
        .query(
            "SELECT id FROM plain.node_executions WHERE workflow_run_id = ANY ($1)",
            &[&runs],
        )
        .expect("node executions")
        .iter()
        .map(|row| row.get(0))
        .collect();
    let mut delete = |table: &str, key: &str, ids: &[Uuid]| {
        batch
            .execute(
                &format!("DELETE FROM plain.{table} WHERE {key} = ANY ($1)"),
                &[&ids],
            )
            .expect("deleted");
    };
    delete(
        "workflow_node_execution_offload",
        "node_execution_id",
        &nodes,
    );
    delete("node_executions", "workflow_run_id", runs);
    for table in OF_RUNS {
        delete(table, "workflow_run_id", runs);
    }
    delete("workflow_runs", "id", runs);
    batch.commit().expect("a batch");
}
