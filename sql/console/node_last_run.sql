CREATE FUNCTION node_last_run(app_id uuid DEFAULT NULL, node_id text DEFAULT NULL, workflow_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL)
  RETURNS SETOF node_executions
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
#variable_conflict use_variable
DECLARE
  last record;
  shown text := (SELECT string_agg(CASE WHEN has_column_privilege(a.attrelid, a.attnum, 'SELECT') THEN 'n.' || quote_ident(a.attname)
                                        ELSE 'NULL::' || format_type(a.atttypid, a.atttypmod) END, ', ' ORDER BY a.attnum)
                 FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'dify_observe.node_executions'::regclass AND a.attnum > 0 AND NOT a.attisdropped);
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id, 'node_id', node_id));
  SELECT p.id, p.created_at INTO last FROM dify_observe.page_of('dify_observe.node_executions',
    concat_ws(' AND ', 'r.app_id = ' || quote_literal(app_id), 'r.node_id = ' || quote_literal(node_id), 'r.workflow_id = ' || quote_literal(workflow_id)),
    start, NULL, '-created_at', '{"created_at": ["r.created_at", "timestamptz"]}', NULL, 1) p;
  RETURN QUERY EXECUTE format('SELECT %s FROM dify_observe.node_executions n WHERE n.id = $1 AND n.created_at = $2', shown)
  USING last.id, last.created_at;
END $$;
COMMENT ON FUNCTION node_last_run(uuid, text, uuid, timestamptz) IS
  'The latest execution of a node with its inputs, outputs and process data, a preview (draft) or part of a run; none before start. Required: app_id, node_id. Without SELECT on a column, null in its place.';
