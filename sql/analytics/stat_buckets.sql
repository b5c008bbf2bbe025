-- A wall-clock time as the first moment at which clocks of the zone show it or more: where they are set back over it, it comes twice.
CREATE FUNCTION first_moment(at timestamp, time_zone text) RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT min(moment) FROM (VALUES ('2 hours'::interval), ('1 hour'), ('30 minutes'), ('0')) AS v (earlier),
    LATERAL (SELECT (at AT TIME ZONE time_zone) - earlier) AS m (moment)
  WHERE (moment AT TIME ZONE time_zone) >= at;
END;
COMMENT ON FUNCTION first_moment(timestamp, text) IS 'The first moment at which clocks of the time zone show this time or a later one.';

CREATE FUNCTION bucket_step(bucket text) RETURNS interval
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  allowed constant text := 'hour, day, week, month, quarter, year, all, or an interval of whole months, or of days and quarter hours';
  step interval;
  seconds numeric;
BEGIN
  step := CASE bucket WHEN 'hour' THEN '1 hour' WHEN 'day' THEN '1 day' WHEN 'week' THEN '7 days' WHEN 'month' THEN '1 month' WHEN 'quarter' THEN '3 months'
    WHEN 'year' THEN '1 year' WHEN 'all' THEN '1000 years' ELSE bucket END::interval;
  seconds := extract(epoch FROM step);
  IF step IS NULL OR step <= '0'::interval OR extract(year FROM step) * 12 + extract(month FROM step) > 0
      AND step <> make_interval(months => (extract(year FROM step) * 12 + extract(month FROM step))::int)
    OR seconds % 900 <> 0 THEN
    PERFORM dify_observe.refuse_value('bucket', bucket, allowed);
  END IF;
  RETURN step;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
  PERFORM dify_observe.refuse_value('bucket', bucket, allowed);
END $$;
COMMENT ON FUNCTION bucket_step(text) IS 'How long a bucket of this name is. 22023 for one that is none.';

CREATE FUNCTION rollup_extent(app_id uuid, tenant_id uuid) RETURNS TABLE (first_quarter timestamptz, last_quarter timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT min(quarter), max(quarter) FROM (
    SELECT q.quarter FROM rollup_dimensions d,
      LATERAL ((SELECT u.quarter FROM rollup_usage u WHERE u.dimension = d.id ORDER BY u.quarter LIMIT 1)
               UNION ALL (SELECT u.quarter FROM rollup_usage u WHERE u.dimension = d.id ORDER BY u.quarter DESC LIMIT 1)) q
    WHERE (rollup_extent.app_id IS NULL OR d.app_id = rollup_extent.app_id) AND (rollup_extent.tenant_id IS NULL OR d.tenant_id = rollup_extent.tenant_id)
    UNION ALL SELECT p.quarter FROM unfolded_points(rollup_extent.app_id, rollup_extent.tenant_id) p) known;
END;
COMMENT ON FUNCTION rollup_extent(uuid, uuid) IS 'The first and last quarter hour of an app, or of all (null).';

-- The arguments of a statistic as buckets: bucket is the wall clock at its beginning, starts_at that moment, and [since, before) what of it is asked for.
CREATE FUNCTION stat_buckets(app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, size text)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, since timestamptz, before timestamptz)
  LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET IntervalStyle = 'postgres' AS $$
#variable_conflict use_column
DECLARE
  step interval := dify_observe.bucket_step(coalesce(stat_buckets.size, 'day'));
  months int := extract(year FROM step) * 12 + extract(month FROM step);
  zone text := coalesce(stat_buckets.time_zone, 'UTC');
  quarter constant interval := '15 minutes';
  epoch constant timestamptz := '1970-01-01 00:00+00';
  lower timestamptz;
  upper timestamptz;
  at timestamp;
BEGIN
  IF stat_buckets.start >= stat_buckets.until THEN
    PERFORM dify_observe.refuse_value('the time from start to until', format('%s to %s', stat_buckets.start, stat_buckets.until), 'a start before until');
  END IF;
  lower := nullif(stat_buckets.start, '-infinity');
  upper := nullif(stat_buckets.until, 'infinity');
  IF lower IS NULL OR upper IS NULL THEN
    SELECT coalesce(lower, e.first_quarter), coalesce(upper, e.last_quarter + quarter) INTO lower, upper
    FROM dify_observe.rollup_extent(stat_buckets.app_id, stat_buckets.tenant_id) e;
  END IF;
  lower := date_bin(quarter, lower, epoch);
  upper := date_bin(quarter, upper - interval '1 microsecond', epoch) + quarter;
  IF extract(epoch FROM upper - lower) / 100000 > extract(epoch FROM step) THEN
    PERFORM dify_observe.refuse_value('bucket', stat_buckets.size, format('at most 100000 buckets from %s to %s: give start and until, or a longer bucket', lower, upper));
  END IF;
  IF lower >= upper OR lower IS NULL OR upper IS NULL THEN
    RETURN;
  END IF;
  IF step <= interval '1 hour' THEN
    -- By the clock that shows each quarter hour: an hour that comes twice is two.
    RETURN QUERY
      SELECT min(q.at - q.past) AT TIME ZONE zone, q.at - q.past, min(q.at), max(q.at) + quarter
      FROM (SELECT g.at, (g.at AT TIME ZONE zone) - date_bin(step, g.at AT TIME ZONE zone, '2001-01-01') AS past
            FROM generate_series(lower, upper - quarter, quarter) AS g (at)) q
      GROUP BY q.at - q.past ORDER BY 2;
    RETURN;
  END IF;
  IF stat_buckets.size = 'all' THEN
    RETURN QUERY SELECT lower AT TIME ZONE zone, lower, lower, upper;
    RETURN;
  END IF;
  at := lower AT TIME ZONE zone;
  IF months > 0 THEN
    at := make_timestamp(1, 1, 1, 0, 0, 0) + make_interval(months => ((extract(year FROM at)::int - 1) * 12 + extract(month FROM at)::int - 1) / months * months);
  ELSE
    at := date_bin(step, at, '2001-01-01');
  END IF;
  -- Of a day that clocks enter twice, the rest.
  WHILE dify_observe.first_moment(at, zone) < upper LOOP
    bucket := at;
    starts_at := dify_observe.first_moment(at, zone);
    since := greatest(starts_at, lower);
    at := at + step;
    before := least(dify_observe.first_moment(at, zone), upper);
    IF since < before THEN
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION stat_buckets(uuid, uuid, timestamptz, timestamptz, text, text) IS
  'The buckets of a statistic from start to until, widened to full quarter hours; without them, from the app''s first to its last. Weeks begin on Monday; intervals of days and hours are counted from Monday 2001-01-01 00:00 by the clocks of the time zone.';
