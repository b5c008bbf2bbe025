-- From the step that ended last, back to the one whose end it waited for, and so on; inside each step of that path likewise.
CREATE FUNCTION run_critical(run_id uuid) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE spans AS MATERIALIZED (
    SELECT s.id, s.parent_id, s.node_id, s.predecessor_node_id, s.created_at, s.ended_at FROM dify_observe.run_spans(run_id) s
  ), path AS (
    SELECT run_id AS id, NULL::uuid AS parent_id, NULL::timestamptz AS created_at, NULL::text AS predecessor_node_id
    UNION ALL
    SELECT n.id, n.parent_id, n.created_at, n.predecessor_node_id
    FROM path p, LATERAL (
      (SELECT s.id, s.parent_id, s.created_at, s.predecessor_node_id FROM spans s WHERE s.parent_id = p.id ORDER BY s.ended_at DESC, s.created_at DESC, s.id LIMIT 1)
      UNION ALL
      (SELECT s.id, s.parent_id, s.created_at, s.predecessor_node_id FROM spans s
       WHERE p.id <> run_id AND s.parent_id = p.parent_id AND s.id <> p.id AND s.created_at < p.created_at
         AND (s.ended_at <= p.created_at + interval '1 millisecond' OR s.node_id = p.predecessor_node_id)
       ORDER BY s.ended_at DESC, s.created_at DESC, s.id LIMIT 1)) n
  )
  SELECT p.id FROM path p;
END $$;
