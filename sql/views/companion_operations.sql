-- The operations: tool calls, moderation, suggested questions, retrievals, generated names and prompts; and what could not be read.
-- Their content is stored with the message they belong to, as far as a reference can tell.

CREATE VIEW companion_tool_executions AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.tool.execution'::text AS event_name, 'metric_only'::text AS signal,
  e.trace_id, coalesce(o.node_execution_id, o.message_id, o.id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.status IN ('failed', 'error') THEN 'ERROR' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.message.id', o.message_id, 'dify.tool.name', o.tool_name, 'dify.tool.duration', o.duration,
    'dify.tool.status', o.status, 'dify.tool.error', nullif(o.error, '')) AS attributes,
  jsonb_build_object(
    'dify.tool.inputs', o.inputs #>> '{}', 'dify.tool.outputs', o.outputs #>> '{}', 'dify.tool.parameters', o.parameters #>> '{}',
    'dify.tool.config', o.config #>> '{}') AS content,
  jsonb_build_object(
    'dify.tool.inputs', row.ref, 'dify.tool.outputs', row.ref, 'dify.tool.parameters', row.ref, 'dify.tool.config', row.ref) AS reference
FROM events e JOIN tool_executions o ON o.id = e.source_id AND o.created_at = e.source_at,
  LATERAL (SELECT coalesce('ref:message_id=' || o.message_id, 'ref:node_execution_id=' || o.node_execution_id,
                           'ref:workflow_run_id=' || o.workflow_run_id, 'ref:trace_id=' || e.trace_id::uuid)) AS row (ref)
WHERE e.event = 5;

CREATE VIEW companion_moderation_checks AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.moderation.check'::text AS event_name, 'metric_only'::text AS signal,
  e.trace_id, coalesce(o.node_execution_id, o.message_id, o.id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.error <> '' THEN 'ERROR' WHEN o.flagged THEN 'WARN' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.message.id', o.message_id, 'dify.moderation.type', o.type, 'dify.moderation.action', o.action,
    'dify.moderation.flagged', o.flagged, 'dify.moderation.categories', o.categories #>> '{}') AS attributes,
  jsonb_build_object('dify.moderation.query', o.query, 'dify.moderation.preset_response', o.preset_response) AS content,
  jsonb_build_object('dify.moderation.query', row.ref, 'dify.moderation.preset_response', row.ref) AS reference
FROM events e JOIN moderation_checks o ON o.id = e.source_id AND o.created_at = e.source_at,
  LATERAL (SELECT coalesce('ref:message_id=' || o.message_id, 'ref:node_execution_id=' || o.node_execution_id,
                           'ref:workflow_run_id=' || o.workflow_run_id, 'ref:trace_id=' || e.trace_id::uuid)) AS row (ref)
WHERE e.event = 6;

CREATE VIEW companion_suggested_questions AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.suggested_question.generation'::text AS event_name,
  'metric_only'::text AS signal, e.trace_id, coalesce(o.node_execution_id, o.message_id, o.id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.status IN ('failed', 'error') THEN 'ERROR' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.message.id', o.message_id, 'dify.suggested_question.count', o.count,
    'dify.suggested_question.duration', o.duration, 'dify.suggested_question.status', o.status,
    'dify.suggested_question.error', nullif(o.error, '')) AS attributes,
  jsonb_build_object('dify.suggested_question.questions', o.questions #>> '{}') AS content,
  jsonb_build_object('dify.suggested_question.questions', row.ref) AS reference
FROM events e JOIN suggested_questions o ON o.id = e.source_id AND o.created_at = e.source_at,
  LATERAL (SELECT coalesce('ref:message_id=' || o.message_id, 'ref:node_execution_id=' || o.node_execution_id,
                           'ref:workflow_run_id=' || o.workflow_run_id, 'ref:trace_id=' || e.trace_id::uuid)) AS row (ref)
WHERE e.event = 7;

CREATE VIEW companion_dataset_retrievals AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.dataset.retrieval'::text AS event_name, 'metric_only'::text AS signal,
  e.trace_id, coalesce(o.node_execution_id, o.message_id, o.id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.status IN ('failed', 'error') THEN 'ERROR' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.message.id', o.message_id,
    'dify.dataset.id', CASE cardinality(o.dataset_ids) WHEN 0 THEN NULL WHEN 1 THEN o.dataset_ids[1] ELSE to_jsonb(o.dataset_ids)::text END,
    'dify.dataset.name', CASE cardinality(o.dataset_names) WHEN 0 THEN NULL WHEN 1 THEN o.dataset_names[1] ELSE to_jsonb(o.dataset_names)::text END,
    'dify.retrieval.document_count', o.document_count, 'dify.retrieval.duration', o.duration, 'dify.retrieval.status', o.status,
    'dify.retrieval.error', nullif(o.error, '')) AS attributes,
  jsonb_build_object('dify.retrieval.query', o.query, 'dify.dataset.documents', o.documents #>> '{}') AS content,
  jsonb_build_object('dify.retrieval.query', row.ref, 'dify.dataset.documents', row.ref) AS reference
FROM events e JOIN dataset_retrievals o ON o.id = e.source_id AND o.created_at = e.source_at,
  LATERAL (SELECT coalesce('ref:message_id=' || o.message_id, 'ref:node_execution_id=' || o.node_execution_id,
                           'ref:workflow_run_id=' || o.workflow_run_id, 'ref:trace_id=' || e.trace_id::uuid)) AS row (ref)
WHERE e.event = 8;

CREATE VIEW companion_generated_names AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.generate_name.execution'::text AS event_name, 'metric_only'::text AS signal,
  e.trace_id, coalesce(o.node_execution_id, o.conversation_id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.status IN ('failed', 'error') THEN 'ERROR' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.conversation.id', o.conversation_id, 'dify.generate_name.duration', o.duration,
    'dify.generate_name.status', o.status, 'dify.generate_name.error', nullif(o.error, '')) AS attributes,
  jsonb_build_object('dify.generate_name.inputs', o.inputs #>> '{}', 'dify.generate_name.outputs', o.outputs #>> '{}') AS content,
  jsonb_build_object('dify.generate_name.inputs', 'ref:conversation_id=' || o.conversation_id,
    'dify.generate_name.outputs', 'ref:conversation_id=' || o.conversation_id) AS reference
FROM events e JOIN generated_names o ON o.id = e.source_id AND o.created_at = e.source_at
WHERE e.event = 9;

CREATE VIEW companion_prompt_generations AS
SELECT e.id, e.recorded_at, o.finished_at AS occurred_at, 'dify.prompt_generation.execution'::text AS event_name,
  'metric_only'::text AS signal, e.trace_id, coalesce(o.node_execution_id, o.message_id, o.id) AS span_source, NULL::uuid AS parent_source,
  o.tenant_id, o.app_id, nullif(o.user_id, '') AS user_id, e.source_id,
  CASE WHEN o.status IN ('failed', 'error') THEN 'ERROR' ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.app_id', o.app_id, 'dify.prompt_generation.operation_type', o.operation_type, 'gen_ai.provider.name', o.model_provider,
    'gen_ai.request.model', o.model_name, 'gen_ai.usage.input_tokens', o.input_tokens, 'gen_ai.usage.output_tokens', o.output_tokens,
    'gen_ai.usage.total_tokens', o.total_tokens, 'dify.prompt_generation.duration', o.duration,
    'dify.prompt_generation.status', o.status, 'dify.prompt_generation.error', nullif(o.error, '')) AS attributes,
  jsonb_build_object('dify.prompt_generation.instruction', o.instruction, 'dify.prompt_generation.output', o.output) AS content,
  jsonb_build_object('dify.prompt_generation.instruction', 'ref:trace_id=' || o.id,
    'dify.prompt_generation.output', 'ref:trace_id=' || o.id) AS reference
FROM events e JOIN prompt_generations o ON o.id = e.source_id AND o.created_at = e.source_at
WHERE e.event = 10;

CREATE VIEW companion_rehydration_failures AS
SELECT e.id, e.recorded_at, (e.change ->> 'at')::timestamptz AS occurred_at, 'dify.telemetry.rehydration_failed'::text AS event_name,
  'metric_only'::text AS signal, NULL::text AS trace_id, NULL::uuid AS span_source, NULL::uuid AS parent_source,
  (e.change ->> 'tenant_id')::uuid AS tenant_id, NULL::uuid AS app_id, NULL::text AS user_id, e.source_id, 'ERROR'::text AS severity,
  jsonb_build_object(
    'dify.telemetry.error', e.change -> 'error', 'dify.telemetry.payload_type', e.change -> 'payload_type',
    'dify.telemetry.correlation_id', e.source_id) AS attributes,
  '{}'::jsonb AS content, '{}'::jsonb AS reference
FROM events e
WHERE e.event = 15;
