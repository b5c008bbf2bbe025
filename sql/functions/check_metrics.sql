CREATE FUNCTION metric_label(value text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  characters integer := 256;
BEGIN
  WHILE octet_length(left(value, characters)) > 256 LOOP
    characters := characters - 1;
  END LOOP;
  RETURN left(value, characters);
END $$;
COMMENT ON FUNCTION metric_label(text) IS 'A label value as it is counted: at most 256 bytes, whole characters.';

CREATE VIEW folded_measurements AS
SELECT m.* FROM measurements m
  JOIN export_progress fold ON fold.destination = 'fold' AND fold.signal = 'metrics' AND m.id <= fold.passed
  JOIN installation i ON m.recorded_at >= i.since
WHERE NOT EXISTS (SELECT FROM jsonb_to_recordset(fold.skipped) AS s (xid text, "from" bigint) WHERE s.xid = m.xid::text AND m.id > s."from");
COMMENT ON VIEW folded_measurements IS 'What the fold has counted and is still there.';

-- Written apart from the fold on purpose: the same counts from the same rows by another way.
CREATE FUNCTION measurement_points(measured folded_measurements) RETURNS TABLE (name text, labels jsonb, value numeric, us bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH m AS (
    SELECT measured.event, measured.failed, measured.input_tokens, measured.output_tokens, measured.total_tokens, measured.duration_us,
      measured.first_token_us, measured.datasets,
      jsonb_build_object('tenant_id', measured.tenant_id, 'app_id', coalesce(measured.app_id::text, '')) AS app,
      jsonb_build_object('status', metric_label(measured.status)) AS status,
      jsonb_build_object('invoke_from', metric_label(measured.invoke_from)) AS invoke_from,
      jsonb_build_object('node_type', metric_label(measured.node_type)) AS node_type,
      jsonb_build_object('model_provider', metric_label(measured.model_provider)) AS provider,
      jsonb_build_object('model_name', metric_label(measured.model_name)) AS model,
      CASE WHEN measured.node_type IN ('tool', 'knowledge-retrieval') THEN jsonb_build_object('plugin_name', metric_label(measured.plugin_name)) ELSE '{}' END AS plugin,
      jsonb_build_object('tool_name', metric_label(measured.tool_name)) AS tool,
      jsonb_build_object('operation_type', metric_label(measured.operation_type)) AS operation,
      jsonb_build_object('rating', measured.rating) AS rating, jsonb_build_object('mode', metric_label(measured.mode)) AS mode
  )
  SELECT 'dify.requests.total', jsonb_build_object('type', 'workflow') || app || status || invoke_from, 1, NULL::bigint FROM m WHERE event = 1
  UNION ALL SELECT 'dify.requests.total', jsonb_build_object('type', CASE event WHEN 3 THEN 'draft_node' ELSE 'node' END) || app || node_type || provider || status, 1, NULL FROM m WHERE event IN (2, 3)
  UNION ALL SELECT 'dify.requests.total', jsonb_build_object('type', 'message') || app || provider || model || status || invoke_from, 1, NULL FROM m WHERE event = 4
  UNION ALL SELECT 'dify.requests.total', jsonb_build_object('type', 'tool') || app || tool, 1, NULL FROM m WHERE event = 5
  UNION ALL SELECT 'dify.requests.total', jsonb_build_object('type', CASE event WHEN 6 THEN 'moderation' WHEN 7 THEN 'suggested_question' WHEN 8 THEN 'dataset_retrieval' ELSE 'generate_name' END) || app, 1, NULL FROM m WHERE event IN (6, 7, 8, 9)
  UNION ALL SELECT 'dify.requests.total', jsonb_build_object('type', 'prompt_generation') || app || operation || provider || model || status, 1, NULL FROM m WHERE event = 10
  UNION ALL SELECT 'dify.errors.total', jsonb_build_object('type', 'workflow') || app, 1, NULL FROM m WHERE event = 1 AND failed
  UNION ALL SELECT 'dify.errors.total', jsonb_build_object('type', CASE event WHEN 3 THEN 'draft_node' ELSE 'node' END) || app || node_type || provider, 1, NULL FROM m WHERE event IN (2, 3) AND failed
  UNION ALL SELECT 'dify.errors.total', jsonb_build_object('type', 'message') || app || provider || model, 1, NULL FROM m WHERE event = 4 AND failed
  UNION ALL SELECT 'dify.errors.total', jsonb_build_object('type', 'tool') || app || tool, 1, NULL FROM m WHERE event = 5 AND failed
  UNION ALL SELECT 'dify.errors.total', jsonb_build_object('type', 'prompt_generation') || app || operation || provider || model, 1, NULL FROM m WHERE event = 10 AND failed
  UNION ALL SELECT t.name, CASE event WHEN 10 THEN operation ELSE jsonb_build_object('operation_type', CASE event WHEN 1 THEN 'workflow' WHEN 4 THEN 'message' ELSE 'node_execution' END) END || app || provider || model || node_type, t.tokens, NULL
    FROM m, LATERAL (VALUES ('dify.tokens.input', input_tokens), ('dify.tokens.output', output_tokens), ('dify.tokens.total', total_tokens)) AS t (name, tokens)
    WHERE event IN (1, 2, 3, 4, 10) AND t.tokens IS NOT NULL
  UNION ALL SELECT 'dify.dataset.retrievals.total', app || jsonb_build_object('dataset_id', metric_label(dataset)), 1, NULL FROM m, unnest(datasets) AS dataset WHERE event = 8
  UNION ALL SELECT 'dify.app.created.total', app || mode, 1, NULL FROM m WHERE event = 11
  UNION ALL SELECT 'dify.app.updated.total', app, 1, NULL FROM m WHERE event = 12
  UNION ALL SELECT 'dify.app.deleted.total', app, 1, NULL FROM m WHERE event = 13
  UNION ALL SELECT 'dify.feedback.total', app || rating, 1, NULL FROM m WHERE event = 14
  UNION ALL SELECT 'dify.workflow.duration', app || status, NULL, duration_us FROM m WHERE event = 1 AND duration_us IS NOT NULL
  UNION ALL SELECT 'dify.node.duration', app || node_type || provider || plugin, NULL, duration_us FROM m WHERE event IN (2, 3) AND duration_us IS NOT NULL
  UNION ALL SELECT 'dify.message.duration', app || provider || model, NULL, duration_us FROM m WHERE event = 4 AND duration_us IS NOT NULL
  UNION ALL SELECT 'dify.tool.duration', app || tool, NULL, duration_us FROM m WHERE event = 5 AND duration_us IS NOT NULL
  UNION ALL SELECT 'dify.prompt_generation.duration', app || operation || provider || model, NULL, duration_us FROM m WHERE event = 10 AND duration_us IS NOT NULL
  UNION ALL SELECT 'dify.message.time_to_first_token', app || provider || model, NULL, first_token_us FROM m WHERE event = 4 AND first_token_us IS NOT NULL;
END;
COMMENT ON FUNCTION measurement_points(folded_measurements) IS 'What one event counts for: the series it belongs to, and an increment or a duration in microseconds.';

-- What came after the cap on series is counted together, per name.
CREATE VIEW named_series AS
SELECT k.name, k.labels, min(k.id) AS id, bool_or(k.labels ? 'otel.metric.overflow') AS overflow FROM series k GROUP BY k.name, k.labels;
COMMENT ON VIEW named_series IS 'Series by name and labels; of several with other histogram bounds the first.';

CREATE FUNCTION recount_metrics() RETURNS TABLE (name text, labels jsonb, value numeric, count bigint, sum numeric)
  LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
  WITH summed AS MATERIALIZED (
    SELECT p.name, p.labels, sum(p.value) AS value, sum(p.us) AS us, nullif(pg_catalog.count(p.us), 0) AS durations
    FROM folded_measurements m, LATERAL measurement_points(m) p GROUP BY p.name, p.labels
  ), counted AS (
    SELECT s.name, coalesce(own.labels, overflow.labels, s.labels) AS labels, s.value, s.durations, s.us * 0.000001 AS sum
    FROM summed s LEFT JOIN named_series own USING (name, labels)
      LEFT JOIN named_series overflow ON overflow.name = s.name AND overflow.overflow
    UNION ALL
    SELECT k.name, k.labels, b.value, b.count, b.sum FROM metric_base b JOIN series k ON k.id = b.series_id
  )
  SELECT c.name, c.labels, sum(c.value), sum(c.durations)::bigint, sum(c.sum) FROM counted c GROUP BY c.name, c.labels;
END;
COMMENT ON FUNCTION recount_metrics() IS
  'Counters and histograms counted anew from the source rows, up to where the fold has come, with what retention and erasure have removed (metric_base).';

CREATE FUNCTION check_metrics() RETURNS TABLE (name text, labels jsonb, what text, expected numeric, actual numeric)
  LANGUAGE sql STABLE SET jit = off
BEGIN ATOMIC
  SELECT name, labels, pair.what, pair.expected, pair.actual
  FROM recount_metrics() r
  FULL JOIN (SELECT m.name, m.labels, sum(m.value) AS value, sum(m.count) AS count, sum(m.sum) AS sum FROM metrics m GROUP BY m.name, m.labels) m
    USING (name, labels),
    LATERAL (VALUES ('value', r.value, m.value), ('count', r.count, m.count), ('sum', r.sum, m.sum)) AS pair (what, expected, actual)
  WHERE pair.expected IS DISTINCT FROM pair.actual;
END;
COMMENT ON FUNCTION check_metrics() IS
  'Compares the metric state with a recount from the source rows, up to where the fold has come; returns the differences, none when sound. Reads every event: minutes on large databases.';
