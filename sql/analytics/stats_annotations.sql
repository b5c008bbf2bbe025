CREATE FUNCTION stats_annotation_hit_rate(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, rate numeric, hit_count bigint, message_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH counted AS (
    SELECT u.bucket, u.starts_at, sum(u.count)::bigint AS count
    FROM stat_usage('message', app_id, tenant_id, start, until, time_zone, stats_annotation_hit_rate.bucket, include_debug, false) u
    GROUP BY u.bucket, u.starts_at
  )
  SELECT b.bucket, b.starts_at, round_half_even(h.count / nullif(m.count, 0)::numeric, 4), h.count, coalesce(m.count, 0)
  FROM stat_buckets(stats_annotation_hit_rate.app_id, stats_annotation_hit_rate.tenant_id, start, until, time_zone, stats_annotation_hit_rate.bucket) b
    LEFT JOIN counted m ON m.starts_at = b.starts_at
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT t.message_id) AS count FROM annotation_hits t
      WHERE t.created_at >= b.since AND t.created_at < b.before AND (stats_annotation_hit_rate.app_id IS NULL OR t.app_id = stats_annotation_hit_rate.app_id)
        AND (stats_annotation_hit_rate.tenant_id IS NULL OR t.tenant_id = stats_annotation_hit_rate.tenant_id)
        AND (include_debug OR NOT EXISTS (
          SELECT FROM messages n WHERE n.id = t.message_id AND n.created_at >= t.created_at - interval '1 day' AND n.created_at < t.created_at + interval '1 day'
            AND is_debug(n.invoke_from, NULL)))) h
  WHERE fill OR m.count > 0 OR h.count > 0 ORDER BY b.starts_at;
END;
COMMENT ON FUNCTION stats_annotation_hit_rate IS
  'Messages that an annotation answered, each once, over messages, 0 to 1; null where there are none. A hit counts in the bucket of its own time. Those of debugging are left out while their messages are there to tell.';
