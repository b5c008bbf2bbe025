CREATE TABLE export_progress (
  destination text,
  signal text,
  passed bigint NOT NULL DEFAULT 0,
  passed_at timestamptz NOT NULL DEFAULT '-infinity',
  skipped jsonb NOT NULL DEFAULT '[]',
  since timestamptz NOT NULL DEFAULT '-infinity',
  from_xid xid8 NOT NULL DEFAULT '0',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL DEFAULT 'ok',
  sent bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  retried bigint NOT NULL DEFAULT 0,
  discarded bigint NOT NULL DEFAULT 0,
  last_success_at timestamptz,
  last_error_at timestamptz,
  last_error text,
  PRIMARY KEY (destination, signal)
) WITH (fillfactor = 50);
COMMENT ON TABLE export_progress IS
  'How far every reader of events has come: each destination''s signals, and the fold (destination fold, signal metrics). Not dumped: a restored database starts anew.';
COMMENT ON COLUMN export_progress.destination IS 'default, fold, or the oid of a foreign server: a renamed one keeps its progress, one that is created again begins anew.';
COMMENT ON COLUMN export_progress.passed IS 'Event ids up to this one are settled, but those of the skipped transactions.';
COMMENT ON COLUMN export_progress.passed_at IS 'No event above passed was recorded more than a day before this; lets reads prune partitions. Of metrics: when the state was read that was last sent as a whole.';
COMMENT ON COLUMN export_progress.skipped IS 'Transactions that were still running when their ids were passed: [{"xid": text, "from": id, "to": id}].';
COMMENT ON COLUMN export_progress.since IS 'Events recorded before are passed over: where the destination begins, or what was discarded.';
COMMENT ON COLUMN export_progress.from_xid IS 'Events of older transactions are passed over: the one that created the destination.';
COMMENT ON COLUMN export_progress.started_at IS 'When the counts began.';
COMMENT ON COLUMN export_progress.discarded IS 'Events that discard_backlog() took out of the backlog.';
