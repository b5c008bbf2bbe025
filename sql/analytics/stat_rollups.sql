-- Rollups by bucket, with what will be in them when the fold has come to it. A bucket without anything has one row of nulls. Joined sideways, so that each
-- bucket reads its part of an index.

CREATE FUNCTION stat_counts(debug boolean, compat boolean, include_debug boolean, as_original boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN as_original THEN compat ELSE coalesce(include_debug, false) OR NOT debug END;
END;
COMMENT ON FUNCTION stat_counts(boolean, boolean, boolean, boolean) IS 'Whether a row counts: in the compat form what the original counts, else all but debugging unless that is asked for.';

CREATE FUNCTION stat_usage(kind text, app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, bucket text, include_debug boolean, compat boolean)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, app uuid, part_of_run boolean, failed boolean, status text, invoke_from text, model_provider text,
    model_name text, node_type text, workflow_version text, currency text, quarter timestamptz, count bigint, input_tokens numeric, output_tokens numeric,
    total_tokens numeric, price numeric, unpriced_input_tokens numeric, unpriced_output_tokens numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT b.bucket, b.starts_at, u.*
  FROM stat_buckets(stat_usage.app_id, stat_usage.tenant_id, stat_usage.start, stat_usage.until, stat_usage.time_zone, stat_usage.bucket) b
    LEFT JOIN LATERAL (
      SELECT d.kind, d.app_id, d.part_of_run, d.failed, d.status, d.invoke_from, d.model_provider, d.model_name, d.node_type, d.workflow_version, d.currency,
        u.quarter, u.count, u.input_tokens, u.output_tokens, u.total_tokens, u.price, u.unpriced_input_tokens, u.unpriced_output_tokens
      FROM rollup_dimensions d JOIN rollup_usage u ON u.dimension = d.id AND u.quarter >= b.since AND u.quarter < b.before
      WHERE (stat_usage.kind IS NULL OR d.kind = stat_usage.kind) AND (stat_usage.app_id IS NULL OR d.app_id = stat_usage.app_id)
        AND (stat_usage.tenant_id IS NULL OR d.tenant_id = stat_usage.tenant_id)
        AND stat_counts(d.debug, d.compat, stat_usage.include_debug, stat_usage.compat)
      UNION ALL
      SELECT p.kind, p.app_id, p.labels[6]::boolean, p.labels[7]::boolean, p.labels[8], p.labels[9], p.labels[10], p.labels[11], p.labels[12], p.labels[13], p.labels[14],
        p.quarter, 1, coalesce(p.input_tokens, 0), coalesce(p.output_tokens, 0), p.total_tokens, coalesce(p.total_price, 0),
        CASE WHEN p.total_price IS NULL THEN unpriced_input(p.input_tokens, p.output_tokens, p.total_tokens) ELSE 0 END,
        CASE WHEN p.total_price IS NULL THEN coalesce(p.output_tokens, 0) ELSE 0 END
      FROM stat_points(stat_usage.app_id, stat_usage.tenant_id, stat_usage.start, stat_usage.until, stat_usage.compat) p
      WHERE p.quarter >= b.since AND p.quarter < b.before AND (stat_usage.kind IS NULL OR p.kind = stat_usage.kind)
        AND stat_counts(p.labels[4]::boolean, p.labels[5]::boolean, stat_usage.include_debug, stat_usage.compat)) u ON true;
END;
COMMENT ON FUNCTION stat_usage IS 'rollup_usage by bucket.';

CREATE FUNCTION stat_members(kind text, wanted text[], app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, bucket text,
  include_debug boolean, compat boolean)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, part_of_run boolean, failed boolean, model_provider text, model_name text, currency text,
    quarter timestamptz, what text, count bigint, unpriced boolean, members bytea)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT b.bucket, b.starts_at, m.*
  FROM stat_buckets(stat_members.app_id, stat_members.tenant_id, stat_members.start, stat_members.until, stat_members.time_zone, stat_members.bucket) b
    LEFT JOIN LATERAL (
      SELECT d.kind, d.part_of_run, d.failed, d.model_provider, d.model_name, d.currency, m.quarter, m.what, m.count, m.unpriced, m.members
      FROM rollup_dimensions d, LATERAL (
        SELECT p.quarter, p.what, p.count, p.unpriced, p.members FROM rollup_packs p
        WHERE p.dimension = d.id AND p.what = ANY (stat_members.wanted) AND p.quarter >= b.since AND p.quarter < b.before
        UNION ALL
        SELECT r.quarter, r.what, sum(r.count)::bigint, r.unpriced_input_tokens + r.unpriced_output_tokens > 0,
          pack_members(r.member, ARRAY[r.count, r.input_tokens, r.output_tokens, r.total_tokens, r.unpriced_input_tokens, r.unpriced_output_tokens], r.price)
        FROM rollup_members r
        WHERE r.dimension = d.id AND r.what = ANY (stat_members.wanted) AND r.quarter >= b.since AND r.quarter < b.before
        GROUP BY r.quarter, r.what, r.unpriced_input_tokens + r.unpriced_output_tokens > 0) m
      WHERE (stat_members.kind IS NULL OR d.kind = stat_members.kind) AND (stat_members.app_id IS NULL OR d.app_id = stat_members.app_id)
        AND (stat_members.tenant_id IS NULL OR d.tenant_id = stat_members.tenant_id)
        AND stat_counts(d.debug, d.compat, stat_members.include_debug, stat_members.compat)
      UNION ALL
      SELECT p.kind, p.labels[6]::boolean, p.labels[7]::boolean, p.labels[10], p.labels[11], p.labels[14], p.quarter, w.what, count(*), u.unpriced,
        pack_members(member_hash(w.id), ARRAY[1, coalesce(p.input_tokens, 0), coalesce(p.output_tokens, 0), p.total_tokens,
          CASE WHEN p.total_price IS NULL THEN unpriced_input(p.input_tokens, p.output_tokens, p.total_tokens) ELSE 0 END,
          CASE WHEN p.total_price IS NULL THEN coalesce(p.output_tokens, 0) ELSE 0 END], coalesce(p.total_price, 0))
      FROM stat_points(stat_members.app_id, stat_members.tenant_id, stat_members.start, stat_members.until, stat_members.compat) p,
        LATERAL (VALUES (p.actor, p.actor_id), ('conversation', p.conversation_id::text)) AS w (what, id),
        LATERAL (SELECT p.total_price IS NULL AND unpriced_input(p.input_tokens, p.output_tokens, p.total_tokens) + coalesce(p.output_tokens, 0) > 0 AS unpriced) u
      WHERE w.what = ANY (stat_members.wanted) AND w.id IS NOT NULL AND p.quarter >= b.since AND p.quarter < b.before
        AND (stat_members.kind IS NULL OR p.kind = stat_members.kind)
        AND stat_counts(p.labels[4]::boolean, p.labels[5]::boolean, stat_members.include_debug, stat_members.compat)
      GROUP BY p.kind, p.labels, p.quarter, w.what, u.unpriced) m ON true;
