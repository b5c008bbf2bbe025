CREATE FUNCTION node_last_run(app_id uuid DEFAULT NULL, node_id text DEFAULT NULL, workflow_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL)
  RETURNS SETOF node_executions
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  last record;
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id, 'node_id', node_id));
  SELECT p.id, p.created_at INTO last FROM dify_observe.page_of('dify_observe.node_executions',
    concat_ws(' AND ', 'r.app_id = ' || quote_literal(app_id), 'r.node_id = ' || quote_literal(node_id), 'r.workflow_id = ' || quote_literal(workflow_id)),
    start, NULL, '-created_at', '{"created_at": ["r.created_at", "timestamptz"]}', NULL, 1) p;
  RETURN QUERY SELECT * FROM dify_observe.node_executions n WHERE n.id = last.id AND n.created_at = last.created_at;
END $$;
COMMENT ON FUNCTION node_last_run(uuid, text, uuid, timestamptz) IS
  'The latest execution of a node with its inputs, outputs and process data, a preview (draft) or part of a run; none before start. Required: app_id, node_id. It reads content, and needs SELECT on the whole table.';
