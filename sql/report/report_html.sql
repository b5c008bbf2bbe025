CREATE FUNCTION report_html(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  include_debug boolean DEFAULT false) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  last timestamptz := coalesce(until, now());
  first timestamptz := coalesce(start, last - interval '30 days');
  bucket text := CASE WHEN last - first <= interval '3 days' THEN 'hour' WHEN last - first <= interval '100 days' THEN 'day' ELSE 'week' END;
  -- Words of comments are content.
  pattern text := CASE WHEN has_column_privilege('dify_observe.feedbacks', 'content', 'SELECT') THEN 'word' ELSE 'model' END;
  app record;
  tiles text;
BEGIN
  PERFORM dify_observe.check_range(app_id, first, last);
  time_zone := coalesce(time_zone, 'UTC');
  SELECT a.name, a.mode INTO app FROM dify_observe.apps a WHERE a.app_id = app_id;
  SELECT string_agg(format('<div><b>%s</b>%s</div>', dify_observe.html_text(t.value), dify_observe.html_text(t.name)), E'\n' ORDER BY t.place) INTO tiles FROM (
    SELECT CASE e.kind WHEN 'message' THEN 1 ELSE 2 END AS place, dify_observe.html_number(e.count) AS value,
      format('%ss, %s failed', e.kind, dify_observe.html_number(e.failed)) AS name
    FROM dify_observe.stats_errors(app_id, first, last, time_zone, 'all', include_debug) e WHERE e.kind IN ('message', 'run')
    UNION ALL
    SELECT CASE l.kind WHEN 'message' THEN 3 ELSE 4 END, dify_observe.html_number(l.p95) || ' s', '95 % of ' || l.kind || 's took at most'
    FROM dify_observe.stats_latency(app_id, first, last, time_zone, 'all', include_debug) l WHERE l.kind IN ('message', 'run') AND l.p95 IS NOT NULL
    UNION ALL
    SELECT 5, dify_observe.html_number(m.total_price::float8) || ' ' || m.currency, 'cost of messages'
    FROM dify_observe.stats_token_costs(app_id, first, last, time_zone, 'all', include_debug) m WHERE m.currency <> ''
    UNION ALL
    SELECT 6, dify_observe.html_number(r.total_price::float8) || ' ' || r.currency, 'cost of runs'
    FROM dify_observe.stats_workflow_token_costs(app_id, first, last, time_zone, 'all', include_debug) r WHERE r.currency <> ''
    UNION ALL
    SELECT 7, dify_observe.html_number((100 * u.rate)::float8) || ' %', format('liked of %s rated', u.rated)
    FROM dify_observe.stats_user_satisfaction_rate(app_id, first, last, time_zone, 'all', include_debug) u WHERE u.rate IS NOT NULL) t;
  RETURN concat(E'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''"><meta name="viewport" content="width=device-width,initial-scale=1">',
    '<title>', dify_observe.html_text(coalesce(app.name, app_id::text)), E': report</title>\n<style>', dify_observe.html_style(), E'</style></head><body>\n<header><h1>',
    dify_observe.html_text(coalesce(app.name, 'App')), '</h1><p>', app_id, ' ', dify_observe.html_text(app.mode), '</p><p>',
    to_char(first AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), ' to ', to_char(last AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), ' ', dify_observe.html_text(time_zone),
    ', by ', bucket, ', made ', to_char(now() AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), E'</p></header>\n<div class="tiles">', tiles, E'</div>\n<section class="charts">',
    dify_observe.report_charts(app_id, first, last, time_zone, bucket, include_debug), E'</section>\n<h2>By model</h2>',
    dify_observe.html_table('{Model,Of,Currency,Calls,Failed,Tokens,Price}', (
      SELECT string_agg(dify_observe.html_row(b.key, b.kind || CASE WHEN b.part_of_run THEN 's of runs' ELSE 's' END, b.currency, b.count::text, b.failed::text,
                        dify_observe.html_number(b.total_tokens::float8), dify_observe.html_number(b.total_price::float8)), '' ORDER BY b.total_price DESC, b.total_tokens DESC, b.key)
      FROM dify_observe.stats_usage_breakdown(app_id, first, last, time_zone, 'all', 'model', include_debug) b WHERE b.key <> '')),
    E'\n<h2>Slowest runs</h2>', dify_observe.html_runs((SELECT array_agg(r) FROM dify_observe.run_list(app_id, first, last, sort => '-elapsed_time', page_size => 10, include_debug => include_debug) r), time_zone),
    E'\n<h2>Failed runs</h2>', dify_observe.html_runs((SELECT array_agg(r) FROM dify_observe.run_list(app_id, first, last, status => 'failed', page_size => 10, include_debug => include_debug) r), time_zone),
    E'\n<h2>Complaints, of the latest 10,000 ratings</h2>', dify_observe.html_table(ARRAY[initcap(pattern), 'Dislikes', 'Likes'], (
      SELECT string_agg(dify_observe.html_row(p.pattern, p.dislikes::text, p.likes::text), '' ORDER BY p.dislikes DESC, p.likes, p.pattern)
      -- Words of more comments than that take seconds.
      FROM dify_observe.feedback_patterns(app_id, greatest(first, (SELECT f.created_at FROM dify_observe.feedbacks f WHERE f.app_id = app_id AND f.created_at < last
                                                                   ORDER BY f.created_at DESC OFFSET 10000 LIMIT 1)), last, pattern, 15, include_debug) p)),
    E'\n<h2>Latest feedback</h2>', dify_observe.html_table('{Time,Rating,From,Comment,Question,Answer,Model}', (
      SELECT string_agg(dify_observe.html_row(to_char(f.created_at AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), f.rating, f.from_source, f.content, f.query_summary, f.answer_summary, f.model_name),
                        '' ORDER BY f.created_at DESC, f.id DESC)
      FROM dify_observe.feedback_list(app_id, first, last, page_size => 20, include_debug => include_debug) f)),
    E'\n</body></html>\n');
END $$;
COMMENT ON FUNCTION report_html(uuid, timestamptz, timestamptz, text, boolean) IS
  'An app''s last 30 days, or the time from start up to until, as one HTML page without scripts and outside resources: charts, cost by model, the slowest and the failed runs to be opened, complaints and feedback. psql -AtX -c "SELECT dify_observe.report_html(...)" > report.html. Errors: 22004, 22023.';
