CREATE FUNCTION run_tracing(run_id uuid DEFAULT NULL)
  RETURNS TABLE (place bigint, depth int, id uuid, parent_id uuid, kind text, node_id text, node_type text, title text, status text,
    created_at timestamptz, offset_seconds float8, seconds float8, share float8, critical boolean, index int, predecessor_node_id text, sources text[],
    iteration_index int, loop_index int, parallel_id text, retry_index int, calls text, model_name text, input_tokens bigint, output_tokens bigint,
    total_tokens bigint, total_price numeric, currency text, error text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE spans AS MATERIALIZED (
    SELECT s.*, row_number() OVER (ORDER BY s.created_at, s.index, s.id) AS turn FROM run_spans(run_tracing.run_id) s
  ), tree AS (
    SELECT s.id, 0 AS depth, ARRAY[s.turn] AS path FROM spans s
    WHERE s.id = run_tracing.run_id OR s.parent_id = run_tracing.run_id AND NOT EXISTS (SELECT FROM spans r WHERE r.id = run_tracing.run_id)
    UNION ALL
    SELECT s.id, t.depth + 1, t.path || s.turn FROM tree t JOIN spans s ON s.parent_id = t.id
  ), whole AS (
    SELECT min(s.created_at) AS began, nullif(extract(epoch FROM max(s.ended_at) - min(s.created_at)), 0) AS seconds FROM spans s
  )
  SELECT row_number() OVER (ORDER BY t.path), t.depth, s.id, s.parent_id, s.kind, s.node_id, s.node_type, s.title, s.status, s.created_at,
    extract(epoch FROM s.created_at - w.began)::float8, s.seconds, (s.seconds / w.seconds)::float8,
    s.id IN (SELECT c.id FROM run_critical(run_tracing.run_id) AS c (id)), s.index, s.predecessor_node_id, f.sources, s.iteration_index, s.loop_index,
    s.parallel_id, s.retry_index,
    CASE WHEN s.model_name <> '' OR s.node_type IN ('llm', 'agent', 'question-classifier', 'parameter-extractor') THEN 'model'
         WHEN s.node_type = 'http-request' THEN 'http' WHEN s.node_type = 'tool' THEN 'tool' WHEN s.node_type = 'knowledge-retrieval' THEN 'retrieval' END,
    s.model_name, s.input_tokens, s.output_tokens, s.total_tokens, s.total_price, s.currency, nullif(s.error, '')
  FROM tree t JOIN spans s USING (id) CROSS JOIN whole w LEFT JOIN run_data_flow(run_tracing.run_id) f ON f.id = s.id
  ORDER BY t.path;
END;
COMMENT ON FUNCTION run_tracing(uuid) IS
  'A run as a tree, in the order of its execution: the run, its nodes, what is inside iterations and loops, nested runs. offset_seconds: after the run began; share: of the whole time; critical: on the path that made the run take its time; sources: outputs of earlier nodes found in this one''s input (see run_data_flow); calls: model, http, tool or retrieval. No rows for an unknown id.';
