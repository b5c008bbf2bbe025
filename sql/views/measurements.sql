-- What every event counts for, one row each: the input of the fold and of its recount. Never touches payload columns.
-- Durations are whole microseconds, so that sums are exact and independent of their order.
CREATE VIEW measurements AS
SELECT e.id, e.xid, e.recorded_at, e.event, r.tenant_id, r.app_id, r.status, coalesce(r.invoke_from, '') AS invoke_from,
  '' AS node_type, '' AS model_provider, '' AS model_name, '' AS plugin_name, '' AS tool_name, '' AS operation_type, '' AS rating, '' AS mode,
  r.status = 'failed' OR coalesce(r.error, '') <> '' AND r.status NOT IN ('succeeded', 'stopped', 'partial-succeeded') AS failed,
  r.input_tokens, r.output_tokens, r.total_tokens,
  coalesce(round(extract(epoch FROM r.finished_at - r.created_at) * 1000000), round(r.elapsed_time * 1000000)::numeric)::bigint AS duration_us,
  NULL::bigint AS first_token_us, '{}'::text[] AS datasets, NULL::uuid AS conversation_id, NULL::text AS user_id, r.created_at AS source_at
FROM events e JOIN workflow_runs r ON r.id = e.source_id AND r.created_at = e.source_at WHERE e.event = 1
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, n.tenant_id, n.app_id, n.status, '', n.node_type, coalesce(n.model_provider, ''),
  coalesce(n.model_name, ''), coalesce(n.plugin_name, ''), '', '', '', '',
  n.status IN ('failed', 'exception') OR coalesce(n.error, '') <> '' AND n.status NOT IN ('succeeded', 'stopped', 'partial-succeeded'),
  n.input_tokens, n.output_tokens, n.total_tokens,
  coalesce(round(n.elapsed_time * 1000000)::numeric, round(extract(epoch FROM n.finished_at - n.created_at) * 1000000))::bigint,
  NULL, '{}', NULL, NULL, n.created_at
FROM events e JOIN node_executions n ON n.id = e.source_id AND n.created_at = e.source_at WHERE e.event IN (2, 3)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, coalesce(m.invoke_from, ''), '',
  coalesce(m.model_provider, ''), coalesce(m.model_name, ''), '', '', '', '', '',
  m.status IN ('failed', 'error') OR coalesce(m.error, '') <> '' AND m.status NOT IN ('succeeded', 'normal', 'stopped'),
  m.input_tokens, m.output_tokens, m.total_tokens, round(m.duration * 1000000)::bigint,
  round(m.time_to_first_token * 1000000)::bigint, '{}', m.conversation_id, m.user_id, m.created_at
FROM events e JOIN messages m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 4
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, o.status, '', '', '', '', '', o.tool_name, '', '', '',
  o.status <> 'succeeded', NULL, NULL, NULL, round(o.duration * 1000000)::bigint, NULL, '{}', NULL, NULL, o.created_at
FROM events e JOIN tool_executions o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 5
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, '', '', '', '', '', '', '', '', '', '',
  coalesce(o.error, '') <> '', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, o.created_at
FROM events e JOIN moderation_checks o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 6
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, o.status, '', '', '', '', '', '', '', '', '',
  o.status <> 'succeeded', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, o.created_at
FROM events e JOIN suggested_questions o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 7
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, o.status, '', '', '', '', '', '', '', '', '',
  o.status <> 'succeeded', NULL, NULL, NULL, NULL, NULL,
  ARRAY(SELECT DISTINCT dataset FROM unnest(o.dataset_ids) AS dataset), NULL, NULL, o.created_at
FROM events e JOIN dataset_retrievals o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 8
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, o.status, '', '', '', '', '', '', '', '', '',
  o.status <> 'succeeded', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, o.created_at
FROM events e JOIN generated_names o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 9
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, o.tenant_id, o.app_id, o.status, '', '', coalesce(o.model_provider, ''),
  coalesce(o.model_name, ''), '', '', o.operation_type, '', '', o.status <> 'succeeded', o.input_tokens, o.output_tokens,
  o.total_tokens, round(o.duration * 1000000)::bigint, NULL, '{}', NULL, NULL, o.created_at
FROM events e JOIN prompt_generations o ON o.id = e.source_id AND o.created_at = e.source_at WHERE e.event = 10
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, (e.change ->> 'tenant_id')::uuid, e.source_id, '', '', '', '', '', '', '', '', '',
  coalesce(e.change ->> 'mode', ''), false, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL
FROM events e WHERE e.event IN (11, 12, 13)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, f.tenant_id, f.app_id, '', '', '', '', '', '', '', '', coalesce(e.change ->> 'rating', ''), '',
  false, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL
FROM events e JOIN feedbacks f ON f.id = e.source_id WHERE e.event = 14;
