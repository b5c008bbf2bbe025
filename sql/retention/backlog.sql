-- The rules for backlogs: how much may be kept only because a destination, or the fold, has not had it.

CREATE FUNCTION allowed_to_go(passed bigint, cutoff timestamptz) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  age interval := coalesce(current_setting('dify_observe.max_backlog_age', true), '0')::interval;
  most bigint := pg_size_bytes(coalesce(current_setting('dify_observe.max_backlog_bytes', true), '0'));
  held bigint := 0;
  newest bigint;
  day record;
BEGIN
  IF age > '0' THEN
    passed := greatest(passed, dify_observe.last_event_before(clock_timestamp() - age));
  END IF;
  IF most > 0 THEN
    FOR day IN
      SELECT l.leaf, (SELECT sum(pg_total_relation_size(format('dify_observe.%I', o.leaf)::regclass)) FROM dify_observe.leaves() o
                      WHERE o.lower >= l.lower AND o.upper <= l.upper) AS bytes
      FROM dify_observe.leaves('events') l WHERE l.bytes > 0 AND l.upper <= cutoff ORDER BY l.lower DESC LOOP
      EXECUTE format('SELECT max(id) FROM ONLY dify_observe.%I', day.leaf) INTO newest;
      IF newest > passed THEN
        held := held + day.bytes;
        IF held > most THEN
          RETURN newest;
        END IF;
      END IF;
    END LOOP;
  END IF;
  RETURN passed;
END $$;
COMMENT ON FUNCTION allowed_to_go(bigint, timestamptz) IS
  'Up to which event id expired logs may be removed: what is passed, and what dify_observe.max_backlog_age and max_backlog_bytes give up for lost.';