END;
COMMENT ON FUNCTION stat_members IS 'Packs of the wanted kinds of members (end_user, account, user, nobody, conversation) by bucket; count is that of all members of a pack.';

CREATE FUNCTION stat_latency(kind text, app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, bucket text, include_debug boolean, compat boolean)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, failed boolean, measure text, count bigint, sum_us numeric, buckets smallint[], counts bigint[])
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT b.bucket, b.starts_at, l.*
  FROM stat_buckets(stat_latency.app_id, stat_latency.tenant_id, stat_latency.start, stat_latency.until, stat_latency.time_zone, stat_latency.bucket) b
    LEFT JOIN LATERAL (
      SELECT d.kind, d.failed, l.measure, l.count, l.sum_us, l.buckets, l.counts
      FROM rollup_dimensions d JOIN rollup_latency l ON l.dimension = d.id AND l.quarter >= b.since AND l.quarter < b.before
      WHERE (stat_latency.kind IS NULL OR d.kind = stat_latency.kind) AND (stat_latency.app_id IS NULL OR d.app_id = stat_latency.app_id)
        AND (stat_latency.tenant_id IS NULL OR d.tenant_id = stat_latency.tenant_id)
        AND stat_counts(d.debug, d.compat, stat_latency.include_debug, stat_latency.compat)
      UNION ALL
      SELECT p.kind, p.labels[7]::boolean, t.measure, 1, t.us, ARRAY[latency_bucket(t.us)], '{1}'
      FROM stat_points(stat_latency.app_id, stat_latency.tenant_id, stat_latency.start, stat_latency.until, stat_latency.compat) p,
        LATERAL (VALUES ('duration', p.duration_us), ('first_token', p.first_token_us)) AS t (measure, us)
      WHERE t.us IS NOT NULL AND p.quarter >= b.since AND p.quarter < b.before AND (stat_latency.kind IS NULL OR p.kind = stat_latency.kind)
        AND stat_counts(p.labels[4]::boolean, p.labels[5]::boolean, stat_latency.include_debug, stat_latency.compat)) l ON true;
END;
COMMENT ON FUNCTION stat_latency IS 'rollup_latency by bucket.';
