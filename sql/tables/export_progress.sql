CREATE TABLE export_progress (
  destination text,
  signal text,
  passed bigint NOT NULL DEFAULT 0,
  passed_at timestamptz NOT NULL DEFAULT '-infinity',
  skipped jsonb NOT NULL DEFAULT '[]',
  state text NOT NULL DEFAULT 'ok',
  sent bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  retried bigint NOT NULL DEFAULT 0,
  last_success_at timestamptz,
  last_error_at timestamptz,
  last_error text,
  PRIMARY KEY (destination, signal)
) WITH (fillfactor = 50);
COMMENT ON TABLE export_progress IS
  'How far every reader of events has come: each destination''s signals, and the fold (destination fold, signal metrics). Not dumped: a restored database starts anew.';
COMMENT ON COLUMN export_progress.passed IS 'Event ids up to this one are settled, but those of the skipped transactions.';
COMMENT ON COLUMN export_progress.passed_at IS 'No event above passed was recorded more than a day before this; lets reads prune partitions. Of metrics: when the state was read that was last sent as a whole.';
COMMENT ON COLUMN export_progress.skipped IS 'Transactions that were still running when their ids were passed: [{"xid": text, "from": id, "to": id}].';
