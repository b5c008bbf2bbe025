CREATE TABLE moderation_checks (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  message_id uuid,
  workflow_run_id uuid,
  node_execution_id uuid,
  parent_trace_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration float8,
  workflow_app_log_id uuid,
  flagged boolean NOT NULL,
  type text NOT NULL DEFAULT 'input',
  action text NOT NULL,
  query text,
  preset_response text,
  user_id text,
  error text,
  categories jsonb NOT NULL DEFAULT '[]',
  inputs jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT moderation_checks_amounts CHECK ((duration >= 0 AND duration < 2e10) IS NOT FALSE),
  CONSTRAINT moderation_checks_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT moderation_checks_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE moderation_checks_default PARTITION OF moderation_checks DEFAULT;
ALTER TABLE moderation_checks_default ADD PRIMARY KEY (id);
CREATE INDEX ON moderation_checks_default (app_id, created_at);

COMMENT ON TABLE moderation_checks IS
  'Content moderation checks, partitioned by created_at (UTC months). Each emits dify.moderation.check, once. Columns are the arguments of log_moderation_check.';
COMMENT ON COLUMN moderation_checks.duration IS 'Seconds.';
COMMENT ON COLUMN moderation_checks.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
