//! Two weeks of an application that has seen everything: clocks set forward and back, debuggers, mixed currencies, feedback changed and withdrawn.

use dify_observe_tests::Cluster;
use postgres::Client;

pub const APP: &str = "bbbbbbbb-0000-4000-8000-000000000001";
pub const DATABASE: &str = "postgres";

/// Europe sets its clocks forward on 29 March, Lord Howe back by half an hour on 5 April.
pub const START: &str = "2026-03-26 00:00+00";
pub const UNTIL: &str = "2026-04-08 00:00+00";

const ROWS: &str = "
SELECT setseed(0.4);
SELECT dify_observe.ensure_partitions('2026-03-30', '2026-04-03');
CREATE TABLE drawn AS
  SELECT n, timestamptz '2026-03-26 00:00+00' + floor(random() * 13 * 86400 * 1e6) * interval '1 microsecond' AS at,
    round((random() * 20)::numeric, 6)::float8 AS seconds, random() AS a, random() AS b, random() AS c
  FROM generate_series(1, 3000) n;
INSERT INTO dify_observe.messages (id, tenant_id, app_id, conversation_id, workflow_run_id, created_at, duration, time_to_first_token, input_tokens, output_tokens, total_tokens,
  status, error, invoke_from, end_user_id, account_id, user_id, model_provider, model_name, total_price, currency, query)
SELECT CASE WHEN n % 2 = 0 THEN dify_observe.uuid_v7(at) ELSE gen_random_uuid() END, 'aaaaaaaa-0000-4000-8000-000000000001',
  CASE WHEN n % 11 = 0 THEN 'bbbbbbbb-0000-4000-8000-000000000002' ELSE 'bbbbbbbb-0000-4000-8000-000000000001' END::uuid,
  CASE WHEN n % 7 > 0 THEN md5('c' || n % 300)::uuid END, CASE WHEN n % 3 = 0 THEN gen_random_uuid() END, at, seconds, CASE WHEN a < 0.8 THEN round((seconds * b)::numeric, 6)::float8 END,
  CASE WHEN a < 0.9 THEN (b * 1000)::int END, CASE WHEN b < 0.9 THEN (a * 100)::int END, CASE WHEN c < 0.05 THEN 77 END,
  CASE WHEN a < 0.1 THEN 'error' WHEN a > 0.97 THEN 'running' ELSE 'normal' END, CASE WHEN b < 0.02 THEN 'late' END,
  (ARRAY['web-app', 'service-api', 'debugger', 'debug', NULL])[1 + n % 5], CASE WHEN n % 4 = 1 THEN 'e' || n % 50 END, CASE WHEN n % 4 = 2 THEN 'a' || n % 9 END,
  CASE WHEN n % 4 = 3 THEN 'e' || n % 20 END, 'p', CASE WHEN c < 0.5 THEN 'm' ELSE 'm2' END, CASE WHEN b < 0.7 THEN round(c::numeric, 7) END,
  CASE WHEN b < 0.5 THEN 'USD' WHEN b < 0.7 THEN 'EUR' END, repeat('long ', 500)
FROM drawn;
INSERT INTO dify_observe.workflow_runs (tenant_id, app_id, workflow_id, created_at, elapsed_time, input_tokens, output_tokens, total_tokens, status, triggered_from, invoke_from, user_id,
  workflow_version, total_price, currency)
SELECT 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', 'cccccccc-0000-4000-8000-000000000001', at, seconds, (a * 100)::int, (b * 100)::int,
  (a * 100)::int + (b * 100)::int,
  (ARRAY['succeeded', 'failed', 'running', 'stopped', 'partial-succeeded'])[1 + n % 5], (ARRAY['app-run', 'app-run', 'debugging', 'webhook', NULL, 'single-step'])[1 + n % 6],
  CASE WHEN n % 8 = 0 THEN 'debugger' END, CASE WHEN n % 9 > 0 THEN 'u' || n % 25 END, 'v' || n % 2, round(c::numeric, 4), 'USD'
