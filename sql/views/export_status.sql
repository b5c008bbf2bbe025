CREATE VIEW export_status AS
SELECT coalesce(s.srvname::text, p.destination) AS destination, p.signal, p.state,
  CASE p.state WHEN 'left out' THEN 0 ELSE greatest(ids.given - at.passed, 0) END AS lag_rows,
  CASE p.state WHEN 'left out' THEN 0 ELSE coalesce((
    SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 FROM events e
    WHERE e.id > at.passed AND e.recorded_at >= greatest(at.passed_at - interval '1 day', i.since, p.since) ORDER BY e.id LIMIT 1), 0) END AS lag_seconds,
  p.last_success_at, p.last_error_at, p.last_error, p.sent, p.rejected, p.retried, p.discarded
FROM export_progress p CROSS JOIN installation i
  LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid::text = p.destination
  -- Read as a table, which whoever may read the view may do too; pg_sequence_last_value asks the reader's own privileges.
  CROSS JOIN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_id_seq) AS ids (given)
  -- Metrics are sent from the folded state: they lag as far as the fold does.
  JOIN export_progress at ON (at.destination, at.signal) = (CASE p.signal WHEN 'metrics' THEN 'fold' ELSE p.destination END, p.signal)
WHERE p.destination <> 'fold';
COMMENT ON VIEW export_status IS
  'One row per destination and signal. state: ok; off (settings, or the destination is not enabled); retrying (the peer or the network is at fault); misconfigured (address, credentials, protocol); refused (the peer takes the connection, but nothing that is sent); left out (the peer does not take this signal, but another). While not ok the backlog is held. sent and rejected count spans, log records and data points; retried counts requests; discarded counts events.';
COMMENT ON COLUMN export_status.destination IS 'default is what the settings dify_observe.otlp_… describe; others are foreign servers.';
COMMENT ON COLUMN export_status.lag_rows IS 'Event ids not passed yet; ids of rolled-back transactions count until they are passed. 0 for a signal that is left out.';
COMMENT ON COLUMN export_status.lag_seconds IS 'Age of the oldest event that waits; 0 when none does.';
