//! 30 days of runs with ten node executions each: in our tables, and in plain ones with the indexes that the original has for its clean-up.

use std::time::{Duration, Instant};

use postgres::Client;

use super::writers::Target;

const DAYS: u32 = 30;
/// Node executions whose events are really folded.
const COUNTED: u32 = 1_000_000;

const PLAIN: &str = "
CREATE SCHEMA plain;
CREATE TABLE plain.workflow_runs (LIKE dify_observe.workflow_runs INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE plain.node_executions (LIKE dify_observe.node_executions INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO plain.workflow_runs SELECT * FROM dify_observe.workflow_runs ORDER BY created_at;
INSERT INTO plain.node_executions SELECT * FROM dify_observe.node_executions ORDER BY created_at;
ALTER TABLE plain.workflow_runs ADD PRIMARY KEY (id);
ALTER TABLE plain.node_executions ADD PRIMARY KEY (id);
CREATE INDEX ON plain.workflow_runs (created_at, id);
CREATE INDEX ON plain.workflow_runs (app_id, created_at);
CREATE INDEX ON plain.node_executions (workflow_run_id);
CREATE INDEX ON plain.node_executions (app_id, created_at);
";

/// As if each had been logged at its time; written without triggers, with the events that these would have written.
pub fn write(session: &mut Client, rows: u32) {
    let runs = rows / 10 / DAYS;
    session
        .batch_execute(
            "SELECT dify_observe.ensure_partitions(now() - interval '31 days', now() + interval '2 days');
             UPDATE dify_observe.installation SET since = now() - interval '1 year'; SET session_replication_role = replica",
        )
        .expect("partitions");
    for day in (0..DAYS).rev() {
        session
            .batch_execute(&format!(
                "BEGIN;
                 CREATE TEMP TABLE day ON COMMIT DROP AS
                 SELECT dify_observe.uuid_v7(at) AS id, at FROM (SELECT date_trunc('day', now(), 'UTC') - interval '{day} days' + n * interval '1 day' / {} AS at
                   FROM generate_series(0, {runs} - 1) n) t WHERE at < now() - interval '10 seconds';
                 INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, created_at, finished_at, elapsed_time, total_tokens, inputs)
                 SELECT id, 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', 'cccccccc-0000-4000-8000-000000000001', 'succeeded',
                   at, at + interval '2 s', 2, 100, '{{\"q\": 1}}' FROM day;
                 INSERT INTO dify_observe.node_executions (id, tenant_id, app_id, workflow_run_id, node_id, node_type, status, created_at, finished_at, elapsed_time, outputs)
                 SELECT dify_observe.uuid_v7(at), 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', id, 'n' || n, 'llm', 'succeeded',
                   at, at + interval '0.2 s', 0.2, to_jsonb(repeat(md5(id::text || n), 31)) FROM day, generate_series(1, 10) n;
                 INSERT INTO dify_observe.events (recorded_at, source_at, source_id, event, trace_id)
                 SELECT at, at, id, 1, replace(id::text, '-', '') FROM day
                 UNION ALL
                 SELECT created_at, created_at, n.id, 2, replace(workflow_run_id::text, '-', '') FROM dify_observe.node_executions n JOIN day d ON n.workflow_run_id = d.id
                   AND n.created_at = d.at
                   AND n.created_at >= date_trunc('day', now(), 'UTC') - interval '{day} days' AND n.created_at < date_trunc('day', now(), 'UTC') - interval '{day} days' + interval '1 day';
                 COMMIT",
                runs.max(1)
            ))
            .expect("a day");
    }
    session
        .batch_execute("RESET session_replication_role")
        .expect("triggers");
}

pub fn copy(session: &mut Client) {
    session.batch_execute(PLAIN).expect("plain tables");
}

/// The next 100 runs by time, their node executions, then they themselves; one transaction each. For so long, as millions of rows would take hours.
pub fn delete_in_batches(session: &mut Client, longest: Duration) {
    let began = Instant::now();
    while began.elapsed() < longest {
        let mut batch = session.transaction().expect("a transaction");
        let runs: Vec<uuid::Uuid> = batch
            .query(
                "SELECT id FROM plain.workflow_runs WHERE created_at < date_trunc('day', now(), 'UTC') - interval '20 days' ORDER BY created_at, id LIMIT 100",
                &[],
            )
            .expect("runs")
            .iter()
            .map(|row| row.get(0))
            .collect();
        if runs.is_empty() {
            return;
        }
        for statement in [
            "DELETE FROM plain.node_executions WHERE workflow_run_id = ANY ($1)",
            "DELETE FROM plain.workflow_runs WHERE id = ANY ($1)",
        ] {
            batch.execute(statement, &[&runs]).expect("deleted");
        }
        batch.commit().expect("a batch");
    }
}

/// Counts what was written; more than a million events are only taken for counted, as that is not what is measured here.
pub fn fold(session: &mut Client, rows: u32) {
    session
        .batch_execute(if rows <= COUNTED {
            "CALL dify_observe.fold_metrics()"
        } else {
            "UPDATE dify_observe.export_progress SET passed = (SELECT max(id) FROM dify_observe.events) WHERE destination = 'fold'"
        })
        .expect("counted");
}

/// Rows that are older than 20 days: what is to be removed.
pub fn expired(session: &mut Client, target: Target) -> i64 {
    let schema = target.schema();
    let old = "created_at < date_trunc('day', now(), 'UTC') - interval '20 days'";
    let statement = format!(
        "SELECT (SELECT count(*) FROM {schema}.node_executions WHERE {old}) + (SELECT count(*) FROM {schema}.workflow_runs WHERE {old})"
    );
    let row = session.query_one(&statement, &[]).expect("a count");
    row.get(0)
}

/// Bytes of everything.
pub fn size(session: &mut Client, target: Target) -> i64 {
    let schema = target.schema();
    let statement = format!(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind = 'r'"
    );
    let row = session.query_one(&statement, &[]).expect("a size");
    row.get(0)
}
