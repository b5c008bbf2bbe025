-- Tokens where they were used, each once: what a run, its nodes and its chat turn all tell is taken from the run.
CREATE VIEW token_usage WITH (security_barrier) AS
WITH of_run AS (
  SELECT n.workflow_run_id AS run_id, sum(n.input_tokens) AS input_tokens, sum(n.output_tokens) AS output_tokens, sum(n.total_tokens) AS total_tokens
  FROM node_executions n WHERE NOT n.draft GROUP BY n.workflow_run_id
), used (tenant_id, app_id, source, input_tokens, output_tokens, total_tokens) AS (
  SELECT r.tenant_id, r.app_id, 'workflow', coalesce(r.input_tokens, n.input_tokens), coalesce(r.output_tokens, n.output_tokens),
    coalesce(r.total_tokens, n.total_tokens)
  FROM workflow_runs r LEFT JOIN of_run n ON n.run_id = r.id
  -- A nested run whose tokens its outer tool node tells is in the outer run's sum.
  WHERE r.parent_node_execution_id IS NULL
    OR NOT EXISTS (SELECT FROM node_executions p WHERE p.id = r.parent_node_execution_id AND p.total_tokens > 0)
  UNION ALL
  SELECT n.tenant_id, n.app_id, 'node', n.input_tokens, n.output_tokens, n.total_tokens
  FROM node_executions n
  WHERE n.draft OR NOT EXISTS (SELECT FROM workflow_runs r WHERE r.id = n.workflow_run_id)
  UNION ALL
  SELECT m.tenant_id, m.app_id, 'message',
    CASE WHEN coalesce(r.input_tokens, n.input_tokens, own.input_tokens) IS NULL THEN m.input_tokens END,
    CASE WHEN coalesce(r.output_tokens, n.output_tokens, own.output_tokens) IS NULL THEN m.output_tokens END,
    CASE WHEN coalesce(r.total_tokens, n.total_tokens, own.total_tokens) IS NULL THEN m.total_tokens END
  FROM messages m
    LEFT JOIN workflow_runs r ON r.id = m.workflow_run_id
    LEFT JOIN of_run n ON n.run_id = m.workflow_run_id
    LEFT JOIN node_executions own ON own.id = m.node_execution_id
  UNION ALL
  SELECT p.tenant_id, p.app_id, 'prompt_generation', p.input_tokens, p.output_tokens, p.total_tokens FROM prompt_generations p
  UNION ALL
  SELECT q.tenant_id, q.app_id, 'suggested_question', NULL, NULL, q.total_tokens FROM suggested_questions q
)
SELECT u.tenant_id, u.app_id, coalesce(sum(u.input_tokens), 0) AS input_tokens, coalesce(sum(u.output_tokens), 0) AS output_tokens,
  coalesce(sum(u.total_tokens), 0) AS total_tokens,
  coalesce(sum(u.total_tokens) FILTER (WHERE u.source = 'workflow'), 0) AS workflow_tokens, coalesce(sum(u.total_tokens) FILTER (WHERE u.source = 'node'), 0) AS node_tokens,
  coalesce(sum(u.total_tokens) FILTER (WHERE u.source = 'message'), 0) AS message_tokens,
  coalesce(sum(u.total_tokens) FILTER (WHERE u.source = 'prompt_generation'), 0) AS prompt_generation_tokens,
  coalesce(sum(u.total_tokens) FILTER (WHERE u.source = 'suggested_question'), 0) AS suggested_question_tokens
FROM used u
WHERE (SELECT s.everything FROM sight s) OR u.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[])
GROUP BY u.tenant_id, u.app_id;
COMMENT ON VIEW token_usage IS
  'True token usage per tenant and app, nothing counted twice. The counters dify.tokens.* count a run and again its nodes and its message; here a run''s tokens are taken from the run (from its nodes where it tells none), a message''s only where neither its run nor a node tells them. From the rows that are stored: it forgets what retention removes, and reads them all.';
COMMENT ON COLUMN token_usage.node_tokens IS 'Of single-node previews, and of nodes whose run was not logged.';
COMMENT ON COLUMN token_usage.suggested_question_tokens IS 'Counted here alone: no counter has them.';
