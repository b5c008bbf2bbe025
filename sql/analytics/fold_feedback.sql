-- Feedback is kept as it stands now, whatever events told it: so changes and withdrawals need no arithmetic, and adding one twice changes nothing.
CREATE VIEW feedback_points WITH (security_barrier) AS
SELECT e.id, e.xid, e.recorded_at, f.id AS feedback_id, f.tenant_id, f.app_id, f.message_id, f.from_source, f.rating,
  date_bin('15 minutes', coalesce(m.created_at, f.created_at), '1970-01-01 00:00+00') AS quarter, m.created_at IS NOT NULL AS known,
  is_debug(m.invoke_from, NULL) AS debug, coalesce(m.invoke_from <> 'debugger', false) AS compat
FROM events e JOIN feedbacks f ON f.id = e.source_id
  -- Near the time that the id tells; in all partitions only where that finds nothing.
  LEFT JOIN LATERAL (
    SELECT n.created_at, n.invoke_from FROM messages n
    WHERE n.id = f.message_id AND n.created_at >= id_time(f.message_id) - interval '1 hour' AND n.created_at < id_time(f.message_id) + interval '1 day'
    UNION ALL
    SELECT n.created_at, n.invoke_from FROM messages n WHERE n.id = f.message_id
    LIMIT 1) m ON true
WHERE e.event = 14 AND ((SELECT s.everything FROM sight s) OR f.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]));
COMMENT ON VIEW feedback_points IS 'What feedback events add to the rollups: the feedback as it is now, with the quarter hour of its message.';

CREATE FUNCTION add_feedback_to_rollups(from_id bigint, to_id bigint, of_xid xid8, without xid8[], since timestamptz, before timestamptz) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  counted bigint;
BEGIN
  INSERT INTO dify_observe.rollup_feedback AS r (feedback_id, tenant_id, app_id, message_id, from_source, rating, quarter, known, debug, compat)
  SELECT DISTINCT ON (p.feedback_id) p.feedback_id, p.tenant_id, p.app_id, p.message_id, p.from_source, p.rating, p.quarter, p.known, p.debug, p.compat
  FROM dify_observe.feedback_points p
  WHERE p.id > from_id AND p.id <= to_id AND (of_xid IS NULL OR p.xid = of_xid) AND p.xid <> ALL (without)
    AND p.recorded_at >= since AND p.recorded_at < before
  -- Its message may be gone by now, and was known before.
  ON CONFLICT (feedback_id) DO UPDATE SET rating = excluded.rating, known = r.known OR excluded.known,
    quarter = CASE WHEN excluded.known OR NOT r.known THEN excluded.quarter ELSE r.quarter END,
    debug = CASE WHEN excluded.known THEN excluded.debug ELSE r.debug END, compat = CASE WHEN excluded.known THEN excluded.compat ELSE r.compat END;
  GET DIAGNOSTICS counted = ROW_COUNT;
  RETURN counted;
END $$;
COMMENT ON FUNCTION add_feedback_to_rollups(bigint, bigint, xid8, xid8[], timestamptz, timestamptz) IS 'Adds feedback events to the rollups; how many feedbacks they were about.';
