-- What rollup_members becomes when its quarter hour is an hour ago: a row per quarter hour, not per member. So distinct members of 30 days are counted from
-- thousands of rows, not a million, and a tenth of the space is taken. Whatever is written to rollup_members later is added when that is packed.

CREATE TABLE rollup_packs (
  dimension integer,
  what text,
  quarter timestamptz,
  count bigint NOT NULL,
  unpriced boolean NOT NULL,
  members bytea NOT NULL,
  PRIMARY KEY (dimension, what, quarter, unpriced)
);
-- Hashes do not compress.
ALTER TABLE rollup_packs ALTER COLUMN members SET STORAGE EXTERNAL;
COMMENT ON TABLE rollup_packs IS 'Rows of rollup_members, packed. Whether one is here or there makes no difference to statistics.';
COMMENT ON COLUMN rollup_packs.dimension IS 'The first of those that differ in status, invoke_from, node_type and workflow_version alone, by which no member is told apart.';
COMMENT ON COLUMN rollup_packs.count IS 'Of all its members.';
COMMENT ON COLUMN rollup_packs.unpriced IS 'Whether each of its rows had tokens that no price was given for, so that what it counts belongs to the currency of the price list.';
COMMENT ON COLUMN rollup_packs.members IS 'See unpacked_members().';

-- Not before the fold has taken over rollups that came with a dump: the rest of it may be coming in, packs among it.
CREATE FUNCTION packed_until() RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT date_bin('15 minutes', now() - interval '1 hour', '1970-01-01 00:00+00') FROM rollup_position p JOIN installation i ON i.since = p.since;
END;
COMMENT ON FUNCTION packed_until() IS 'Members of quarter hours before this one are packed: few will come still. Null while nothing is.';

CREATE FUNCTION pack_rollups(most int DEFAULT 100000) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = on SET enable_hashjoin = on AS $$
DECLARE
  until timestamptz := dify_observe.packed_until();
  taken bigint;
BEGIN
  -- An erasure looks into both tables.
  LOCK TABLE dify_observe.rollup_packs IN SHARE ROW EXCLUSIVE MODE;
  WITH taken AS (
    DELETE FROM dify_observe.rollup_members m
    WHERE m.ctid = ANY (ARRAY(SELECT r.ctid FROM dify_observe.rollup_members r WHERE r.quarter < until LIMIT most))
    RETURNING m.*
  ), concerned AS (
    SELECT DISTINCT d.app_id, d.kind FROM dify_observe.rollup_dimensions d WHERE d.id IN (SELECT t.dimension FROM taken t)
  ), alike AS (
    SELECT d.id, min(d.id) OVER (PARTITION BY d.kind, d.tenant_id, d.app_id, d.debug, d.compat, d.part_of_run, d.failed, d.model_provider, d.model_name, d.currency) AS first
    FROM concerned c JOIN dify_observe.rollup_dimensions d ON d.kind = c.kind AND (d.app_id = c.app_id OR d.app_id IS NULL AND c.app_id IS NULL)
  ), packed AS (
    INSERT INTO dify_observe.rollup_packs AS r (dimension, what, quarter, count, unpriced, members)
    SELECT a.first, t.what, t.quarter, sum(t.count), t.unpriced,
      -- Of conversations nobody asks more than how many there are.
      dify_observe.pack_members(t.member, CASE WHEN t.what = 'conversation' THEN ARRAY[t.count] ELSE ARRAY[t.count, t.input_tokens, t.output_tokens, t.total_tokens,
        t.unpriced_input_tokens, t.unpriced_output_tokens] END, CASE WHEN t.what = 'conversation' THEN 0 ELSE t.price END)
    FROM (SELECT t.*, t.what <> 'conversation' AND t.unpriced_input_tokens + t.unpriced_output_tokens > 0 AS unpriced FROM taken t) t
      JOIN alike a ON a.id = t.dimension GROUP BY a.first, t.what, t.quarter, t.unpriced
    ON CONFLICT (dimension, what, quarter, unpriced) DO UPDATE SET count = r.count + excluded.count,
      members = (SELECT dify_observe.merge_members(p.members) FROM (VALUES (r.members), (excluded.members)) AS p (members))
  )
  SELECT count(*) INTO taken FROM taken;
  RETURN taken;
END $$;
COMMENT ON FUNCTION pack_rollups(int) IS 'Moves members of quarter hours that are an hour ago into packs, at most so many; how many they were. Called by the worker and run_maintenance().';
