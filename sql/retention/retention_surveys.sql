-- A partition of which rows stay, as those of a tenant that keeps for ever, is not read again for nothing.

CREATE TABLE retention_surveys (
  leaf text PRIMARY KEY,
  surveyed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  policies text NOT NULL,
  changes bigint NOT NULL
);
COMMENT ON TABLE retention_surveys IS
  'Partitions of which some rows stay. They are looked at again when policies or holds change, and otherwise after a day, where since then something in them may have expired or been written, or after thirty.';
COMMENT ON COLUMN retention_surveys.policies IS 'What retention_rules() said.';
COMMENT ON COLUMN retention_surveys.changes IS 'What changes_of() said before the partition was looked at.';

CREATE FUNCTION changes_of(leaf text) RETURNS bigint
  LANGUAGE sql STABLE
RETURN (SELECT pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
        FROM pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relname = changes_of.leaf);
COMMENT ON FUNCTION changes_of(text) IS 'How many rows were ever written into a partition, by the statistics of Postgres: another number than before means that something was, or that the server has crashed.';

CREATE FUNCTION nothing_new(leaf text, lower timestamptz, upper timestamptz, rules text, limits tstzrange[]) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (
    SELECT FROM retention_surveys s
    WHERE s.leaf = nothing_new.leaf AND s.policies = nothing_new.rules
      AND (s.surveyed_at > clock_timestamp() - interval '1 day'
           OR s.surveyed_at > clock_timestamp() - interval '30 days' AND s.changes = changes_of(s.leaf)
             AND NOT EXISTS (SELECT FROM unnest(limits) l WHERE upper(l) > nothing_new.lower AND lower(l) - (clock_timestamp() - s.surveyed_at) < nothing_new.upper)));
END;
COMMENT ON FUNCTION nothing_new(text, timestamptz, timestamptz, text, tstzrange[]) IS
  'Whether a partition of this time was looked at, and nothing in it has expired since: none of the limits, from overdue to cutoff of retention_cutoffs(), has moved across it, and nothing was written.';

CREATE FUNCTION leave(w retention_work) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
  INSERT INTO dify_observe.retention_surveys AS s (leaf, policies, changes) VALUES (w.item, dify_observe.retention_rules(), w.changes)
  ON CONFLICT (leaf) DO UPDATE SET policies = excluded.policies, surveyed_at = excluded.surveyed_at, changes = excluded.changes;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION leave(retention_work) IS 'Ends the work on a partition of which rows stay.';
