-- Events go when nobody needs them any more. What they have counted is added to the base in the same transaction, with the fold kept out.

CREATE FUNCTION move_counts(ids bigint[], direction integer, recorded_from timestamptz, recorded_to timestamptz) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  about record;
BEGIN
  SELECT min(e.recorded_at) AS recorded_from, max(e.recorded_at) AS recorded_to, min(e.source_at) AS source_from, max(e.source_at) AS source_to,
         array_agg(DISTINCT e.event) AS kinds INTO about
  FROM dify_observe.events e WHERE e.id = ANY (ids) AND e.recorded_at >= recorded_from AND e.recorded_at <= recorded_to;
  -- Literals leave the planner a few partitions of one table, instead of all of all.
  EXECUTE format($statement$
    WITH points AS (
      SELECT (m.recorded_at AT TIME ZONE 'UTC')::date AS day, p.name, p.labels, sum(p.value) AS value, sum(p.us) AS us, nullif(count(p.us), 0) AS durations
      FROM dify_observe.folded_measurements m, LATERAL dify_observe.measurement_points(m) p
      WHERE m.id = ANY ($1) AND m.recorded_at >= %L AND m.recorded_at <= %L AND m.event = ANY (%L::smallint[]) %s GROUP BY 1, 2, 3
    ), counted AS MATERIALIZED (
      -- None where the row was changed after it was counted, which check_metrics() has shown and will go on showing.
      SELECT p.day, coalesce(own.id, overflow.id) AS series_id, $2 * sum(p.value) AS value, $2 * sum(p.durations)::bigint AS count, $2 * sum(p.us) * 0.000001 AS sum
      FROM points p LEFT JOIN dify_observe.named_series own USING (name, labels)
        LEFT JOIN dify_observe.named_series overflow ON overflow.name = p.name AND overflow.overflow
      WHERE coalesce(own.id, overflow.id) IS NOT NULL GROUP BY 1, 2
    ), of_the_day AS (
      INSERT INTO dify_observe.metric_days AS d (day, series_id, value, count, sum)
      SELECT c.day, c.series_id, -c.value, -c.count, -c.sum FROM counted c
      ON CONFLICT (day, series_id) DO UPDATE SET value = d.value + excluded.value, count = d.count + excluded.count, sum = d.sum + excluded.sum
    )
    INSERT INTO dify_observe.metric_base AS b (series_id, value, count, sum)
    SELECT c.series_id, sum(c.value), sum(c.count), sum(c.sum) FROM counted c GROUP BY c.series_id
    ON CONFLICT (series_id) DO UPDATE SET value = b.value + excluded.value, count = b.count + excluded.count, sum = b.sum + excluded.sum
    $statement$, about.recorded_from, about.recorded_to, about.kinds,
    CASE WHEN 11 > ALL (about.kinds) THEN format('AND m.source_at >= %L AND m.source_at <= %L', about.source_from, about.source_to) END)
  USING ids, direction;
END $$;
COMMENT ON FUNCTION move_counts(bigint[], integer, timestamptz, timestamptz) IS 'Moves what these events, recorded in this time, have counted from their days to metric_base (direction 1), or back (-1). With the fold kept out.';

CREATE FUNCTION retire_events(ids bigint[], recorded_from timestamptz DEFAULT '-infinity', recorded_to timestamptz DEFAULT 'infinity') RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  removed bigint;
BEGIN
  IF ids IS NULL OR ids = '{}' THEN
    RETURN 0;
  END IF;
  PERFORM FROM dify_observe.export_progress p WHERE p.destination = 'fold' FOR UPDATE;
  PERFORM dify_observe.move_counts(ids, 1, recorded_from, recorded_to);
  DELETE FROM dify_observe.events e WHERE e.id = ANY (ids) AND e.recorded_at >= recorded_from AND e.recorded_at <= recorded_to;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
COMMENT ON FUNCTION retire_events(bigint[], timestamptz, timestamptz) IS 'Deletes these events, recorded in this time, and keeps what they have counted in metric_base. Returns how many.';

