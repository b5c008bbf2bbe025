CREATE TABLE quarantined_events (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event_name text,
  field text,
  reason text NOT NULL,
  sqlstate text NOT NULL,
  text text NOT NULL,
  digest bytea NOT NULL UNIQUE
);
COMMENT ON TABLE quarantined_events IS
  'Events that log_batch(on_error => ''quarantine'') could not log, as they were given, content included. Mended, they can be given to log_batch again; delete them when done.';
COMMENT ON COLUMN quarantined_events.field IS 'The field at fault, where one is.';
COMMENT ON COLUMN quarantined_events.reason IS 'The message of the error that logging it alone raises.';
COMMENT ON COLUMN quarantined_events.text IS 'The event, character by character.';
COMMENT ON COLUMN quarantined_events.digest IS 'SHA-256 of the text: the same event is kept once, however often its batch is repeated.';
