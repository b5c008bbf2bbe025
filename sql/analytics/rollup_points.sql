-- What rows add to the rollups. Never touches payload columns. labels is the key of rollup_dimensions. Durations are whole microseconds, so that sums are exact.

CREATE VIEW run_points AS
SELECT r.id AS source_id, r.created_at, r.status IN ('running', 'paused', 'scheduled') AS open, 'run' AS kind, r.tenant_id, r.app_id,
  date_bin('15 minutes', r.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY['run', r.tenant_id::text, r.app_id::text, is_debug(r.invoke_from, r.triggered_from)::text,
    (r.triggered_from IS NOT DISTINCT FROM 'app-run')::text,
    (r.parent_workflow_run_id IS NOT NULL OR r.parent_node_execution_id IS NOT NULL)::text,
    (r.status = 'failed' OR coalesce(r.error, '') <> '' AND r.status NOT IN ('succeeded', 'stopped', 'partial-succeeded'))::text,
    rollup_label(r.status), rollup_label(r.invoke_from), '', '', '', rollup_label(r.workflow_version), rollup_label(r.currency)] AS labels,
  r.input_tokens, r.output_tokens, coalesce(r.total_tokens, coalesce(r.input_tokens, 0)::numeric + coalesce(r.output_tokens, 0)) AS total_tokens, r.total_price,
  coalesce(round(extract(epoch FROM r.finished_at - r.created_at) * 1000000), round(r.elapsed_time * 1000000)::numeric)::bigint AS duration_us,
  NULL::bigint AS first_token_us, CASE WHEN r.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor, coalesce(r.user_id, '') AS actor_id,
  NULL::uuid AS conversation_id
FROM workflow_runs r;
COMMENT ON VIEW run_points IS 'What workflow runs add to the rollups.';

CREATE VIEW node_points AS
SELECT n.id AS source_id, n.created_at, n.status IN ('running', 'pending', 'paused') AS open, 'node' AS kind, n.tenant_id, n.app_id,
  date_bin('15 minutes', n.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY['node', n.tenant_id::text, n.app_id::text, n.draft::text, (NOT n.draft)::text, (NOT n.draft)::text,
    (n.status IN ('failed', 'exception') OR coalesce(n.error, '') <> '' AND n.status NOT IN ('succeeded', 'stopped', 'partial-succeeded'))::text,
    rollup_label(n.status), '', rollup_label(n.model_provider), rollup_label(n.model_name), rollup_label(n.node_type), '', rollup_label(n.currency)] AS labels,
  n.input_tokens, n.output_tokens, coalesce(n.total_tokens, coalesce(n.input_tokens, 0)::numeric + coalesce(n.output_tokens, 0)) AS total_tokens, n.total_price,
  coalesce(round(n.elapsed_time * 1000000)::numeric, round(extract(epoch FROM n.finished_at - n.created_at) * 1000000))::bigint AS duration_us,
  NULL::bigint AS first_token_us,
  CASE WHEN coalesce(n.input_tokens, n.output_tokens, n.total_tokens, n.total_price) IS NULL THEN NULL WHEN n.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor,
  coalesce(n.user_id, '') AS actor_id, NULL::uuid AS conversation_id
FROM node_executions n;
COMMENT ON VIEW node_points IS 'What node executions add to the rollups; actor is null where nothing was used.';

CREATE VIEW message_points AS
SELECT m.id AS source_id, m.created_at, m.status IN ('running', 'paused') AS open, 'message' AS kind, m.tenant_id, m.app_id,
  date_bin('15 minutes', m.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY['message', m.tenant_id::text, m.app_id::text, is_debug(m.invoke_from, NULL)::text, coalesce(m.invoke_from <> 'debugger', false)::text,
    (m.workflow_run_id IS NOT NULL)::text,
    (m.status IN ('failed', 'error') OR coalesce(m.error, '') <> '' AND m.status NOT IN ('succeeded', 'normal', 'stopped'))::text,
    rollup_label(m.status), rollup_label(m.invoke_from), rollup_label(m.model_provider), rollup_label(m.model_name), '', '', rollup_label(m.currency)] AS labels,
  m.input_tokens, m.output_tokens, coalesce(m.total_tokens, coalesce(m.input_tokens, 0)::numeric + coalesce(m.output_tokens, 0)) AS total_tokens, m.total_price,
  round(m.duration * 1000000)::bigint AS duration_us, round(m.time_to_first_token * 1000000)::bigint AS first_token_us,
  CASE WHEN m.end_user_id IS NOT NULL THEN 'end_user' WHEN m.account_id IS NOT NULL THEN 'account' WHEN m.user_id IS NOT NULL THEN 'user' ELSE 'nobody' END AS actor,
  coalesce(m.end_user_id, m.account_id, m.user_id, '') AS actor_id, m.conversation_id
FROM messages m;
COMMENT ON VIEW message_points IS 'What messages add to the rollups.';

CREATE VIEW prompt_generation_points AS
SELECT p.id AS source_id, p.created_at, false AS open, 'prompt_generation' AS kind, p.tenant_id, p.app_id,
  date_bin('15 minutes', p.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY['prompt_generation', p.tenant_id::text, coalesce(p.app_id::text, ''), 'true', 'false', 'false', (p.status <> 'succeeded')::text,
    rollup_label(p.status), '', rollup_label(p.model_provider), rollup_label(p.model_name), '', '', rollup_label(p.currency)] AS labels,
  p.input_tokens, p.output_tokens, coalesce(p.total_tokens, coalesce(p.input_tokens, 0)::numeric + coalesce(p.output_tokens, 0)) AS total_tokens, p.total_price,
  round(p.duration * 1000000)::bigint AS duration_us, NULL::bigint AS first_token_us,
  CASE WHEN p.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor, coalesce(p.user_id, '') AS actor_id, NULL::uuid AS conversation_id
FROM prompt_generations p;
COMMENT ON VIEW prompt_generation_points IS 'What prompt generations add to the rollups.';

-- A barrier around the whole, or a reader's own condition would see the rows of other tenants before they are left out: around a mere UNION ALL it is none.
CREATE VIEW rollup_points WITH (security_barrier) AS
SELECT p.* FROM (
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN run_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event = 1
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN node_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event IN (2, 3)
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN message_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event = 4
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN prompt_generation_points p ON p.source_id = e.source_id AND p.created_at = e.source_at
  WHERE e.event = 10) p
WHERE (SELECT s.everything FROM sight s) OR p.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]);
COMMENT ON VIEW rollup_points IS 'What each event adds to the rollups: the input of the fold, and of statistics for what is not folded yet.';

CREATE VIEW open_rows WITH (security_barrier) AS
SELECT p.* FROM (SELECT * FROM run_points UNION ALL SELECT * FROM message_points) p
WHERE p.open AND ((SELECT s.everything FROM sight s) OR p.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]));
COMMENT ON VIEW open_rows IS 'Runs and messages that are not finished, as far as the role sees them.';
