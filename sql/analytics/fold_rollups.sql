-- Read apart, row by row; what is done with them is not: of a partition without statistics few are expected, and thousands would be joined one by one.
CREATE FUNCTION points_between(from_id bigint, to_id bigint, of_xid xid8, without xid8[], since timestamptz, before timestamptz) RETURNS SETOF rollup_points
  LANGUAGE plpgsql STABLE ROWS 20000 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_nestloop = on AS $$
BEGIN
  RETURN QUERY SELECT p.* FROM dify_observe.rollup_points p
    WHERE p.id > from_id AND p.id <= to_id AND (of_xid IS NULL OR p.xid = of_xid) AND p.xid <> ALL (without)
      AND p.recorded_at >= since AND p.recorded_at < before;
END $$;
COMMENT ON FUNCTION points_between(bigint, bigint, xid8, xid8[], timestamptz, timestamptz) IS 'What these events add to the rollups.';

-- Events with ids in (from_id, to_id], of one transaction or of all but some, recorded in [since, before): read once, added to all rollups. Fresh plans, as
-- one that was made for another part of the ids would not fit.
CREATE FUNCTION add_to_rollups(from_id bigint, to_id bigint, of_xid xid8, without xid8[], since timestamptz, before timestamptz) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
DECLARE
  counted bigint;
