-- Every event with its source row: the names, nulls and references that the slim event leaves out.
-- Read through companion_logs and companion_log_details; nobody is granted this.

-- The ids are spelled with builtin functions, so that a reader of the views needs no EXECUTE on ours; the rule is that of span_id().
CREATE VIEW companion_events AS
SELECT c.*,
  CASE current_setting('dify_observe.span_id_rule', true)
    WHEN 'uuid_low64' THEN coalesce(nullif(right(replace(c.span_source::text, '-', ''), 16), '0000000000000000'), '0000000000000001')
    ELSE left(encode(sha256(convert_to(c.span_source::text, 'UTF8')), 'hex'), 16) END AS span_id,
  CASE current_setting('dify_observe.span_id_rule', true)
    WHEN 'uuid_low64' THEN coalesce(nullif(right(replace(c.parent_source::text, '-', ''), 16), '0000000000000000'), '0000000000000001')
    ELSE left(encode(sha256(convert_to(c.parent_source::text, 'UTF8')), 'hex'), 16) END AS parent_span_id
FROM (
  SELECT * FROM companion_workflow_runs UNION ALL SELECT * FROM companion_node_executions UNION ALL SELECT * FROM companion_messages
  UNION ALL SELECT * FROM companion_tool_executions UNION ALL SELECT * FROM companion_moderation_checks
  UNION ALL SELECT * FROM companion_suggested_questions UNION ALL SELECT * FROM companion_dataset_retrievals
  UNION ALL SELECT * FROM companion_generated_names UNION ALL SELECT * FROM companion_prompt_generations
  UNION ALL SELECT * FROM companion_apps UNION ALL SELECT * FROM companion_feedbacks UNION ALL SELECT * FROM companion_rehydration_failures
) c
WHERE (SELECT s.everything FROM sight s) OR c.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]);
