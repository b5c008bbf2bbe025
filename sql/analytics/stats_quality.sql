-- Feedback, errors, times.

CREATE FUNCTION stats_user_satisfaction_rate(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, rate numeric, likes bigint, dislikes bigint, rated bigint, message_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH news AS MATERIALIZED (SELECT f.* FROM unfolded_feedback() f), messages AS (
    SELECT u.bucket, u.starts_at, sum(u.count)::bigint AS count
    FROM stat_usage('message', app_id, tenant_id, start, until, time_zone, stats_user_satisfaction_rate.bucket, include_debug, compat) u
    GROUP BY u.bucket, u.starts_at
  )
  SELECT b.bucket, b.starts_at,
    CASE WHEN compat THEN coalesce(round_half_even(1000 * f.all_likes / nullif(m.count + f.all_likes - f.likes, 0)::numeric, 2), 0)
         ELSE round_half_even(f.likes / nullif(f.rated, 0)::numeric, 4) END,
    CASE WHEN compat THEN f.all_likes ELSE f.likes END, f.dislikes, f.rated, coalesce(m.count, 0)
  FROM stat_buckets(stats_user_satisfaction_rate.app_id, stats_user_satisfaction_rate.tenant_id, start, until, time_zone, stats_user_satisfaction_rate.bucket) b
    LEFT JOIN messages m ON m.starts_at = b.starts_at
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE r.rating = 'like') AS all_likes, count(DISTINCT r.message_id) FILTER (WHERE r.rating = 'like') AS likes,
        count(DISTINCT r.message_id) FILTER (WHERE r.rating = 'dislike') AS dislikes, count(DISTINCT r.message_id) AS rated
      FROM (SELECT o.app_id, o.tenant_id, o.message_id, o.rating, o.debug, o.compat FROM rollup_feedback o
            WHERE o.quarter >= b.since AND o.quarter < b.before AND NOT EXISTS (SELECT FROM news n WHERE n.feedback_id = o.feedback_id)
            UNION ALL
            SELECT n.app_id, n.tenant_id, n.message_id, n.rating, n.debug, n.compat FROM news n WHERE n.quarter >= b.since AND n.quarter < b.before) r
      WHERE r.rating IS NOT NULL AND (stats_user_satisfaction_rate.app_id IS NULL OR r.app_id = stats_user_satisfaction_rate.app_id)
        AND (stats_user_satisfaction_rate.tenant_id IS NULL OR r.tenant_id = stats_user_satisfaction_rate.tenant_id)
        AND stat_counts(r.debug, r.compat, include_debug, stats_user_satisfaction_rate.compat)) f
  WHERE fill OR m.count > 0 OR f.rated > 0 ORDER BY b.starts_at;
END;
COMMENT ON FUNCTION stats_user_satisfaction_rate IS
  'Of the messages created in the bucket, as their feedback stands now: liked ones over rated ones, 0 to 1, null where none is rated. A message counts once, whoever rated it; one that was liked and disliked is in both. In the compat form likes per mille of messages, where a message that was liked twice counts twice.';

