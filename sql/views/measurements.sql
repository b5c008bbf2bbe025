-- What every event counts for, one row each: what metrics are recounted from.
CREATE VIEW measurements AS
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '' AS rating, '' AS mode, m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at AS source_at
FROM events e JOIN measured_workflow_runs m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 1
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_node_executions m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event IN (2, 3)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_messages m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 4
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_tool_executions m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 5
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_moderation_checks m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 6
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_suggested_questions m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 7
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_dataset_retrievals m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 8
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_generated_names m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 9
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, m.tenant_id, m.app_id, m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, m.plugin_name, m.tool_name, m.operation_type,
  '', '', m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, m.datasets, m.created_at
FROM events e JOIN measured_prompt_generations m ON m.id = e.source_id AND m.created_at = e.source_at WHERE e.event = 10
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, (e.change ->> 'tenant_id')::uuid, e.source_id, '', '', '', '', '', '', '', '',
  '', coalesce(e.change ->> 'mode', ''), false, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM events e WHERE e.event IN (11, 12, 13)
UNION ALL
SELECT e.id, e.xid, e.recorded_at, e.event, f.tenant_id, f.app_id, '', '', '', '', '', '', '', '',
  coalesce(e.change ->> 'rating', ''), '', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM events e JOIN feedbacks f ON f.id = e.source_id WHERE e.event = 14;