BEGIN
  WITH points AS MATERIALIZED (
    SELECT p.source_id, p.kind, p.tenant_id, p.app_id, p.quarter, p.labels, p.input_tokens, p.output_tokens, p.total_price, p.duration_us,
      p.first_token_us, p.actor, p.actor_id, p.conversation_id, p.total_tokens
    FROM dify_observe.points_between(from_id, to_id, of_xid, without, since, before) p
  ), given AS (
    SELECT c.labels, d.id AS known FROM (SELECT DISTINCT p.labels FROM points p) c LEFT JOIN dify_observe.rollup_dimensions d ON d.labels = c.labels
  ), apps AS MATERIALIZED (
    -- Whether there is room for more: asked once for all that is new of an app, which may be thousands.
    SELECT g.kind, g.app, g.currency,
      -- Not IS NOT DISTINCT FROM, for which there is no index.
      CASE g.app
        WHEN '' THEN (SELECT count(*) FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id IS NULL)
        ELSE (SELECT count(*) FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id = g.app::uuid) END >= 1000 AS crowded,
      EXISTS (SELECT FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind
              AND o.app_id IS NOT DISTINCT FROM nullif(g.app, '')::uuid AND o.currency = g.currency) AS has_currency
    FROM (SELECT DISTINCT labels[1] AS kind, labels[3] AS app, labels[14] AS currency FROM given WHERE known IS NULL) g
  ), combinations AS (
    SELECT c.labels, c.known, CASE
        WHEN a.crowded THEN c.labels[1:7] || array_fill('(other)'::text, ARRAY[6]) || CASE WHEN a.has_currency THEN c.labels[14] ELSE '(other)' END
        ELSE c.labels END AS kept
    FROM given c LEFT JOIN apps a ON c.known IS NULL AND a.kind = c.labels[1] AND a.app = c.labels[3] AND a.currency = c.labels[14]
  ), added AS (
    INSERT INTO dify_observe.rollup_dimensions (labels)
    SELECT DISTINCT c.kept FROM combinations c WHERE c.known IS NULL
      AND NOT EXISTS (SELECT FROM dify_observe.rollup_dimensions d WHERE d.labels = c.kept)
    RETURNING id, labels
  ), measured AS MATERIALIZED (
    SELECT coalesce(c.known, a.id, d.id) AS dimension, p.*,
      -- Money of a currency that came after the cap is in no sum: it would be a mixture.
      CASE WHEN c.kept[14] = c.labels[14] THEN p.total_price END AS price,
      CASE WHEN p.total_price IS NULL THEN dify_observe.unpriced_input(p.input_tokens, p.output_tokens, p.total_tokens) END AS unpriced_input,
      CASE WHEN p.total_price IS NULL THEN p.output_tokens END AS unpriced_output
    FROM points p JOIN combinations c ON c.labels = p.labels
      LEFT JOIN added a ON c.known IS NULL AND a.labels = c.kept
      LEFT JOIN dify_observe.rollup_dimensions d ON c.known IS NULL AND d.labels = c.kept
  ), summed AS (
    INSERT INTO dify_observe.rollup_usage AS u (dimension, quarter, count, input_tokens, output_tokens, total_tokens, price,
      unpriced_input_tokens, unpriced_output_tokens)
    SELECT m.dimension, m.quarter, count(*), coalesce(sum(m.input_tokens), 0), coalesce(sum(m.output_tokens), 0), coalesce(sum(m.total_tokens), 0),
      coalesce(sum(m.price), 0), coalesce(sum(m.unpriced_input), 0), coalesce(sum(m.unpriced_output), 0)
    FROM measured m GROUP BY m.dimension, m.quarter
    ON CONFLICT (dimension, quarter) DO UPDATE SET count = u.count + excluded.count, input_tokens = u.input_tokens + excluded.input_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens, total_tokens = u.total_tokens + excluded.total_tokens, price = u.price + excluded.price,
      unpriced_input_tokens = u.unpriced_input_tokens + excluded.unpriced_input_tokens,
      unpriced_output_tokens = u.unpriced_output_tokens + excluded.unpriced_output_tokens
  ), timed AS (
    INSERT INTO dify_observe.rollup_latency AS l (dimension, quarter, measure, count, sum_us, buckets, counts)
    SELECT b.dimension, b.quarter, b.measure, sum(b.count), sum(b.us), array_agg(b.bucket ORDER BY b.bucket), array_agg(b.count ORDER BY b.bucket)
    FROM (SELECT m.dimension, m.quarter, t.measure, dify_observe.latency_bucket(t.us) AS bucket, count(*) AS count, sum(t.us) AS us
          FROM measured m, LATERAL (VALUES ('duration', m.duration_us), ('first_token', m.first_token_us)) AS t (measure, us)
          WHERE t.us IS NOT NULL GROUP BY 1, 2, 3, 4) b
    GROUP BY 1, 2, 3
    ON CONFLICT (dimension, quarter, measure) DO UPDATE SET count = l.count + excluded.count, sum_us = l.sum_us + excluded.sum_us,
      (buckets, counts) = (SELECT array_agg(b.bucket ORDER BY b.bucket), array_agg(b.count ORDER BY b.bucket)
                           FROM (SELECT e.bucket, sum(e.count)::bigint AS count
                                 FROM (SELECT * FROM unnest(l.buckets, l.counts) UNION ALL SELECT * FROM unnest(excluded.buckets, excluded.counts)) AS e (bucket, count)
                                 GROUP BY e.bucket) b)
  ), key AS (
    INSERT INTO dify_observe.rollup_key (key) SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) FROM points
    WHERE NOT EXISTS (SELECT FROM dify_observe.rollup_key) LIMIT 1
    RETURNING key
  ), secret AS MATERIALIZED (
    SELECT k.key FROM key k UNION ALL SELECT k.key FROM dify_observe.rollup_key k
  ), met AS (
    INSERT INTO dify_observe.rollup_members AS r (dimension, quarter, what, member, count, input_tokens, output_tokens, total_tokens, price,
      unpriced_input_tokens, unpriced_output_tokens)
    SELECT g.dimension, g.quarter, g.what, substr(sha256(s.key || convert_to(g.id, 'UTF8')), 1, 8), g.count, coalesce(g.input_tokens, 0),
      coalesce(g.output_tokens, 0), coalesce(g.total_tokens, 0), coalesce(g.price, 0), coalesce(g.unpriced_input, 0), coalesce(g.unpriced_output, 0)
    FROM secret s, (SELECT m.dimension, m.quarter, w.what, w.id, count(*) AS count, sum(m.input_tokens) AS input_tokens, sum(m.output_tokens) AS output_tokens,
            sum(m.total_tokens) AS total_tokens, sum(m.price) AS price, sum(m.unpriced_input) AS unpriced_input, sum(m.unpriced_output) AS unpriced_output
          FROM measured m, LATERAL (VALUES (m.actor, m.actor_id), ('conversation', m.conversation_id::text)) AS w (what, id)
          WHERE w.what IS NOT NULL AND w.id IS NOT NULL GROUP BY 1, 2, 3, 4) g
    ON CONFLICT (dimension, quarter, what, member) DO UPDATE SET count = r.count + excluded.count, input_tokens = r.input_tokens + excluded.input_tokens,
      output_tokens = r.output_tokens + excluded.output_tokens, total_tokens = r.total_tokens + excluded.total_tokens, price = r.price + excluded.price,
      unpriced_input_tokens = r.unpriced_input_tokens + excluded.unpriced_input_tokens,
      unpriced_output_tokens = r.unpriced_output_tokens + excluded.unpriced_output_tokens
  ), continued AS (
    INSERT INTO dify_observe.rollup_conversations AS r (tenant_id, app_id, member, first_quarter, messages, compat_messages, debug_messages)
    SELECT g.tenant_id, g.app_id, substr(sha256(s.key || convert_to(g.id, 'UTF8')), 1, 8), g.first_quarter, g.messages, g.compat_messages, g.debug_messages
    FROM secret s, (SELECT m.tenant_id, m.app_id, m.conversation_id::text AS id, min(m.quarter) AS first_quarter,
            count(*) FILTER (WHERE NOT m.labels[4]::boolean) AS messages, count(*) FILTER (WHERE m.labels[5]::boolean) AS compat_messages,
            count(*) FILTER (WHERE m.labels[4]::boolean) AS debug_messages
          FROM measured m WHERE m.conversation_id IS NOT NULL GROUP BY 1, 2, 3) g
    ON CONFLICT (app_id, tenant_id, member) DO UPDATE SET first_quarter = least(r.first_quarter, excluded.first_quarter),
      messages = r.messages + excluded.messages, compat_messages = r.compat_messages + excluded.compat_messages,
      debug_messages = r.debug_messages + excluded.debug_messages
  ), identified AS (
    UPDATE dify_observe.rollup_feedback f
    SET known = true, quarter = m.quarter, debug = m.labels[4]::boolean, compat = m.labels[5]::boolean
    FROM measured m WHERE m.kind = 'message' AND NOT f.known AND f.message_id = m.source_id
  )
  SELECT count(*) INTO counted FROM measured;
  RETURN counted + dify_observe.add_feedback_to_rollups(from_id, to_id, of_xid, without, since, before);