CREATE FUNCTION stats_errors(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, count bigint, failed bigint, rate numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, u.kind, coalesce(sum(u.count), 0)::bigint, coalesce(sum(u.count) FILTER (WHERE u.failed), 0)::bigint,
    round(sum(CASE WHEN u.failed THEN u.count ELSE 0 END) / sum(u.count), 4)
  FROM stat_usage(NULL, app_id, tenant_id, start, until, time_zone, stats_errors.bucket, include_debug, false) u
  GROUP BY u.bucket, u.starts_at, u.kind HAVING fill OR count(u.count) > 0 ORDER BY u.starts_at, u.kind;
END;
COMMENT ON FUNCTION stats_errors IS 'How many messages, runs, nodes (and prompt generations, with include_debug) there were per bucket, how many failed, and the rate, 0 to 1. Failed: by status, or by an error text where the status is no success and no stop.';

CREATE FUNCTION stats_average_response_time(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, latency numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.bucket, l.starts_at, CASE WHEN compat THEN round_half_even(coalesce(l.us, 0) / 1000 / nullif(m.message_count, 0), 4) ELSE round_half_even(l.us / 1000 / nullif(l.count, 0), 4) END
  FROM (SELECT s.bucket, s.starts_at, sum(s.sum_us) AS us, sum(s.count) AS count
        FROM (SELECT s.bucket, s.starts_at, CASE WHEN s.measure = 'duration' AND (compat OR NOT s.failed) THEN s.sum_us END AS sum_us,
                CASE WHEN s.measure = 'duration' AND (compat OR NOT s.failed) THEN s.count END AS count
              FROM stat_latency('message', app_id, tenant_id, start, until, time_zone, stats_average_response_time.bucket, include_debug, compat) s) s
        GROUP BY s.bucket, s.starts_at) l
    LEFT JOIN stats_daily_messages(app_id, start, until, time_zone, stats_average_response_time.bucket, include_debug, compat, false, tenant_id) m ON compat AND m.starts_at = l.starts_at
  WHERE fill OR CASE WHEN compat THEN m.message_count > 0 ELSE l.count > 0 END ORDER BY l.starts_at;
END;
COMMENT ON FUNCTION stats_average_response_time IS 'Mean duration of messages in milliseconds, to four digits; of those that did not fail and told one. In the compat form of all, those without one counting as zero.';

CREATE FUNCTION stats_tokens_per_second(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, tps numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.bucket, l.starts_at, CASE WHEN compat THEN coalesce(round_half_even(m.tokens * 1000000 / nullif(l.us, 0), 4), 0) ELSE round_half_even(m.tokens * 1000000 / nullif(l.us, 0), 4) END
  FROM (SELECT s.bucket, s.starts_at, sum(s.sum_us) FILTER (WHERE s.measure = 'duration' AND (compat OR NOT s.failed)) AS us
        FROM stat_latency('message', app_id, tenant_id, start, until, time_zone, stats_tokens_per_second.bucket, include_debug, compat) s
        GROUP BY s.bucket, s.starts_at) l
    JOIN (SELECT u.starts_at, sum(u.output_tokens) FILTER (WHERE compat OR NOT u.failed) AS tokens, sum(u.count) FILTER (WHERE compat OR NOT u.failed) AS count
          FROM stat_usage('message', app_id, tenant_id, start, until, time_zone, stats_tokens_per_second.bucket, include_debug, compat) u
          GROUP BY u.starts_at) m ON m.starts_at = l.starts_at
  WHERE fill OR m.count > 0 ORDER BY l.starts_at;
END;
COMMENT ON FUNCTION stats_tokens_per_second IS 'Output tokens of messages over their durations, to four digits; of those that did not fail. In the compat form of all, and 0 in place of null.';

CREATE FUNCTION stats_latency(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, count bigint, mean float8, p50 float8, p90 float8, p95 float8, p99 float8,
    first_token_count bigint, first_token_mean float8, first_token_p50 float8, first_token_p90 float8, first_token_p95 float8, first_token_p99 float8)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.bucket, l.starts_at, l.kind, coalesce(l.count, 0)::bigint, (l.us / 1000000)::float8 / nullif(l.count, 0)::bigint,
    latency_seconds(l.p[1]), latency_seconds(l.p[2]), latency_seconds(l.p[3]), latency_seconds(l.p[4]),
    coalesce(l.first_token_count, 0)::bigint, (l.first_token_us / 1000000)::float8 / nullif(l.first_token_count, 0)::bigint,
    latency_seconds(l.first_token_p[1]), latency_seconds(l.first_token_p[2]), latency_seconds(l.first_token_p[3]), latency_seconds(l.first_token_p[4])
  FROM (
    SELECT s.bucket, s.starts_at, s.kind, sum(s.count) FILTER (WHERE s.measure = 'duration') AS count, sum(s.sum_us) FILTER (WHERE s.measure = 'duration') AS us,
      latency_percentiles(s.buckets, s.counts) FILTER (WHERE s.measure = 'duration') AS p,
      sum(s.count) FILTER (WHERE s.measure = 'first_token') AS first_token_count, sum(s.sum_us) FILTER (WHERE s.measure = 'first_token') AS first_token_us,
      latency_percentiles(s.buckets, s.counts) FILTER (WHERE s.measure = 'first_token') AS first_token_p
    FROM stat_latency(NULL, app_id, tenant_id, start, until, time_zone, stats_latency.bucket, include_debug, false) s
    GROUP BY s.bucket, s.starts_at, s.kind
  ) l
  WHERE fill OR l.kind IS NOT NULL ORDER BY l.starts_at, l.kind;
END;
COMMENT ON FUNCTION stats_latency IS
  'Durations of messages, runs and nodes per bucket, and the time to first token of messages, in seconds. Means are exact; a percentile is the value that so many of them do not exceed, off by at most 4.9 %.';
