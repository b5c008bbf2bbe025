-- Which node's output fed which input. Nobody logs that, so it is read from the values: an output that is found again in a later node's input.
-- Values that are everywhere (booleans, nulls, small numbers, a few letters) tell nothing.
CREATE FUNCTION run_data_flow(run_id uuid) RETURNS TABLE (id uuid, sources text[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
BEGIN
  IF NOT has_column_privilege('dify_observe.node_executions', 'inputs', 'SELECT') OR NOT has_column_privilege('dify_observe.node_executions', 'outputs', 'SELECT') THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH spans AS MATERIALIZED (
    SELECT s.id, s.of_run, s.node_id, s.created_at, s.ended_at FROM dify_observe.run_spans(run_id) s WHERE s.kind = 'node'
    ORDER BY s.created_at LIMIT 500
  ), said AS MATERIALIZED (
    SELECT s.*, n.inputs, n.outputs FROM spans s
      JOIN dify_observe.node_executions n ON n.id = s.id AND n.created_at = s.created_at
    WHERE coalesce(pg_column_size(n.inputs), 0) < 100000 AND coalesce(pg_column_size(n.outputs), 0) < 100000
  ), given AS MATERIALIZED (
    SELECT DISTINCT a.id, a.of_run, a.node_id, a.ended_at, o.key, o.value, o.value #>> '{}' AS words
    FROM said a, LATERAL jsonb_each(CASE jsonb_typeof(a.outputs) WHEN 'object' THEN a.outputs ELSE jsonb_build_object('output', a.outputs) END) o
    WHERE length(o.value #>> '{}') >= 4 AND jsonb_typeof(o.value) <> 'boolean'
  ), taken AS MATERIALIZED (
    SELECT b.id, b.of_run, b.created_at, v.value, v.value #>> '{}' AS words
    FROM said b, LATERAL jsonb_path_query(b.inputs, 'strict $.**') v (value) WHERE length(v.value #>> '{}') >= 4
  )
  SELECT t.id, array_agg(DISTINCT g.node_id || '.' || g.key)
  FROM taken t JOIN given g ON g.of_run = t.of_run AND g.id <> t.id AND g.ended_at <= t.created_at + interval '1 millisecond'
    AND (g.value = t.value OR jsonb_typeof(g.value) = 'string' AND jsonb_typeof(t.value) = 'string' AND length(g.words) >= 8 AND strpos(t.words, g.words) > 0)
  GROUP BY t.id;
END $$;
COMMENT ON FUNCTION run_data_flow(uuid) IS
  'Outputs (node_id.key) that were found again, as a value or inside a text, in the inputs of a later node of the same run. Read from the values: an output that was transformed is not found, one that is the same by chance is. Of the first 500 nodes, documents below 100 kB.';
