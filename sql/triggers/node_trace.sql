-- The trace of a node execution, where its row is there: of what happened in it and tells no run.
CREATE FUNCTION node_trace(node_execution_id uuid, near timestamptz) RETURNS uuid
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
  at timestamptz := dify_observe.id_time(node_execution_id);
  node record;
BEGIN
  SELECT n.id, n.draft, n.parent_trace_id, n.workflow_run_id INTO node FROM dify_observe.node_executions n
  WHERE n.id = node_execution_id AND n.created_at >= coalesce(at - interval '1 day', '-infinity')
    AND n.created_at < coalesce(at + interval '1 day', 'infinity');
  IF node.id IS NULL AND at NOT BETWEEN near - interval '1 day' AND near + interval '1 day' THEN
    SELECT n.id, n.draft, n.parent_trace_id, n.workflow_run_id INTO node FROM dify_observe.node_executions n
    WHERE n.id = node_execution_id AND n.created_at >= near - interval '1 day' AND n.created_at < near + interval '1 day';
  END IF;
  RETURN CASE WHEN node.draft THEN node_execution_id
              ELSE coalesce(node.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = node.workflow_run_id),
                            node.workflow_run_id) END;
END $$;
