-- A partition of which rows stay, as those of a tenant that keeps for ever, is not read again for nothing.

CREATE TABLE retention_surveys (
  leaf text PRIMARY KEY,
  surveyed_at timestamptz NOT NULL,
  policies text NOT NULL,
  changes bigint NOT NULL
);
COMMENT ON TABLE retention_surveys IS
  'Partitions of which some rows stay. They are looked at again when policies or holds change, and otherwise after a day, where since then something in them may have expired or been written, or after thirty.';
COMMENT ON COLUMN retention_surveys.surveyed_at IS 'When the run began that looked at them.';
COMMENT ON COLUMN retention_surveys.policies IS 'What retention_rules() said when it began to.';
COMMENT ON COLUMN retention_surveys.changes IS 'What changes_of() said before; -1 where rows were deleted, of which some may have waited for something: so the next day looks again.';

CREATE FUNCTION changes_of(leaf text) RETURNS bigint
  LANGUAGE sql STABLE
RETURN (SELECT pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
        FROM pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relname = changes_of.leaf);
COMMENT ON FUNCTION changes_of(text) IS 'How many rows were ever written into a partition, by the statistics of Postgres: another number than before means that something was, or that the server has crashed.';

CREATE FUNCTION nothing_new(leaf text, lower timestamptz, upper timestamptz, at timestamptz, rules text, keeps interval[]) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (
    SELECT FROM retention_surveys s
    WHERE s.leaf = nothing_new.leaf AND s.policies = nothing_new.rules
      AND (s.surveyed_at > nothing_new.at - interval '1 day'
           OR s.surveyed_at > nothing_new.at - interval '30 days' AND s.changes = changes_of(s.leaf) AND current_setting('track_counts')::boolean
             AND NOT EXISTS (SELECT FROM unnest(keeps) keep
                             WHERE nothing_new.at - keep > nothing_new.lower AND s.surveyed_at - keep - interval '1 day' < nothing_new.upper)));
END;
COMMENT ON FUNCTION nothing_new(text, timestamptz, timestamptz, timestamptz, text, interval[]) IS
  'Whether a partition of this time was looked at, and nothing in it has expired since: none of the limits, from a day behind what is kept, has moved across it, and nothing was written.';

CREATE FUNCTION leave(w retention_work) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
  -- As of the beginning: the first rows were looked at then, and by the rules of then.
  INSERT INTO dify_observe.retention_surveys AS s (leaf, surveyed_at, policies, changes)
  SELECT w.item, r.started_at, w.rules, w.changes FROM dify_observe.retention_runs r WHERE r.finished_at IS NULL
  ON CONFLICT (leaf) DO UPDATE SET policies = excluded.policies, surveyed_at = excluded.surveyed_at, changes = excluded.changes;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION leave(retention_work) IS 'Ends the work on a partition of which rows stay.';
