-- Statistics add what is logged and not folded yet. Mostly that is nothing, which must cost nothing: so a query is planned only when there is something.

CREATE FUNCTION folded_up_to() RETURNS TABLE (passed bigint, skipped jsonb, last bigint)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT coalesce(p.passed, 0), coalesce(p.skipped, '[]'), CASE WHEN s.is_called THEN s.last_value ELSE 0 END
  FROM dify_observe.events_id_seq s LEFT JOIN dify_observe.rollup_position p ON true;
END $$;
COMMENT ON FUNCTION folded_up_to() IS 'Where the rollups end, and the last event id that was given out.';

CREATE FUNCTION unfolded_points(app_id uuid, tenant_id uuid) RETURNS SETOF rollup_points
  LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  folded record;
BEGIN
  SELECT * INTO folded FROM dify_observe.folded_up_to();
  IF folded.last > folded.passed THEN
    RETURN QUERY SELECT p.* FROM dify_observe.rollup_points p
      WHERE p.id > folded.passed AND (unfolded_points.app_id IS NULL OR p.app_id = unfolded_points.app_id)
        AND (unfolded_points.tenant_id IS NULL OR p.tenant_id = unfolded_points.tenant_id);
  END IF;
  IF folded.skipped <> '[]' THEN
    RETURN QUERY SELECT p.* FROM jsonb_to_recordset(folded.skipped) AS s (xid text, "from" bigint, "to" bigint)
        JOIN dify_observe.rollup_points p ON p.id > s."from" AND p.id <= s."to" AND p.xid = s.xid::xid8
      WHERE (unfolded_points.app_id IS NULL OR p.app_id = unfolded_points.app_id)
        AND (unfolded_points.tenant_id IS NULL OR p.tenant_id = unfolded_points.tenant_id);
  END IF;
END $$;
COMMENT ON FUNCTION unfolded_points(uuid, uuid) IS 'What events that are not folded yet will add to the rollups, of an app and tenant or all (null).';

CREATE FUNCTION open_points(app_id uuid, tenant_id uuid, start timestamptz, until timestamptz) RETURNS SETOF rollup_points
  LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT 0::bigint, '0'::xid8, now(), p.* FROM dify_observe.open_rows p
    WHERE (open_points.app_id IS NULL OR p.app_id = open_points.app_id) AND (open_points.tenant_id IS NULL OR p.tenant_id = open_points.tenant_id)
      AND p.created_at >= coalesce(date_bin('15 minutes', open_points.start, '1970-01-01 00:00+00'), '-infinity')
      AND p.created_at < coalesce(open_points.until + interval '15 minutes', 'infinity');
END $$;
COMMENT ON FUNCTION open_points(uuid, uuid, timestamptz, timestamptz) IS
  'Runs and messages that are not finished, which the original counts from their start. Looks at every run and message of the app in that time.';

CREATE FUNCTION stat_points(app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, compat boolean) RETURNS SETOF rollup_points
  LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT * FROM dify_observe.unfolded_points(app_id, tenant_id);
  IF compat THEN
    RETURN QUERY SELECT * FROM dify_observe.open_points(app_id, tenant_id, start, until);
  END IF;
END $$;
COMMENT ON FUNCTION stat_points(uuid, uuid, timestamptz, timestamptz, boolean) IS 'What a statistic adds to the rollups: what is not folded yet, in the compat form also what is not finished.';

CREATE FUNCTION unfolded_feedback() RETURNS SETOF feedback_points
  LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  folded record;
BEGIN
  SELECT * INTO folded FROM dify_observe.folded_up_to();
  IF folded.skipped = '[]' THEN
    IF folded.last > folded.passed THEN
      RETURN QUERY SELECT DISTINCT ON (p.feedback_id) p.* FROM dify_observe.feedback_points p WHERE p.id > folded.passed;
    END IF;
  ELSE
    -- Reads every feedback there is, as no index answers an OR. Some transaction is left behind rarely.
    RETURN QUERY SELECT DISTINCT ON (p.feedback_id) p.* FROM dify_observe.feedback_points p
      WHERE p.id > folded.passed OR EXISTS (
        SELECT FROM jsonb_to_recordset(folded.skipped) AS s (xid text, "from" bigint, "to" bigint)
        WHERE p.id > s."from" AND p.id <= s."to" AND p.xid = s.xid::xid8);
  END IF;
END $$;
COMMENT ON FUNCTION unfolded_feedback() IS 'Feedback that is not folded yet, as it is now.';
