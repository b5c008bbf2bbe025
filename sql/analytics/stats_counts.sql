-- Counts: messages, conversations, users, runs.

CREATE FUNCTION stat_distinct(kind text, wanted text[], app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, bucket text,
  include_debug boolean, compat boolean, fill boolean) RETURNS TABLE (bucket timestamp, starts_at timestamptz, members bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  -- Everything has an actor, if only nobody: so a bucket with something in it is one, even where nothing of it is wanted.
  SELECT m.bucket, m.starts_at, distinct_members(CASE WHEN m.what = ANY (wanted) THEN m.members END)
  FROM stat_members(kind, '{end_user,account,user,nobody}' || wanted, app_id, tenant_id, start, until, time_zone, stat_distinct.bucket, include_debug, compat) m
  GROUP BY m.bucket, m.starts_at HAVING fill OR count(m.what) > 0 ORDER BY m.starts_at;
END;
COMMENT ON FUNCTION stat_distinct IS 'How many there were of the wanted kinds of members (end_user, user, conversation) in each bucket.';

CREATE FUNCTION stats_daily_messages(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC', bucket text DEFAULT 'day',
  include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, message_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, coalesce(sum(u.count), 0)::bigint
  FROM stat_usage('message', app_id, tenant_id, start, until, time_zone, stats_daily_messages.bucket, include_debug, compat) u
  GROUP BY u.bucket, u.starts_at HAVING fill OR count(u.count) > 0 ORDER BY u.starts_at;
END;
COMMENT ON FUNCTION stats_daily_messages IS 'Messages per bucket, errors among them.';

CREATE FUNCTION stats_daily_conversations(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC', bucket text DEFAULT 'day',
  include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, conversation_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT d.bucket, d.starts_at, d.members
  FROM stat_distinct('message', '{conversation}', app_id, tenant_id, start, until, time_zone, stats_daily_conversations.bucket, include_debug, compat, fill) d;
END;
COMMENT ON FUNCTION stats_daily_conversations IS 'Distinct conversations that had a message in the bucket.';

CREATE FUNCTION stats_daily_end_users(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC', bucket text DEFAULT 'day',
  include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, end_user_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT d.bucket, d.starts_at, d.members
  FROM stat_distinct('message', CASE WHEN compat THEN '{end_user}'::text[] ELSE '{end_user,user}' END, app_id, tenant_id, start, until, time_zone, stats_daily_end_users.bucket, include_debug, compat, fill) d;
END;
COMMENT ON FUNCTION stats_daily_end_users IS 'Distinct end users that had a message in the bucket: end_user_id, or user_id where it alone is told (not in the compat form). Accounts are none.';

CREATE FUNCTION stats_workflow_runs(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC', bucket text DEFAULT 'day',
  include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, runs bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, coalesce(sum(u.count), 0)::bigint
  FROM stat_usage('run', app_id, tenant_id, start, until, time_zone, stats_workflow_runs.bucket, include_debug, compat) u
  GROUP BY u.bucket, u.starts_at HAVING fill OR count(u.count) > 0 ORDER BY u.starts_at;
END;
COMMENT ON FUNCTION stats_workflow_runs IS 'Workflow runs per bucket, whatever became of them; finished ones only, except in the compat form.';

CREATE FUNCTION stats_workflow_users(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC', bucket text DEFAULT 'day',
  include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, user_count bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT d.bucket, d.starts_at, d.members
  FROM stat_distinct('run', '{user}', app_id, tenant_id, start, until, time_zone, stats_workflow_users.bucket, include_debug, compat, fill) d;
END;
COMMENT ON FUNCTION stats_workflow_users IS 'Distinct users of runs, accounts and end users alike.';

CREATE FUNCTION stats_average_app_interactions(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, interactions numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT m.bucket, m.starts_at, round_half_even(sum(m.count) / nullif(sum(m.members), 0), 2)
  FROM (SELECT s.bucket, s.starts_at, s.what, sum(s.count) AS count, distinct_members(s.members) AS members
        FROM stat_members('run', '{user,nobody}', app_id, tenant_id, start, until, time_zone, stats_average_app_interactions.bucket, include_debug, compat) s
        GROUP BY s.bucket, s.starts_at, s.what) m
  GROUP BY m.bucket, m.starts_at HAVING fill OR count(m.what) > 0 ORDER BY m.starts_at;
END;
COMMENT ON FUNCTION stats_average_app_interactions IS 'Runs per user that had any in the bucket, to two digits. Runs of nobody are those of one user.';

-- Page by page: conversations of a time lie in the same pages, but in no order, and by their index one page would be read for each of them.
CREATE FUNCTION folded_sessions(app_id uuid, tenant_id uuid, since timestamptz, before timestamptz, include_debug boolean, compat boolean)
  RETURNS TABLE (first_quarter timestamptz, count numeric, conversations bigint)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan SET enable_indexscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT r.first_quarter, sum(c.count), count(*)
    FROM dify_observe.rollup_conversations r,
      LATERAL (SELECT CASE WHEN compat THEN r.compat_messages WHEN include_debug THEN r.messages + r.debug_messages ELSE r.messages END AS count) c
    WHERE r.first_quarter >= since AND r.first_quarter < before AND (folded_sessions.app_id IS NULL OR r.app_id = folded_sessions.app_id)
      AND (folded_sessions.tenant_id IS NULL OR r.tenant_id = folded_sessions.tenant_id) AND c.count > 0
    GROUP BY r.first_quarter;
END $$;
COMMENT ON FUNCTION folded_sessions(uuid, uuid, timestamptz, timestamptz, boolean, boolean) IS
  'Conversations of rollup_conversations that have messages which count, and how many, by the quarter hour of their first.';

CREATE FUNCTION stats_average_session_interactions(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, interactions numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH buckets AS MATERIALIZED (
    SELECT b.* FROM stat_buckets(stats_average_session_interactions.app_id, stats_average_session_interactions.tenant_id, start, until, time_zone,
      stats_average_session_interactions.bucket) b
  ), news AS MATERIALIZED (
    SELECT p.tenant_id, p.app_id, member_hash(p.conversation_id::text) AS member, min(p.quarter) AS first_quarter,
      count(*) FILTER (WHERE NOT p.labels[4]::boolean) AS messages, count(*) FILTER (WHERE p.labels[5]::boolean) AS compat_messages,
      count(*) FILTER (WHERE p.labels[4]::boolean) AS debug_messages
    FROM stat_points(stats_average_session_interactions.app_id, stats_average_session_interactions.tenant_id, NULL, NULL, compat) p
    WHERE p.conversation_id IS NOT NULL GROUP BY 1, 2, 3
  ), sessions AS (
    SELECT f.first_quarter, f.count, f.conversations
    FROM folded_sessions(stats_average_session_interactions.app_id, stats_average_session_interactions.tenant_id, (SELECT min(b.since) FROM buckets b),
      (SELECT max(b.before) FROM buckets b), include_debug, compat) f
    UNION ALL
    -- One that goes on is there as it was: that is taken away.
    SELECT c.first_quarter, c.sign * c.count, c.sign * (c.count > 0)::int
    FROM news n LEFT JOIN rollup_conversations r USING (app_id, tenant_id, member),
      LATERAL (VALUES
        (-1, r.first_quarter, CASE WHEN compat THEN r.compat_messages WHEN include_debug THEN r.messages + r.debug_messages ELSE r.messages END),
        (1, least(n.first_quarter, r.first_quarter), CASE WHEN compat THEN n.compat_messages + coalesce(r.compat_messages, 0)
          WHEN include_debug THEN n.messages + n.debug_messages + coalesce(r.messages + r.debug_messages, 0) ELSE n.messages + coalesce(r.messages, 0) END)
      ) AS c (sign, first_quarter, count)
    WHERE c.first_quarter IS NOT NULL
  )
  SELECT b.bucket, b.starts_at, round_half_even(sum(s.count) / nullif(sum(s.conversations), 0), 2)
  FROM buckets b CROSS JOIN LATERAL
      generate_series(date_bin('15 minutes', b.since + interval '899.999999 seconds', '1970-01-01 00:00+00'), b.before - interval '1 microsecond', interval '15 minutes') AS q (quarter)
    LEFT JOIN sessions s ON s.first_quarter = q.quarter
  GROUP BY b.bucket, b.starts_at HAVING fill OR sum(s.conversations) > 0 ORDER BY b.starts_at;
END;
COMMENT ON FUNCTION stats_average_session_interactions IS 'Messages per conversation, of the conversations whose first message was created in the bucket, to two digits. Messages that came later count too.';
