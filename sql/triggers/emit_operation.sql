-- An operation belongs to its run, else to the node execution it happened in, else to its message.
CREATE FUNCTION emit_operations() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
  event smallint := TG_ARGV[0];
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT event, n.id, n.created_at,
         replace(coalesce(n.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.workflow_run_id),
                          n.workflow_run_id, dify_observe.node_trace(n.node_execution_id, n.created_at),
                          dify_observe.message_trace(n.message_id, n.created_at, false), n.id)::text, '-', '')
  FROM new_rows n
  WHERE n.xid = pg_current_xact_id();
  RETURN NULL;
END $$;

-- A generated name belongs to its conversation, not to a message.
CREATE FUNCTION emit_generated_names() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT 9, n.id, n.created_at,
         replace(coalesce(n.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.workflow_run_id),
                          n.workflow_run_id, dify_observe.node_trace(n.node_execution_id, n.created_at), n.conversation_id)::text, '-', '')
  FROM new_rows n
  WHERE n.xid = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON tool_executions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_operations(5);
CREATE TRIGGER emit AFTER INSERT ON moderation_checks REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_operations(6);
CREATE TRIGGER emit AFTER INSERT ON suggested_questions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_operations(7);
CREATE TRIGGER emit AFTER INSERT ON dataset_retrievals REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_operations(8);
CREATE TRIGGER emit AFTER INSERT ON generated_names REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_generated_names();
CREATE TRIGGER emit AFTER INSERT ON prompt_generations REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_operations(10);