END $$;
COMMENT ON FUNCTION add_to_rollups(bigint, bigint, xid8, xid8[], timestamptz, timestamptz) IS 'Adds events to the rollups; how many they were.';

CREATE FUNCTION fold_rollups(from_id bigint, to_id bigint, of_xid xid8, without xid8[], passed bigint, skipped jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  installed timestamptz := (SELECT i.since FROM dify_observe.installation i);
  known record;
  counted bigint := dify_observe.add_to_rollups(from_id, to_id, of_xid, without, installed, 'infinity');
BEGIN
  SELECT p.since, p.passed, p.skipped INTO known FROM dify_observe.rollup_position p;
  IF known.since IS DISTINCT FROM installed THEN
    -- A dump may be coming in just now, rows of ours among it. Once something new is logged, it has come.
    IF counted = 0 THEN
      RETURN;
    END IF;
    -- What was logged before the dump, and not folded there.
    PERFORM dify_observe.add_to_rollups(coalesce(known.passed, 0), 9223372036854775807, NULL, '{}', '-infinity', installed);
    PERFORM dify_observe.add_to_rollups(s."from", s."to", s.xid::xid8, '{}', '-infinity', installed)
    FROM jsonb_to_recordset(known.skipped) AS s (xid text, "from" bigint, "to" bigint);
  END IF;
  INSERT INTO dify_observe.rollup_position AS p (since, passed, skipped) VALUES (installed, passed, skipped)
  ON CONFLICT (singleton) DO UPDATE SET since = excluded.since, passed = excluded.passed, skipped = excluded.skipped;
END $$;
COMMENT ON FUNCTION fold_rollups(bigint, bigint, xid8, xid8[], bigint, jsonb) IS
  'The rollups'' part of the fold: adds a slice of the events, and keeps the position that it leads to. Called by the worker.';