FROM drawn WHERE n % 2 = 0;
INSERT INTO dify_observe.node_executions (tenant_id, app_id, workflow_run_id, node_id, node_type, created_at, elapsed_time, status, model_provider, model_name, input_tokens,
  output_tokens, user_id, draft, total_price, currency)
SELECT 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', CASE WHEN n % 10 > 0 THEN gen_random_uuid() END, 'n', (ARRAY['llm', 'tool', 'code'])[1 + n % 3], at, seconds,
  (ARRAY['succeeded', 'failed', 'exception'])[1 + n % 3], CASE WHEN n % 3 = 0 THEN 'p' END, CASE WHEN n % 3 = 0 THEN 'm' END, CASE WHEN n % 3 = 0 THEN (a * 50)::int END,
  CASE WHEN n % 3 = 0 THEN (b * 50)::int END, 'u' || n % 25, n % 10 = 0, CASE WHEN n % 6 = 0 THEN round(c::numeric, 5) END, CASE WHEN n % 6 = 0 THEN 'USD' END
FROM drawn;
SELECT count(dify_observe.log_feedback(tenant_id => m.tenant_id, app_id => m.app_id, message_id => m.id, rating => CASE WHEN d.b < 0.6 THEN 'like' ELSE 'dislike' END,
    from_source => s.source, created_at => m.created_at + interval '2 days'))
  FROM dify_observe.messages m JOIN drawn d ON d.at = m.created_at CROSS JOIN (VALUES ('user', 0.3), ('admin', 0.15)) AS s (source, share) WHERE d.c < s.share;
SELECT count(dify_observe.log_feedback(tenant_id => f.tenant_id, app_id => f.app_id, message_id => f.message_id, rating => CASE WHEN f.rating = 'dislike' THEN 'like' END, from_source => f.from_source))
  FROM (SELECT * FROM dify_observe.feedbacks ORDER BY message_id LIMIT 60) f;
SELECT dify_observe.log_feedback(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001', message_id => gen_random_uuid(), rating => 'like',
    created_at => '2020-01-01 00:00+00');
";

/// Without a worker, so that nothing is folded before it is asked for.
#[track_caller]
pub fn open(name: &str) -> (Cluster, Client) {
    let cluster = Cluster::builder(name).preload(false).start();
    cluster.create_extension(DATABASE);
    let session = cluster.connect(DATABASE);
    (cluster, session)
}

/// Open, with its history.
#[track_caller]
pub fn stocked(name: &str) -> (Cluster, Client) {
    let (cluster, mut session) = open(name);
    session.batch_execute(ROWS).expect("a history");
    (cluster, session)
}

pub fn fold(session: &mut Client) {
    session
        .batch_execute("CALL dify_observe.fold_metrics()")
        .expect("a fold");
}

/// All of its members, as it is long ago.
#[track_caller]
pub fn pack(session: &mut Client) {
    session
        .batch_execute("CALL dify_observe.run_maintenance()")
        .expect("maintenance");
    assert_eq!(
        rows(session, "SELECT * FROM dify_observe.rollup_members"),
        [""; 0]
    );
}

/// As retention leaves it: finished rows are gone, those that go on stay, and so do the rollups.
pub fn forget(session: &mut Client) {
    let gone = "
        DELETE FROM dify_observe.messages WHERE status <> 'running'; DELETE FROM dify_observe.workflow_runs WHERE status <> 'running';
        TRUNCATE dify_observe.events, dify_observe.node_executions, dify_observe.feedbacks, dify_observe.conversations";
    session.batch_execute(gone).expect("rows to delete");
}

/// The rows of a query as texts, numbers without trailing zeros.
#[track_caller]
pub fn rows(session: &mut Client, sql: &str) -> Vec<String> {
    let sql = format!("SELECT to_jsonb(r)::text FROM ({sql}) r");
    let found = session.query(&sql, &[]);
    let found = found.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
    found.iter().map(|row| row.get(0)).collect()
}
