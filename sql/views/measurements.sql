-- What every event counts for, one row each: the input of the fold and of its recount. Never touches payload columns.
-- Durations are whole microseconds, so that sums are exact and independent of their order.
CREATE VIEW measurements AS
SELECT e.id, e.xid, e.recorded_at, e.event, r.tenant_id, r.app_id, r.status, coalesce(r.invoke_from, '') AS invoke_from,
  '' AS node_type, '' AS model_provider, '' AS model_name, '' AS plugin_name, '' AS rating, '' AS mode,
  r.status = 'failed' OR coalesce(r.error, '') <> '' AND r.status NOT IN ('succeeded', 'stopped', 'partial-succeeded') AS failed,
  r.input_tokens, r.output_tokens, r.total_tokens,
  coalesce(round(extract(epoch FROM r.finished_at - r.created_at) * 1000000), round(r.elapsed_time * 1000000)::numeric)::bigint AS duration_us,
  NULL::bigint AS first_token_us, NULL::uuid AS conversation_id, NULL::text AS user_id, r.created_at AS source_at
FROM events e JOIN workflow_runs r ON r.id = e.source_id AND r.created_at = e.source_at WHERE e.event = 1
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, n.tenant_id, n.app_id, n.status, '', n.node_type, coalesce(n.model_provider, ''),
  coalesce(n.model_name, ''), coalesce(n.plugin_name, ''), '', '',
  n.status IN ('failed', 'exception') OR coalesce(n.error, '') <> '' AND n.status NOT IN ('succeeded', 'stopped', 'partial-succeeded'),
  n.input_tokens, n.output_tokens, n.total_tokens,
  coalesce(round(n.elapsed_time * 1000000)::numeric, round(extract(epoch FROM n.finished_at - n.created_at) * 1000000))::bigint,
  NULL, NULL, NULL, n.created_at
FROM events e JOIN node_executions n ON n.id = e.source_id AND n.created_at = e.source_at WHERE e.event IN (2, 3)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, coalesce(m.invoke_from, ''), '',
  coalesce(m.model_provider, ''), coalesce(m.model_name, ''), '', '', '',
  m.status IN ('failed', 'error') OR coalesce(m.error, '') <> '' AND m.status NOT IN ('succeeded', 'normal', 'stopped'),
  m.input_tokens, m.output_tokens, m.total_tokens, round(m.duration * 1000000)::bigint,
  round(m.time_to_first_token * 1000000)::bigint, m.conversation_id, m.user_id, m.created_at
FROM events e JOIN messages m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 4
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, a.tenant_id, a.id, '', '', '', '', '', '', '', coalesce(e.change ->> 'mode', ''),
  false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM events e JOIN apps a ON a.id = e.source_id WHERE e.event IN (11, 12, 13)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, f.tenant_id, f.app_id, '', '', '', '', '', '', coalesce(e.change ->> 'rating', ''), '',
  false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM events e JOIN feedbacks f ON f.id = e.source_id WHERE e.event = 14;
