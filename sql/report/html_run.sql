-- What a row about a run opens: when each node ran, what it cost, what went in and out.
CREATE FUNCTION html_run(run_id uuid, created_at timestamptz) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
#variable_conflict use_column
DECLARE
  run record;
  nodes text;
BEGIN
  EXECUTE format('SELECT r.error, %s FROM dify_observe.workflow_runs r WHERE r.id = $1 AND r.created_at = %L',
    CASE WHEN has_column_privilege('dify_observe.workflow_runs', 'inputs', 'SELECT') THEN 'r.query, r.inputs, r.outputs'
         ELSE 'NULL::text AS query, NULL::jsonb AS inputs, NULL::jsonb AS outputs' END, created_at) INTO run USING run_id;
  SELECT string_agg(concat('<tr', CASE WHEN t.status IN ('failed', 'exception') THEN ' class="bad"' END, format('><td style="padding-left:%sem">', least(t.depth, 10) + 0.5),
      dify_observe.html_text(coalesce('[' || coalesce(t.iteration_index, t.loop_index) || '] ', '')
        || CASE t.kind WHEN 'run' THEN 'run' ELSE coalesce(nullif(t.title, ''), t.node_id) END),
      CASE WHEN t.critical AND t.depth > 0 THEN ' <b title="on the critical path">*</b>' END, ' <small>', dify_observe.html_text(t.node_type), '</small></td><td>',
      dify_observe.html_text(t.status), '</td><td class="n">', round(t.seconds::numeric, 3) || ' s', '</td><td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none"><rect x="',
      round((100 * t.offset_seconds / t.whole)::numeric, 2), '" y="1" height="8" width="', greatest(round((100 * coalesce(t.seconds, 0) / t.whole)::numeric, 2), 0.5), '"/></svg></td><td class="n">',
      t.total_tokens, '</td><td class="n">', dify_observe.html_text(concat_ws(' ', trim_scale(t.total_price), t.currency)), '</td><td>',
      dify_observe.html_text(concat_ws(' ', t.model_name, CASE WHEN t.sources IS NOT NULL THEN '← ' || array_to_string(t.sources, ', ') END)), '</td><td>',
      dify_observe.html_text(left(t.error, 300)), E'</td></tr>\n'), '' ORDER BY t.place)
  INTO nodes
  FROM (SELECT n.*, greatest(max(n.offset_seconds + coalesce(n.seconds, 0)) OVER (), 0.000001) AS whole FROM dify_observe.run_tracing(run_id) n) t
  WHERE t.place <= 200;
  RETURN concat('<div class="wide"><table class="run"><thead><tr><th>Node</th><th>Status</th><th>Time</th><th>When</th><th>Tokens</th><th>Price</th><th>Model, data from</th><th>Error</th></tr></thead><tbody>',
    E'\n', nodes, '</tbody></table></div>',
    (SELECT string_agg(format(E'<h4>%s</h4><pre>%s</pre>\n', p.name, dify_observe.html_text(left(p.content, 2000) || CASE WHEN length(p.content) > 2000 THEN ' …' ELSE '' END)), '' ORDER BY p.place)
     FROM (VALUES (1, 'Inputs', coalesce(run.query, jsonb_pretty(run.inputs))), (2, 'Outputs', jsonb_pretty(run.outputs)), (3, 'Error', run.error)) p (place, name, content)
     WHERE p.content <> ''));
END $$;
COMMENT ON FUNCTION html_run(uuid, timestamptz) IS 'A run as part of a page: its first 200 nodes in time, inputs and outputs (their first 2000 characters).';

CREATE FUNCTION html_runs(runs listed_run[], time_zone text) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(string_agg(concat('<details><summary><span>', to_char(r.created_at AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI:SS'), '</span> <b class="', html_text(r.status), '">', html_text(r.status),
      '</b> ', round(r.elapsed_time::numeric, 2) || ' s ', html_text(coalesce(r.input_summary, r.id::text)), ' <i>', html_text(r.error), '</i></summary><p>Run ', r.id, ', user ',
      html_text(coalesce(r.user_id, 'unknown')), ', version ', html_text(coalesce(r.workflow_version, 'unknown')), '</p>', html_run(r.id, r.created_at), E'</details>\n'), '' ORDER BY r.place),
    '<p class="none">None.</p>')
  FROM unnest(runs) WITH ORDINALITY r (id, created_at, finished_at, status, elapsed_time, total_tokens, total_steps, total_price, currency, workflow_id, workflow_version, triggered_from, invoke_from,
    from_source, user_id, user_session_id, conversation_id, message_id, parent_workflow_run_id, error, input_summary, output_summary, cursor, total, place);
END;
COMMENT ON FUNCTION html_runs(listed_run[], text) IS 'Runs to be opened, one by one.';
