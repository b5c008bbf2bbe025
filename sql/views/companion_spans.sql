-- Workflow runs and node executions, whose logs accompany spans.

CREATE VIEW companion_workflow_runs AS
SELECT e.id, e.recorded_at, r.finished_at AS occurred_at, 'dify.workflow.run'::text AS event_name, 'span_detail'::text AS signal,
  e.trace_id, r.id AS span_source, coalesce(r.parent_node_execution_id, r.parent_workflow_run_id) AS parent_source,
  r.tenant_id, r.app_id, nullif(r.user_id, '') AS user_id, e.source_id,
  CASE WHEN r.status IN ('failed', 'error', 'exception')
         OR r.error <> '' AND r.status NOT IN ('succeeded', 'normal', 'stopped', 'partial-succeeded') THEN 'ERROR'
       WHEN r.status = 'partial-succeeded' OR r.warnings NOT IN ('[]', '{}', 'null', '""') THEN 'WARN'
       ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.trace_id', r.id, 'dify.tenant_id', r.tenant_id, 'dify.app_id', r.app_id, 'dify.workflow.id', r.workflow_id,
    'dify.workflow.run_id', r.id, 'dify.workflow.status', r.status, 'dify.workflow.error', nullif(r.error, ''),
    'dify.workflow.elapsed_time', r.elapsed_time, 'dify.invoke_from', r.invoke_from, 'dify.conversation.id', r.conversation_id,
    'dify.message.id', r.message_id, 'dify.invoked_by', r.invoked_by, 'dify.user.id', r.user_id,
    'gen_ai.usage.total_tokens', r.total_tokens, 'dify.workflow.version', r.workflow_version)
  || CASE WHEN coalesce(r.parent_trace_id, r.parent_workflow_run_id, r.parent_node_execution_id, r.parent_app_id) IS NULL THEN '{}'
     ELSE jsonb_build_object(
       'dify.parent.trace_id', coalesce(r.parent_trace_id, e.trace_id::uuid), 'dify.parent.workflow.run_id', r.parent_workflow_run_id,
       'dify.parent.node.execution_id', r.parent_node_execution_id, 'dify.parent.app.id', r.parent_app_id) END AS attributes,
  jsonb_build_object('dify.workflow.inputs', r.inputs #>> '{}', 'dify.workflow.outputs', r.outputs #>> '{}',
    'dify.workflow.query', r.query) AS content,
  jsonb_build_object('dify.workflow.inputs', 'ref:workflow_run_id=' || r.id, 'dify.workflow.outputs', 'ref:workflow_run_id=' || r.id,
    'dify.workflow.query', 'ref:workflow_run_id=' || r.id) AS reference
FROM events e JOIN workflow_runs r ON r.id = e.source_id AND r.created_at = e.source_at
WHERE e.event = 1;

CREATE VIEW companion_node_executions AS
SELECT e.id, e.recorded_at, n.finished_at AS occurred_at,
  CASE e.event WHEN 3 THEN 'dify.node.execution.draft' ELSE 'dify.node.execution' END AS event_name, 'span_detail'::text AS signal,
  e.trace_id, n.id AS span_source, n.workflow_run_id AS parent_source,
  n.tenant_id, n.app_id, nullif(n.user_id, '') AS user_id, e.source_id,
  CASE WHEN n.status IN ('failed', 'error', 'exception')
         OR n.error <> '' AND n.status NOT IN ('succeeded', 'normal', 'stopped', 'partial-succeeded') THEN 'ERROR'
       WHEN n.status IN ('partial-succeeded', 'retry') THEN 'WARN'
       ELSE 'INFO' END AS severity,
  jsonb_build_object(
    'dify.trace_id', coalesce(n.workflow_run_id, n.id), 'dify.tenant_id', n.tenant_id, 'dify.app_id', n.app_id,
    'dify.workflow.id', n.workflow_id, 'dify.workflow.run_id', n.workflow_run_id, 'dify.message.id', n.message_id,
    'dify.conversation.id', n.conversation_id, 'dify.node.execution_id', n.id, 'dify.node.id', n.node_id, 'dify.node.type', n.node_type,
    'dify.node.title', n.title, 'dify.node.status', n.status, 'dify.node.error', nullif(n.error, ''),
    'dify.node.elapsed_time', n.elapsed_time, 'dify.node.index', n.index, 'dify.node.predecessor_node_id', n.predecessor_node_id,
    'dify.node.iteration_id', n.iteration_id, 'dify.node.loop_id', n.loop_id, 'dify.node.parallel_id', n.parallel_id,
    'dify.node.invoked_by', n.invoked_by, 'dify.user.id', n.user_id)
  || CASE WHEN n.node_type IN ('llm', 'agent', 'question-classifier', 'parameter-extractor') THEN model.attributes
          ELSE jsonb_strip_nulls(model.attributes) END
  || CASE WHEN n.node_type IN ('tool', 'knowledge-retrieval') THEN plugin.attributes ELSE jsonb_strip_nulls(plugin.attributes) END
  || CASE WHEN n.node_type = 'knowledge-retrieval' THEN dataset.attributes ELSE jsonb_strip_nulls(dataset.attributes) END AS attributes,
  jsonb_build_object('dify.node.inputs', n.inputs #>> '{}', 'dify.node.outputs', n.outputs #>> '{}',
    'dify.node.process_data', n.process_data #>> '{}') AS content,
  jsonb_build_object('dify.node.inputs', 'ref:node_execution_id=' || n.id, 'dify.node.outputs', 'ref:node_execution_id=' || n.id,
    'dify.node.process_data', 'ref:node_execution_id=' || n.id) AS reference
FROM events e JOIN node_executions n ON n.id = e.source_id AND n.created_at = e.source_at,
  LATERAL (SELECT jsonb_build_object(
    'gen_ai.provider.name', n.model_provider, 'gen_ai.request.model', n.model_name, 'gen_ai.usage.input_tokens', n.input_tokens,
    'gen_ai.usage.output_tokens', n.output_tokens, 'gen_ai.usage.total_tokens', n.total_tokens,
    'dify.node.total_price', n.total_price, 'dify.node.currency', n.currency)) AS model (attributes),
  LATERAL (SELECT jsonb_build_object('dify.node.plugin_name', n.plugin_name, 'dify.node.plugin_id', n.plugin_id)) AS plugin (attributes),
  LATERAL (SELECT jsonb_build_object(
    'dify.dataset.id', CASE cardinality(n.dataset_ids) WHEN 0 THEN NULL WHEN 1 THEN n.dataset_ids[1] ELSE to_jsonb(n.dataset_ids)::text END,
    'dify.dataset.name', CASE cardinality(n.dataset_names) WHEN 0 THEN NULL WHEN 1 THEN n.dataset_names[1] ELSE to_jsonb(n.dataset_names)::text END
    )) AS dataset (attributes)
WHERE e.event IN (2, 3);
