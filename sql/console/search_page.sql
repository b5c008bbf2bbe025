-- The rows of a page of search_logs, by their keys alone. What most rows contain is among the latest 200, which are looked through; the index would
-- list all of it. Beyond them the index is asked for times that grow, as what it lists must be read.
CREATE FUNCTION search_page(searched text, app_id uuid, others text, words text[], indexed boolean, start timestamptz, until timestamptz, after text, page_size int)
  RETURNS TABLE (id uuid, created_at timestamptz, kind text, cursor text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  by_time jsonb := '{"created_at": ["r.created_at", "timestamptz"]}';
  ordered record := dify_observe.page_order('-created_at', by_time, after, page_size, true);
  of_app text := 'r.app_id = ' || quote_literal(app_id);
  last timestamptz := least(until, ordered.reached + interval '1 microsecond');
  -- Where the latest 200 rows begin; null where there are no more.
  edge timestamptz;
  width interval;
  part record;
  missing bigint := page_size;
  added bigint;
BEGIN
  IF indexed THEN
    SELECT CASE WHEN count(*) = 200 THEN min(p.created_at) END INTO edge
    FROM dify_observe.page_of(searched, concat_ws(' AND ', of_app, others), start, last, '-created_at', by_time, NULL, 200) p;
    width := greatest(4 * (least(last, now()) - edge), interval '1 minute');
  END IF;
  FOR part IN
    SELECT w.lower, w.upper, false AS by_index, 'r.created_at >= %L AND r.created_at < %L AND ' || of_app AS place
    FROM dify_observe.page_windows(true, 'DESC', coalesce(edge, start), last, NULL) w
    UNION ALL
    -- IS TRUE, so that no other index can be chosen, by statistics that are late: it would compute the terms of every row. Days leave partitions out.
    SELECT w.lower, w.upper, true, format('r.created_at >= %L AND r.created_at < %L', date_trunc('day', w.lower, 'UTC'), date_trunc('day', w.upper, 'UTC') + interval '1 day')
      || ' AND (r.created_at >= %L AND r.created_at < %L AND ' || of_app || ') IS TRUE'
    FROM dify_observe.page_windows(true, 'DESC', start, edge, NULL, width) w WHERE edge IS NOT NULL
  LOOP
    RETURN QUERY EXECUTE format('SELECT r.id, r.created_at, r.kind, %s FROM %s r WHERE %s ORDER BY r.created_at DESC, r.id DESC, r.kind COLLATE "C" DESC LIMIT %s', ordered.cursor, searched,
      concat_ws(' AND ', format(part.place, part.lower, part.upper), others, ordered.beyond, dify_observe.search_condition(words, part.by_index)), missing);
    GET DIAGNOSTICS added = ROW_COUNT;
    missing := missing - added;
    EXIT WHEN missing = 0;
  END LOOP;
END $$;
