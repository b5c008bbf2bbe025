-- What can no longer be recounted. Retention removes whole days of events without reading them: so the fold keeps what each day has counted.

CREATE TABLE metric_base (
  series_id bigint PRIMARY KEY REFERENCES series ON DELETE CASCADE,
  value numeric,
  count bigint,
  sum numeric
) WITH (fillfactor = 50);
COMMENT ON TABLE metric_base IS 'What removed events have counted: the base plus a recount of the events that are there is the metric state.';

CREATE TABLE metric_days (
  day date,
  series_id bigint REFERENCES series ON DELETE CASCADE,
  value numeric,
  count bigint,
  sum numeric,
  PRIMARY KEY (day, series_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE metric_days IS
  'What the events recorded on each day (UTC) that are still there have counted. Added by the fold, moved to metric_base when the day is removed.';