-- The same for all events recorded on the days of a partition that is then emptied: without reading them, but for the few that stay.
CREATE FUNCTION retire_days(lower timestamptz, upper timestamptz, staying bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  PERFORM FROM dify_observe.export_progress p WHERE p.destination = 'fold' FOR UPDATE;
  WITH gone AS (
    DELETE FROM dify_observe.metric_days d
    WHERE d.day >= (lower AT TIME ZONE 'UTC')::date AND d.day < (upper AT TIME ZONE 'UTC')::date
    RETURNING d.series_id, d.value, d.count, d.sum
  )
  INSERT INTO dify_observe.metric_base AS b (series_id, value, count, sum)
  SELECT g.series_id, sum(g.value), sum(g.count), sum(g.sum) FROM gone g GROUP BY g.series_id
  ON CONFLICT (series_id) DO UPDATE SET value = b.value + excluded.value, count = b.count + excluded.count, sum = b.sum + excluded.sum;
  IF staying <> '{}' THEN
    PERFORM dify_observe.move_counts(staying, -1, lower, upper);
  END IF;
END $$;
COMMENT ON FUNCTION retire_days(timestamptz, timestamptz, bigint[]) IS 'Moves what the events of these days have counted into metric_base, those that stay aside.';

CREATE FUNCTION events_of(source_ids uuid[], kinds smallint[], allowed bigint, since timestamptz, until timestamptz,
                          OUT ids bigint[], OUT sources bigint, OUT waiting uuid[], OUT recorded_from timestamptz, OUT recorded_to timestamptz)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT array_agg(e.id), count(DISTINCT e.source_id), array_agg(e.source_id) FILTER (WHERE e.id > allowed), min(e.recorded_at), max(e.recorded_at)
  INTO ids, sources, waiting, recorded_from, recorded_to
  FROM dify_observe.events e WHERE e.source_id = ANY (source_ids) AND e.event = ANY (kinds) AND e.recorded_at >= since AND e.recorded_at < until;
END $$;
COMMENT ON FUNCTION events_of(uuid[], smallint[], bigint, timestamptz, timestamptz) IS
  'The events of these rows that were recorded in this time, of how many rows they are, and of which some event may not go yet.';

-- Rows of one table with their events; those whose events are not all allowed to go stay.
CREATE FUNCTION remove_rows(root text, ids uuid[], allowed bigint, earliest timestamptz DEFAULT '-infinity', latest timestamptz DEFAULT 'infinity') RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  kinds smallint[] := coalesce((SELECT l.events FROM dify_observe.log_tables() l WHERE l.root = root), CASE root WHEN 'feedbacks' THEN '{14}'::smallint[] END);
  told record;
  removed bigint;
BEGIN
  IF ids IS NULL OR ids = '{}' THEN
    RETURN 0;
  END IF;
  IF root = 'feedbacks' THEN
    -- What is told of them meanwhile waits; what was told before is seen.
    PERFORM FROM dify_observe.feedbacks f WHERE f.id = ANY (ids) FOR UPDATE;
  END IF;
  told := dify_observe.events_of(ids, kinds, allowed, earliest, latest + interval '1 day');
  IF told.sources < cardinality(ids) AND isfinite(latest) THEN
    -- Some took more than a day, or were imported later.
    told := dify_observe.events_of(ids, kinds, allowed, '-infinity', 'infinity');
  END IF;
  IF told.waiting IS NOT NULL THEN
    ids := ARRAY(SELECT id FROM unnest(ids) AS id EXCEPT SELECT unnest(told.waiting));
    told := dify_observe.events_of(ids, kinds, allowed, '-infinity', 'infinity');
  END IF;
  PERFORM dify_observe.retire_events(told.ids, told.recorded_from, told.recorded_to);
  EXECUTE format('DELETE FROM dify_observe.%I t WHERE t.id = ANY ($1) AND t.created_at >= $2 AND t.created_at <= $3', root) USING ids, earliest, latest;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
COMMENT ON FUNCTION remove_rows(text, uuid[], bigint, timestamptz, timestamptz) IS
  'Deletes rows of a source table, which were created in this time, with their events, but those with an event above the id that is allowed to go. Returns how many.';
