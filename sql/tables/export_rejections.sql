CREATE TABLE export_rejections (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  destination text NOT NULL,
  signal text NOT NULL,
  records bigint NOT NULL,
  event_id bigint,
  recorded_at timestamptz,
  name text,
  reason text NOT NULL
);
COMMENT ON TABLE export_rejections IS
  'What a destination would not take, and why: a record that it refuses while its neighbours pass, or the part of a request that it rejects (partial_success). Never sent again. The newest 10,000 are kept. Not dumped.';
COMMENT ON COLUMN export_rejections.records IS 'How many spans, log records or metric series.';
COMMENT ON COLUMN export_rejections.event_id IS 'The event, where it is known: companion_logs shows it by id and recorded_at.';
COMMENT ON COLUMN export_rejections.name IS 'Of the event or metric.';
