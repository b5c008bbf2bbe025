-- What the exporter could not read is told once, however many destinations and signals meet it: whoever reads is alone (the
-- reader's lock), so looking for an earlier report is enough. The tenant of a row that is gone is asked of what is left of its trace.
CREATE FUNCTION report_rehydration_failures(ids bigint[], reason text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  -- Before any event id is taken: reading by position counts on it.
  PERFORM pg_current_xact_id();
  INSERT INTO dify_observe.events (event, source_id, change)
  SELECT 15, e.source_id,
    jsonb_build_object('at', clock_timestamp(), 'event', e.id, 'payload_type', kind.payload_type, 'error', kind.row || ' ' || reason,
      'tenant_id', coalesce((SELECT r.tenant_id FROM dify_observe.workflow_runs r WHERE r.id = e.trace_id::uuid LIMIT 1),
                            (SELECT m.tenant_id FROM dify_observe.messages m WHERE m.id = e.trace_id::uuid LIMIT 1),
                            (SELECT n.tenant_id FROM dify_observe.node_executions n WHERE n.workflow_run_id = e.trace_id::uuid LIMIT 1),
                            (SELECT c.tenant_id FROM dify_observe.conversations c WHERE c.id = e.trace_id::uuid)))
  FROM dify_observe.events e
    JOIN (VALUES (1, 'workflow', 'Workflow run'), (2, 'node', 'Node execution'), (3, 'draft_node', 'Node execution'), (4, 'message', 'Message'),
                 (5, 'tool', 'Tool execution'), (6, 'moderation', 'Moderation check'), (7, 'suggested_question', 'Suggested questions'),
                 (8, 'dataset_retrieval', 'Dataset retrieval'), (9, 'generate_name', 'Generated name'), (10, 'prompt_generation', 'Prompt generation'),
                 (14, 'feedback', 'Feedback')) AS kind (event, payload_type, row) ON kind.event = e.event
  WHERE e.id = ANY (ids)
    AND NOT EXISTS (SELECT FROM dify_observe.events told
                    WHERE told.source_id = e.source_id AND told.event = 15 AND (told.change ->> 'event')::bigint = e.id)
  ORDER BY e.id;
END $$;
COMMENT ON FUNCTION report_rehydration_failures(bigint[], text) IS
  'Writes a dify.telemetry.rehydration_failed event for each of these events, whose source row is gone or cannot be read, unless there is one.';
