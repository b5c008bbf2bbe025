-- A run with everything in it, nested runs too: one row per run and node execution, without content. What is inside an iteration or a loop
-- hangs below that node, a nested run below the node that called it.
CREATE FUNCTION run_spans(run_id uuid)
  RETURNS TABLE (id uuid, parent_id uuid, kind text, of_run uuid, created_at timestamptz, ended_at timestamptz, seconds float8, node_id text, node_type text,
    title text, status text, index int, predecessor_node_id text, iteration_index int, loop_index int, parallel_id text, retry_index int,
    model_name text, input_tokens bigint, output_tokens bigint, total_tokens bigint, total_price numeric, currency text, error text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
DECLARE
  began timestamptz := (SELECT f.created_at FROM dify_observe.find_workflow_run(run_id, NULL, true) f LIMIT 1);
  nested uuid[] := ARRAY(SELECT t.run_id FROM dify_observe.trace_roots t
                         WHERE t.root_id = coalesce((SELECT o.root_id FROM dify_observe.trace_roots o WHERE o.run_id = run_spans.run_id), run_spans.run_id));
  -- Nobody stays in a run for longer than a month; without a run, its nodes may be anywhere.
  within text := CASE WHEN began IS NULL THEN 'IS NOT NULL' ELSE format('BETWEEN %L AND %L', began - interval '1 hour', began + interval '31 days') END;
BEGIN
  RETURN QUERY EXECUTE format(
    'WITH RECURSIVE near AS (
       SELECT r.* FROM (SELECT r.id, r.parent_workflow_run_id, r.parent_node_execution_id, r.created_at, r.finished_at, r.elapsed_time, r.status, r.workflow_version,
         r.input_tokens, r.output_tokens, r.total_tokens, r.total_price, r.currency, r.error FROM dify_observe.workflow_runs r
         WHERE r.id = ANY ($2 || $1) AND r.created_at %1$s) r
     ), runs AS (
       -- Everything of its trace is in the outermost run, also what names the calling node alone.
       SELECT n.id FROM near n WHERE n.id = $1 OR $3
       UNION
       SELECT n.id FROM runs o JOIN near n ON n.parent_workflow_run_id = o.id
     ), nodes AS (
       SELECT n.* FROM (SELECT n.id, n.workflow_run_id, n.created_at, n.finished_at, n.elapsed_time, n.node_id, n.node_type, n.title, n.status, n.index,
         n.predecessor_node_id, n.iteration_id, n.loop_id, n.iteration_index, n.loop_index, n.parallel_id, n.retry_index, n.model_name, n.input_tokens,
         n.output_tokens, n.total_tokens, n.total_price, n.currency, n.error FROM dify_observe.node_executions n
         WHERE n.workflow_run_id = ANY (ARRAY(SELECT o.id FROM runs o) || $1) AND n.created_at %1$s) n
     )
     SELECT r.id, CASE WHEN r.id <> $1 THEN coalesce((SELECT n.id FROM nodes n WHERE n.id = r.parent_node_execution_id), (SELECT o.id FROM runs o WHERE o.id = r.parent_workflow_run_id), $1) END,
       ''run'', r.id, r.created_at, coalesce(r.finished_at, r.created_at), coalesce(r.elapsed_time, extract(epoch FROM r.finished_at - r.created_at)),
       NULL, NULL, r.workflow_version, r.status, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.input_tokens, r.output_tokens, r.total_tokens,
       r.total_price, r.currency, r.error
     FROM near r JOIN runs USING (id)
     UNION ALL
     SELECT n.id,
       coalesce((SELECT c.id FROM nodes c
                 WHERE c.workflow_run_id = n.workflow_run_id AND c.node_id IN (n.loop_id, n.iteration_id) AND c.id <> n.id
                   AND c.node_id <> n.node_id AND c.created_at <= n.created_at
                 -- The innermost container of those that had begun.
                 ORDER BY c.created_at DESC LIMIT 1), n.workflow_run_id),
       ''node'', n.workflow_run_id, n.created_at, coalesce(n.finished_at, n.created_at + make_interval(secs => coalesce(n.elapsed_time, 0))),
       coalesce(n.elapsed_time, extract(epoch FROM n.finished_at - n.created_at)), n.node_id, n.node_type, n.title, n.status, n.index, n.predecessor_node_id,
       n.iteration_index, n.loop_index, n.parallel_id, n.retry_index, n.model_name, n.input_tokens, n.output_tokens, n.total_tokens, n.total_price,
       n.currency, n.error
     FROM nodes n', within)
  USING run_id, nested, NOT EXISTS (SELECT FROM dify_observe.trace_roots t WHERE t.run_id = run_spans.run_id);
END $$;
