-- Who has to have read an event before it may go: the fold with its rollups, and every destination that is on. Not metrics, which are sent from
-- the folded state, nor a signal that the peer does not take: it may never take it.
CREATE VIEW awaited_readers AS
SELECT p.destination, p.signal, p.state, p.passed, p.skipped FROM export_progress p
WHERE p.destination = 'fold'
   OR p.signal IN ('traces', 'logs') AND p.state NOT IN ('off', 'left out')
      AND current_setting('dify_observe.enabled', true)::boolean AND current_setting('dify_observe.telemetry_enabled', true)::boolean
UNION ALL
-- The fold keeps the rollups with its own position, but for what came with a dump: that is added once something new is counted.
SELECT 'rollups', 'metrics', 'ok', coalesce(p.passed, 0), coalesce(p.skipped, '[]') FROM installation i LEFT JOIN rollup_position p ON true
WHERE p.since IS DISTINCT FROM i.since AND EXISTS (SELECT FROM events e WHERE e.id > coalesce(p.passed, 0) AND e.recorded_at < i.since);
COMMENT ON VIEW awaited_readers IS 'Readers of events that retention waits for.';

-- A skipped transaction may still bring events above its bound.
CREATE FUNCTION passed_by_all() RETURNS bigint
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(least(min(r.passed), min((skip.value ->> 'from')::bigint)), 0)
  FROM awaited_readers r LEFT JOIN LATERAL jsonb_array_elements(r.skipped) AS skip ON true
  HAVING bool_or(r.destination = 'fold');
END;
COMMENT ON FUNCTION passed_by_all() IS
  'Up to this event id everything is counted, is in the rollups, and exported to every destination that is on; null where nobody counts.';

CREATE FUNCTION last_event_before(moment timestamptz) RETURNS bigint
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT e.id FROM events e WHERE e.recorded_at < moment ORDER BY e.id DESC LIMIT 1;
END;
COMMENT ON FUNCTION last_event_before(timestamptz) IS 'The last event recorded before a moment.';
