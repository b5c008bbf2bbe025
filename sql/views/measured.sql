-- What a row counts for, table by table: what the fold reads of it, and what the views of metrics and charts are made of. Never touches payload columns.
-- Durations are whole microseconds, so that sums are exact and independent of their order. A text is empty when unknown.

CREATE VIEW measured_workflow_runs AS
SELECT r.id, r.created_at, 1::smallint AS event, r.tenant_id, r.app_id, r.status, coalesce(r.invoke_from, '') AS invoke_from, '' AS node_type,
  '' AS model_provider, '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type,
  r.status = 'failed' OR coalesce(r.error, '') <> '' AND r.status NOT IN ('succeeded', 'stopped', 'partial-succeeded') AS failed,
  r.input_tokens, r.output_tokens, r.total_tokens,
  coalesce(round(extract(epoch FROM r.finished_at - r.created_at) * 1000000)::bigint, round(r.elapsed_time * 1000000)::bigint) AS duration_us,
  NULL::bigint AS first_token_us, NULL::text[] AS datasets,
  'run' AS kind, r.status IN ('running', 'paused', 'scheduled') AS open, is_debug(r.invoke_from, r.triggered_from) AS debug,
  r.triggered_from IS NOT DISTINCT FROM 'app-run' AS compat,
  r.parent_workflow_run_id IS NOT NULL OR r.parent_node_execution_id IS NOT NULL AS part_of_run,
  coalesce(r.workflow_version, '') AS workflow_version, coalesce(r.currency, '') AS currency, r.total_price,
  CASE WHEN r.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor, coalesce(r.user_id, '') AS actor_id, r.user_id, NULL::uuid AS conversation_id
FROM workflow_runs r;
COMMENT ON VIEW measured_workflow_runs IS 'What workflow runs count for.';

CREATE VIEW measured_node_executions AS
SELECT n.id, n.created_at, CASE WHEN n.draft THEN 3 ELSE 2 END::smallint AS event, n.tenant_id, n.app_id, n.status, '' AS invoke_from, n.node_type,
  coalesce(n.model_provider, '') AS model_provider, coalesce(n.model_name, '') AS model_name, coalesce(n.plugin_name, '') AS plugin_name,
  '' AS tool_name, '' AS operation_type,
  n.status IN ('failed', 'exception') OR coalesce(n.error, '') <> '' AND n.status NOT IN ('succeeded', 'stopped', 'partial-succeeded') AS failed,
  n.input_tokens, n.output_tokens, n.total_tokens,
  coalesce(round(n.elapsed_time * 1000000)::bigint, round(extract(epoch FROM n.finished_at - n.created_at) * 1000000)::bigint) AS duration_us,
  NULL::bigint AS first_token_us, NULL::text[] AS datasets,
  'node' AS kind, n.status IN ('running', 'pending', 'paused') AS open, n.draft AS debug, NOT n.draft AS compat, NOT n.draft AS part_of_run,
  '' AS workflow_version, coalesce(n.currency, '') AS currency, n.total_price,
  CASE WHEN coalesce(n.input_tokens, n.output_tokens, n.total_tokens, n.total_price) IS NULL THEN NULL WHEN n.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor,
  coalesce(n.user_id, '') AS actor_id, n.user_id, NULL::uuid AS conversation_id
FROM node_executions n;
COMMENT ON VIEW measured_node_executions IS 'What node executions count for; actor is null where nothing was used.';

CREATE VIEW measured_messages AS
SELECT m.id, m.created_at, 4::smallint AS event, m.tenant_id, m.app_id, m.status, coalesce(m.invoke_from, '') AS invoke_from, '' AS node_type,
  coalesce(m.model_provider, '') AS model_provider, coalesce(m.model_name, '') AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type,
  m.status IN ('failed', 'error') OR coalesce(m.error, '') <> '' AND m.status NOT IN ('succeeded', 'normal', 'stopped') AS failed,
  m.input_tokens, m.output_tokens, m.total_tokens, round(m.duration * 1000000)::bigint AS duration_us,
  round(m.time_to_first_token * 1000000)::bigint AS first_token_us, NULL::text[] AS datasets,
  'message' AS kind, m.status IN ('running', 'paused') AS open, is_debug(m.invoke_from, NULL) AS debug,
  coalesce(m.invoke_from <> 'debugger', false) AS compat, m.workflow_run_id IS NOT NULL AS part_of_run,
  '' AS workflow_version, coalesce(m.currency, '') AS currency, m.total_price,
  CASE WHEN m.end_user_id IS NOT NULL THEN 'end_user' WHEN m.account_id IS NOT NULL THEN 'account' WHEN m.user_id IS NOT NULL THEN 'user' ELSE 'nobody' END AS actor,
  coalesce(m.end_user_id, m.account_id, m.user_id, '') AS actor_id, m.user_id, m.conversation_id
