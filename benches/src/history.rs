//! Rows as an application has written them so far: runs with ten nodes each, told by the triggers as any others.

use postgres::Client;

/// In one transaction.
const CHUNK: usize = 110_000;
/// A run and its nodes.
const FAMILY: usize = 11;

/// About 1 KB a row.
const RUNS_WITH_NODES: &str = "
WITH run AS (
  INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, created_at, finished_at, elapsed_time, invoke_from, user_id, total_tokens, inputs, outputs)
  SELECT dify_observe.uuid_v7(at), '550e8400-e29b-41d4-a716-446655440000', '770e8400-e29b-41d4-a716-446655440002', '880e8400-e29b-41d4-a716-446655440003',
    'succeeded', at, at + interval '2.3 s', 2.3, 'web-app', 'customer-' || n % 50, 864, '{\"query\": \"How long do I have to return an order that came damaged?\"}',
    jsonb_build_object('text', repeat(md5(n::text), 8))
  FROM (SELECT clock_timestamp() - interval '2.3 s' AS at, n FROM generate_series(1, $1::int) n OFFSET 0) t
  RETURNING id, created_at)
INSERT INTO dify_observe.node_executions (id, tenant_id, app_id, workflow_id, workflow_run_id, node_id, node_type, title, status, created_at, finished_at, elapsed_time, index,
  user_id, model_provider, model_name, input_tokens, output_tokens, total_tokens, total_price, currency, inputs, outputs)
SELECT dify_observe.uuid_v7(created_at), '550e8400-e29b-41d4-a716-446655440000', '770e8400-e29b-41d4-a716-446655440002', '880e8400-e29b-41d4-a716-446655440003', id,
  'node-' || n, 'llm', 'Write an answer', 'succeeded', created_at, created_at + interval '0.2 s', 0.2, n, 'customer-7', 'openai', 'gpt-4o', 800, 64, 864, 0.00267, 'USD',
  '{\"query\": \"How long do I have to return an order that came damaged?\"}', jsonb_build_object('text', repeat(md5(id::text || n), 8))
FROM run, generate_series(1, 10) n";

/// This many, rounded up to whole families.
pub fn write(session: &mut Client, rows: usize) {
    let mut left = rows.div_ceil(FAMILY);
    while left > 0 {
        let runs = left.min(CHUNK / FAMILY);
        session
            .execute(RUNS_WITH_NODES, &[&i32::try_from(runs).expect("a chunk")])
            .expect("rows");
        left -= runs;
    }
}
