CREATE TABLE retention_runs (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  leaves_emptied integer NOT NULL DEFAULT 0,
  leaves_dropped integer NOT NULL DEFAULT 0,
  batches integer NOT NULL DEFAULT 0,
  rows_removed bigint NOT NULL DEFAULT 0,
  rows_estimated bigint NOT NULL DEFAULT 0,
  bytes_freed bigint NOT NULL DEFAULT 0,
  events_discarded bigint NOT NULL DEFAULT 0,
  blocked jsonb NOT NULL DEFAULT '{}',
  passed bigint NOT NULL,
  allowed bigint NOT NULL
);
COMMENT ON TABLE retention_runs IS 'What each run of retention did; the last thousand. One that was interrupted has no finished_at and is gone on with.';
COMMENT ON COLUMN retention_runs.rows_removed IS 'Rows of log tables and summaries, without events.';
COMMENT ON COLUMN retention_runs.rows_estimated IS 'How many of rows_removed nobody has counted: of partitions over a megabyte that went unread.';
COMMENT ON COLUMN retention_runs.bytes_freed IS 'Of emptied partitions, indexes included. What is deleted in batches is free for new rows once vacuumed, and not counted.';
COMMENT ON COLUMN retention_runs.events_discarded IS 'Removed before every destination had them, as max_backlog_age or max_backlog_bytes says.';
COMMENT ON COLUMN retention_runs.blocked IS 'What could not be removed in this run and by what: {partition: reason}.';
COMMENT ON COLUMN retention_runs.passed IS 'Up to this event id everything was exported and counted when the run began.';
COMMENT ON COLUMN retention_runs.allowed IS 'Events up to this id may go: passed, or more by the rules for backlogs.';

CREATE TABLE retention_work (
  item text PRIMARY KEY,
  kind text NOT NULL,
  stage integer NOT NULL,
  root text,
  lower timestamptz,
  upper timestamptz,
  phase text NOT NULL DEFAULT 'survey',
  snapshot pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
  "floor" bigint NOT NULL DEFAULT 0,
  changes bigint NOT NULL DEFAULT 0,
  blocks bigint NOT NULL DEFAULT 0,
  next_block bigint NOT NULL DEFAULT 0,
  cursor text,
  whole boolean NOT NULL DEFAULT false,
  rows bigint NOT NULL DEFAULT 0,
  estimated boolean NOT NULL DEFAULT false,
  kept bigint NOT NULL DEFAULT 0,
  keep_ids text[] NOT NULL DEFAULT '{}',
  overdue bigint NOT NULL DEFAULT 0,
  rules text,
  ref_events bigint[] NOT NULL DEFAULT '{}',
  ref_sources uuid[] NOT NULL DEFAULT '{}',
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT '-infinity',
  blocked_by text
) WITH (fillfactor = 50);
COMMENT ON TABLE retention_work IS
  'What the unfinished run of retention has still to look at, and how far it has come with each: a run that was killed goes on here.';
COMMENT ON COLUMN retention_work.snapshot IS 'When the looking began: events of later transactions are late arrivals.';
COMMENT ON COLUMN retention_work."floor" IS 'Every late arrival has an event id above this one.';
COMMENT ON COLUMN retention_work.changes IS 'What changes_of said of the partition when the run began.';
COMMENT ON COLUMN retention_work.whole IS 'By its place alone everything in it has expired, so that it was not read.';
COMMENT ON COLUMN retention_work.estimated IS 'So rows is an estimate.';
COMMENT ON COLUMN retention_work.kept IS 'Rows that stay: not expired, held, or not finished.';
COMMENT ON COLUMN retention_work.overdue IS 'Rows that have been expired long enough to be deleted one by one.';
COMMENT ON COLUMN retention_work.rules IS 'The policies and holds (retention_rules) that it was looked at by.';
COMMENT ON COLUMN retention_work.ref_events IS 'Events recorded outside the expired days whose row is in this partition.';

CREATE TABLE erasures (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind text NOT NULL,
  counts jsonb NOT NULL
);
COMMENT ON TABLE erasures IS 'A receipt for each erase_user() and erase_conversation(): how many rows of which table were erased. It names nobody.';