FROM messages m;
COMMENT ON VIEW measured_messages IS 'What messages count for.';

CREATE VIEW measured_prompt_generations AS
SELECT p.id, p.created_at, 10::smallint AS event, p.tenant_id, p.app_id, p.status, '' AS invoke_from, '' AS node_type,
  coalesce(p.model_provider, '') AS model_provider, coalesce(p.model_name, '') AS model_name, '' AS plugin_name, '' AS tool_name, p.operation_type,
  p.status <> 'succeeded' AS failed, p.input_tokens, p.output_tokens, p.total_tokens, round(p.duration * 1000000)::bigint AS duration_us,
  NULL::bigint AS first_token_us, NULL::text[] AS datasets,
  'prompt_generation' AS kind, false AS open, true AS debug, false AS compat, false AS part_of_run,
  '' AS workflow_version, coalesce(p.currency, '') AS currency, p.total_price,
  CASE WHEN p.user_id IS NULL THEN 'nobody' ELSE 'user' END AS actor, coalesce(p.user_id, '') AS actor_id, p.user_id, NULL::uuid AS conversation_id
FROM prompt_generations p;
COMMENT ON VIEW measured_prompt_generations IS 'What prompt generations count for.';

-- Metrics alone count these.

CREATE VIEW measured_tool_executions AS
SELECT o.id, o.created_at, 5::smallint AS event, o.tenant_id, o.app_id, o.status, '' AS invoke_from, '' AS node_type, '' AS model_provider,
  '' AS model_name, '' AS plugin_name, o.tool_name, '' AS operation_type, o.status <> 'succeeded' AS failed, NULL::bigint AS input_tokens,
  NULL::bigint AS output_tokens, NULL::bigint AS total_tokens, round(o.duration * 1000000)::bigint AS duration_us, NULL::bigint AS first_token_us,
  NULL::text[] AS datasets
FROM tool_executions o;
COMMENT ON VIEW measured_tool_executions IS 'What tool executions count for.';

CREATE VIEW measured_moderation_checks AS
SELECT o.id, o.created_at, 6::smallint AS event, o.tenant_id, o.app_id, '' AS status, '' AS invoke_from, '' AS node_type, '' AS model_provider,
  '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type, coalesce(o.error, '') <> '' AS failed, NULL::bigint AS input_tokens,
  NULL::bigint AS output_tokens, NULL::bigint AS total_tokens, NULL::bigint AS duration_us, NULL::bigint AS first_token_us, NULL::text[] AS datasets
FROM moderation_checks o;
COMMENT ON VIEW measured_moderation_checks IS 'What moderation checks count for.';

CREATE VIEW measured_suggested_questions AS
SELECT o.id, o.created_at, 7::smallint AS event, o.tenant_id, o.app_id, o.status, '' AS invoke_from, '' AS node_type, '' AS model_provider,
  '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type, o.status <> 'succeeded' AS failed, NULL::bigint AS input_tokens,
  NULL::bigint AS output_tokens, NULL::bigint AS total_tokens, NULL::bigint AS duration_us, NULL::bigint AS first_token_us, NULL::text[] AS datasets
FROM suggested_questions o;
COMMENT ON VIEW measured_suggested_questions IS 'What suggested questions count for.';

CREATE VIEW measured_dataset_retrievals AS
SELECT o.id, o.created_at, 8::smallint AS event, o.tenant_id, o.app_id, o.status, '' AS invoke_from, '' AS node_type, '' AS model_provider,
  '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type, o.status <> 'succeeded' AS failed, NULL::bigint AS input_tokens,
  NULL::bigint AS output_tokens, NULL::bigint AS total_tokens, NULL::bigint AS duration_us, NULL::bigint AS first_token_us,
  ARRAY(SELECT DISTINCT dataset FROM unnest(o.dataset_ids) AS dataset) AS datasets
FROM dataset_retrievals o;
COMMENT ON VIEW measured_dataset_retrievals IS 'What dataset retrievals count for.';

CREATE VIEW measured_generated_names AS
SELECT o.id, o.created_at, 9::smallint AS event, o.tenant_id, o.app_id, o.status, '' AS invoke_from, '' AS node_type, '' AS model_provider,
  '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type, o.status <> 'succeeded' AS failed, NULL::bigint AS input_tokens,
  NULL::bigint AS output_tokens, NULL::bigint AS total_tokens, NULL::bigint AS duration_us, NULL::bigint AS first_token_us, NULL::text[] AS datasets
FROM generated_names o;
COMMENT ON VIEW measured_generated_names IS 'What generated names count for.';
