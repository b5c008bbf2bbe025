//! 30 days of a chatflow in our tables: runs with ten node executions and a message each, ten in a conversation.

use postgres::Client;

const DAYS: u32 = 30;
/// Node executions whose events are really folded.
const COUNTED: u32 = 1_000_000;
/// What the fold would have made of the messages, where it does not.
const CONVERSATIONS: &str = "
INSERT INTO dify_observe.conversations (id, tenant_id, app_id, user_id, message_count, created_at, last_message_at)
SELECT conversation_id, min(tenant_id::text)::uuid, min(app_id::text)::uuid, min(user_id), count(*), min(created_at), max(created_at)
FROM dify_observe.messages GROUP BY conversation_id
ON CONFLICT (id) DO UPDATE SET message_count = excluded.message_count, created_at = excluded.created_at, last_message_at = excluded.last_message_at";

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
                 SELECT dify_observe.uuid_v7(at) AS id, dify_observe.uuid_v7(at) AS message_id, md5('{day} ' || n / 10)::uuid AS conversation_id, at
                 FROM (SELECT n, date_trunc('day', now(), 'UTC') - interval '{day} days' + n * interval '1 day' / {} AS at
                   FROM generate_series(0, {runs} - 1) n) t WHERE at < now() - interval '10 seconds';
                 INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, created_at, finished_at, elapsed_time, total_tokens, conversation_id,
                   triggered_from, inputs)
                 SELECT id, 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', 'cccccccc-0000-4000-8000-000000000001', 'succeeded',
                   at, at + interval '2 s', 2, 100, conversation_id, 'app-run', '{{\"q\": 1}}' FROM day;
                 INSERT INTO dify_observe.messages (id, tenant_id, app_id, conversation_id, workflow_run_id, status, created_at, finished_at, duration, from_source, mode, user_id,
                   end_user_id, query, answer)
                 SELECT message_id, 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', conversation_id, id, 'normal', at, at + interval '2 s', 2,
                   'api', 'advanced-chat', 'user ' || left(conversation_id::text, 3), left(conversation_id::text, 3), 'a question', repeat(md5(message_id::text), 31) FROM day;
                 INSERT INTO dify_observe.node_executions (id, tenant_id, app_id, workflow_run_id, node_id, node_type, status, created_at, finished_at, elapsed_time, outputs)
                 SELECT dify_observe.uuid_v7(at), 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', id, 'n' || n, 'llm', 'succeeded',
                   at, at + interval '0.2 s', 0.2, to_jsonb(repeat(md5(id::text || n), 31)) FROM day, generate_series(1, 10) n;
                 INSERT INTO dify_observe.events (recorded_at, source_at, source_id, event, trace_id)
                 SELECT at, at, id, 1, replace(id::text, '-', '') FROM day
                 UNION ALL
                 SELECT at, at, message_id, 4, replace(id::text, '-', '') FROM day
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

/// Counts what was written. Of more than a million events, those that the worker has not counted meanwhile are only taken for counted, as that is not what is measured here.
pub fn fold(session: &mut Client, rows: u32) {
    if rows <= COUNTED {
        session.batch_execute("CALL dify_observe.fold_metrics()")
    } else {
        session.batch_execute(&format!(
            "UPDATE dify_observe.export_progress SET passed = (SELECT max(id) FROM dify_observe.events) WHERE destination = 'fold'; {CONVERSATIONS}"
        ))
    }
    .expect("counted");
}
