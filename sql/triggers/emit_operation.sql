-- The trace of an operation outside a run: of the node execution it happened in, where that row is there, else of its message.
CREATE FUNCTION node_trace(node_execution_id uuid, near timestamptz) RETURNS uuid
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  at timestamptz := dify_observe.id_time(node_execution_id);
  node record;
BEGIN
  SELECT n.id, n.draft, n.parent_trace_id, n.workflow_run_id INTO node FROM dify_observe.node_executions n
  WHERE n.id = node_execution_id AND n.created_at >= coalesce(at - interval '1 hour', '-infinity')
    AND n.created_at < coalesce(at + interval '1 day', 'infinity');
  IF node.id IS NULL AND at NOT BETWEEN near - interval '1 day' AND near + interval '1 day' THEN
    SELECT n.id, n.draft, n.parent_trace_id, n.workflow_run_id INTO node FROM dify_observe.node_executions n
    WHERE n.id = node_execution_id AND n.created_at >= near - interval '1 day' AND n.created_at < near + interval '1 day';
  END IF;
  RETURN CASE WHEN node.draft THEN node_execution_id
              ELSE coalesce(node.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = node.workflow_run_id),
                            node.workflow_run_id) END;
END $$;

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
