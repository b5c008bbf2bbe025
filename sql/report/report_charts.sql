CREATE FUNCTION report_charts(app_id uuid, start timestamptz, until timestamptz, time_zone text, bucket text, include_debug boolean) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT string_agg(html_chart(c.title, c.unit, c.points, report_charts.time_zone), '' ORDER BY c.place) FROM (
    SELECT 1 AS place, 'Messages and runs' AS title, '' AS unit, (SELECT jsonb_agg(jsonb_build_object('at', s.starts_at, 'series', s.series, 'value', s.value)) FROM (
        SELECT m.starts_at, 'messages' AS series, m.message_count AS value FROM stats_daily_messages(app_id, start, until, time_zone, bucket, include_debug, fill => true) m
        UNION ALL
        SELECT r.starts_at, 'runs', r.runs FROM stats_workflow_runs(app_id, start, until, time_zone, bucket, include_debug, fill => true) r) s) AS points
    UNION ALL
    SELECT 2, 'Conversations and users', '', (SELECT jsonb_agg(jsonb_build_object('at', s.starts_at, 'series', s.series, 'value', s.value)) FROM (
        SELECT c.starts_at, 'conversations' AS series, c.conversation_count AS value FROM stats_daily_conversations(app_id, start, until, time_zone, bucket, include_debug, fill => true) c
        UNION ALL
        SELECT u.starts_at, 'end users', u.end_user_count FROM stats_daily_end_users(app_id, start, until, time_zone, bucket, include_debug, fill => true) u) s)
    UNION ALL
    SELECT 3, 'Tokens', '', (SELECT jsonb_agg(jsonb_build_object('at', s.starts_at, 'series', s.series, 'value', s.value)) FROM (
        SELECT m.starts_at, 'of messages' AS series, sum(m.token_count) AS value FROM stats_token_costs(app_id, start, until, time_zone, bucket, include_debug, fill => true) m GROUP BY 1
        UNION ALL
        SELECT r.starts_at, 'of runs', sum(r.token_count) FROM stats_workflow_token_costs(app_id, start, until, time_zone, bucket, include_debug, fill => true) r GROUP BY 1) s)
    UNION ALL
    SELECT 4, 'Cost', '', (SELECT jsonb_agg(jsonb_build_object('at', s.starts_at, 'series', s.series, 'value', s.value)) FROM (
        SELECT m.starts_at, 'messages, ' || m.currency AS series, m.total_price AS value FROM stats_token_costs(app_id, start, until, time_zone, bucket, include_debug) m WHERE m.currency <> ''
        UNION ALL
        SELECT r.starts_at, 'runs, ' || r.currency, r.total_price FROM stats_workflow_token_costs(app_id, start, until, time_zone, bucket, include_debug) r WHERE r.currency <> '') s)
    UNION ALL
    SELECT CASE l.kind WHEN 'message' THEN 5 ELSE 6 END, CASE l.kind WHEN 'message' THEN 'Response time of messages' ELSE 'Duration of runs' END, 's',
      jsonb_agg(jsonb_build_object('at', l.starts_at, 'series', p.name, 'value', p.value))
    FROM stats_latency(app_id, start, until, time_zone, bucket, include_debug) l, LATERAL (VALUES ('p50', l.p50), ('p95', l.p95), ('p99', l.p99)) p (name, value)
    WHERE l.kind IN ('message', 'run') GROUP BY l.kind
    UNION ALL
    SELECT 7, 'Failed', '%', (SELECT jsonb_agg(jsonb_build_object('at', e.starts_at, 'series', e.kind || 's', 'value', 100 * e.rate))
                              FROM stats_errors(app_id, start, until, time_zone, bucket, include_debug) e WHERE e.kind IN ('message', 'run', 'node'))
    UNION ALL
    SELECT 8, 'Satisfaction', '% liked of rated', (SELECT jsonb_agg(jsonb_build_object('at', u.starts_at, 'series', 'liked', 'value', 100 * u.rate))
                                                  FROM stats_user_satisfaction_rate(app_id, start, until, time_zone, bucket, include_debug) u)) c;
END;
COMMENT ON FUNCTION report_charts IS 'The charts of report_html().';
