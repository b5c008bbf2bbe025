CREATE VIEW export_status AS
SELECT p.destination, p.signal, p.state,
  greatest(ids.given - at.passed, 0) AS lag_rows,
  coalesce((SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 FROM events e
            WHERE e.id > at.passed AND e.recorded_at >= greatest(at.passed_at - interval '1 day', i.since) ORDER BY e.id LIMIT 1), 0) AS lag_seconds,
  p.last_success_at, p.last_error_at, p.last_error, p.sent, p.rejected, p.retried
FROM export_progress p CROSS JOIN installation i
  -- Read as a table, which whoever may read the view may do too; pg_sequence_last_value asks the reader's own privileges.
  CROSS JOIN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_id_seq) AS ids (given)
  -- Metrics are sent from the folded state: they lag as far as the fold does.
  JOIN export_progress at ON (at.destination, at.signal) = (CASE p.signal WHEN 'metrics' THEN 'fold' ELSE p.destination END, p.signal)
WHERE p.destination <> 'fold';
COMMENT ON VIEW export_status IS
  'One row per destination and signal. state: ok; off (settings); retrying (the peer or the network is at fault); misconfigured (address, credentials, protocol); refused (the peer takes the connection, not the data). While not ok the backlog is held. sent and rejected count spans, log records and data points; retried counts requests.';
COMMENT ON COLUMN export_status.lag_rows IS 'Event ids not passed yet; ids of rolled-back transactions count until they are passed.';
COMMENT ON COLUMN export_status.lag_seconds IS 'Age of the oldest event that waits; 0 when none does.';
