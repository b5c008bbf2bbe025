-- Messages, and what is said of them and of apps.

CREATE VIEW companion_messages AS
SELECT e.id, e.recorded_at, m.finished_at AS occurred_at, 'dify.message.run'::text AS event_name, 'metric_only'::text AS signal,
  e.trace_id, coalesce(m.node_execution_id, m.id) AS span_source, NULL::uuid AS parent_source,
  m.tenant_id, m.app_id, nullif(m.user_id, '') AS user_id, e.source_id,
  CASE WHEN m.status IN ('failed', 'error', 'exception')
         OR m.error <> '' AND m.status NOT IN ('succeeded', 'normal', 'stopped', 'partial-succeeded') THEN 'ERROR'
       ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', m.app_id, 'dify.message.id', m.id, 'dify.conversation.id', m.conversation_id,
    'dify.workflow.run_id', m.workflow_run_id, 'dify.invoke_from', m.invoke_from, 'gen_ai.provider.name', m.model_provider,
    'gen_ai.request.model', m.model_name, 'gen_ai.usage.input_tokens', m.input_tokens, 'gen_ai.usage.output_tokens', m.output_tokens,
    'gen_ai.usage.total_tokens', m.total_tokens, 'dify.message.status', m.status, 'dify.message.error', nullif(m.error, ''),
    'dify.message.duration', m.duration, 'dify.message.time_to_first_token', m.time_to_first_token) AS attributes,
  jsonb_build_object(
    'dify.message.inputs', coalesce(m.inputs #>> '{}', CASE WHEN m.query IS NOT NULL THEN jsonb_build_object('query', m.query)::text END),
    'dify.message.outputs', coalesce(m.outputs #>> '{}', CASE WHEN m.answer IS NOT NULL THEN jsonb_build_object('answer', m.answer)::text END)) AS content,
  jsonb_build_object('dify.message.inputs', 'ref:message_id=' || m.id, 'dify.message.outputs', 'ref:message_id=' || m.id) AS reference
FROM events e JOIN messages m ON m.id = e.source_id AND m.created_at = e.source_at
WHERE e.event = 4;

CREATE VIEW companion_apps AS
SELECT e.id, e.recorded_at, (e.change ->> 'at')::timestamptz AS occurred_at, name.event_name, 'metric_only'::text AS signal,
  NULL::text AS trace_id, NULL::uuid AS span_source, NULL::uuid AS parent_source,
  (e.change ->> 'tenant_id')::uuid AS tenant_id, e.source_id AS app_id, NULL::text AS user_id, e.source_id, 'INFO'::text AS severity,
  jsonb_build_object('dify.app_id', e.source_id, name.at_key, time.iso)
  || CASE e.event WHEN 11 THEN jsonb_build_object('dify.app.mode', e.change -> 'mode') ELSE '{}' END AS attributes,
  '{}'::jsonb AS content, '{}'::jsonb AS reference
FROM events e
  JOIN (VALUES (11, 'dify.app.created', 'dify.app.created_at'), (12, 'dify.app.updated', 'dify.app.updated_at'),
               (13, 'dify.app.deleted', 'dify.app.deleted_at')) AS name (event, event_name, at_key) ON name.event = e.event,
  LATERAL (SELECT replace(to_char((e.change ->> 'at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') || 'Z') AS time (iso)
WHERE e.event IN (11, 12, 13);

CREATE VIEW companion_feedbacks AS
SELECT e.id, e.recorded_at, (e.change ->> 'at')::timestamptz AS occurred_at, 'dify.feedback.created'::text AS event_name,
  'metric_only'::text AS signal, e.trace_id, f.message_id AS span_source, NULL::uuid AS parent_source,
  f.tenant_id, f.app_id, nullif(e.change ->> 'user_id', '') AS user_id, e.source_id, 'INFO'::text AS severity,
  jsonb_build_object('dify.app_id', f.app_id, 'dify.message.id', f.message_id, 'dify.feedback.rating', e.change -> 'rating',
    'dify.feedback.created_at', replace(to_char((e.change ->> 'at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') || 'Z')
    AS attributes,
  jsonb_build_object('dify.feedback.content', e.change -> 'content') AS content, '{}'::jsonb AS reference
FROM events e JOIN feedbacks f ON f.id = e.source_id
WHERE e.event = 14;
