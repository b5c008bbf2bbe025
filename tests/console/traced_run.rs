//! A run with parallel branches, an iteration, and a nested run that fails.

use postgres::Client;

use crate::asking::Asking;
use crate::call::{APP, OTHER, TENANT, WORKFLOW};

pub const RUN: &str = "11111111-1111-4111-8111-111111111111";
pub const NESTED: &str = "22222222-2222-4222-8222-222222222222";

/// Node executions have the id md5(node id, turn of the iteration).
#[track_caller]
pub fn trace(session: &mut Client) {
    session.run(&format!(
        "SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', id => '{RUN}', status => 'failed',
           error => 'node tool failed', inputs => '{{\"question\": \"Where is my parcel?\"}}', configuration => '{{\"graph\": 1}}', total_tokens => 100,
           created_at => '2026-02-03 10:00+00', elapsed_time => 10);
         SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', node_id => n, node_type => ty,
           title => ti, status => s, id => md5(n || coalesce(ii, 0))::uuid, created_at => timestamptz '2026-02-03 10:00+00' + make_interval(secs => b),
           elapsed_time => e, iteration_id => it, iteration_index => ii, predecessor_node_id => pr, parallel_id => pa, inputs => i::json, outputs => o::json,
           error => er, total_tokens => tk, model_name => mo, total_price => tk * 0.001, currency => CASE WHEN tk > 0 THEN 'USD' END)
         FROM (VALUES
           ('start', 'start', 'Start', 'succeeded', 0.0, 0.01, NULL, NULL, NULL, NULL, NULL, '{{\"query\": \"Where is my parcel?\"}}', NULL, NULL, NULL),
           ('search', 'knowledge-retrieval', '检索手册', 'succeeded', 0.02, 1.5, NULL, NULL, 'start', 'p', '{{\"q\": \"Where is my parcel?\"}}', NULL, NULL, NULL, NULL),
           ('ask', 'http-request', 'Ask the shop', 'succeeded', 0.02, 3.0, NULL, NULL, 'start', 'p', NULL, '{{\"body\": \"order 4711 shipped\"}}', NULL, NULL, NULL),
           ('each', 'iteration', 'Each', 'succeeded', 3.05, 4.0, NULL, NULL, 'ask', NULL, NULL, NULL, NULL, NULL, NULL),
           ('write', 'llm', 'Write', 'succeeded', 3.1, 1.0, 'each', 0, NULL, NULL, '{{\"prompt\": \"Context: order 4711 shipped\"}}', '{{\"text\": \"answer one\"}}', NULL, 40, 'gpt'),
           ('write', 'llm', 'Write', 'succeeded', 4.2, 2.0, 'each', 1, NULL, NULL, '{{\"prompt\": \"x\"}}', '{{\"text\": \"answer two\"}}', NULL, 60, 'gpt'),
           ('tool', 'tool', E'Inner\\u001b[31m flow', 'failed', 7.1, 2.8, NULL, NULL, 'each', NULL, '{{\"x\": [\"answer one\"]}}', NULL, E'HTTP 500\\nboom', NULL, NULL)
         ) v (n, ty, ti, s, b, e, it, ii, pr, pa, i, o, er, tk, mo);
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{OTHER}', workflow_id => '{WORKFLOW}', id => '{NESTED}', status => 'failed',
           error => 'boom', created_at => '2026-02-03 10:00:07.2+00', elapsed_time => 2.5, parent_workflow_run_id => '{RUN}', parent_node_execution_id => md5('tool0')::uuid);
         SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{OTHER}', workflow_run_id => '{NESTED}', node_id => 'code', node_type => 'code',
           status => 'failed', error => 'boom', created_at => '2026-02-03 10:00:07.3+00', elapsed_time => 2.3)"
    ));
}
