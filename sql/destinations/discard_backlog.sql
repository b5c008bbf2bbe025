CREATE FUNCTION discard_backlog(destination text DEFAULT NULL, before timestamptz DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key text;
  waiting bigint;
  discarded_events bigint := 0;
  lane record;
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('destination', destination, 'before', before));
  -- What is still to come is not waiting.
  before := least(before, clock_timestamp());
  SELECT p.destination INTO key FROM dify_observe.export_progress p LEFT JOIN pg_foreign_server s ON s.oid::text = p.destination
  WHERE coalesce(s.srvname::text, p.destination) = discard_backlog.destination AND p.destination <> 'fold' LIMIT 1;
  IF key IS NULL THEN
    RAISE EXCEPTION 'there is no destination "%"', destination
      USING ERRCODE = '22023', DETAIL = 'Allowed: a destination of dify_observe.export_status.', HINT = 'A new one is there once the worker has seen it.';
  END IF;
  FOR lane IN SELECT * FROM dify_observe.export_progress p WHERE p.destination = key AND p.signal <> 'metrics' FOR UPDATE LOOP
    SELECT count(*) INTO waiting FROM dify_observe.events e, dify_observe.installation i
    WHERE e.id > lane.passed AND e.recorded_at < before
      AND e.recorded_at >= greatest(i.since, lane.since, lane.passed_at - interval '1 day');
    UPDATE dify_observe.export_progress p SET since = greatest(p.since, before), discarded = p.discarded + waiting
    WHERE p.destination = key AND p.signal = lane.signal;
    discarded_events := discarded_events + waiting;
  END LOOP;
  RAISE LOG 'dify_observe: % events recorded before % were discarded from the backlog of %', discarded_events, before, destination;
  RETURN discarded_events;
END
$$;
COMMENT ON FUNCTION discard_backlog(text, timestamptz) IS
  'Gives up sending what was recorded before a time and waits for a destination; returns the number of events, each signal''s counted. They stay logged and counted, and are shown as discarded in export_status. What is under way at the moment may still arrive.';
