CREATE TABLE generated_names (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  message_id uuid,
  workflow_run_id uuid,
  node_execution_id uuid,
  parent_trace_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration float8,
  status text NOT NULL,
  user_id text,
  error text,
  inputs jsonb,
  outputs jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT generated_names_status CHECK (status IN ('succeeded', 'failed', 'error')),
  CONSTRAINT generated_names_amounts CHECK ((duration >= 0 AND duration < 2e10) IS NOT FALSE),
  CONSTRAINT generated_names_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT generated_names_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND conversation_id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE generated_names_default PARTITION OF generated_names DEFAULT;
ALTER TABLE generated_names_default ADD PRIMARY KEY (id);
CREATE INDEX ON generated_names_default (app_id, created_at);
CREATE INDEX ON generated_names_default (conversation_id);

COMMENT ON TABLE generated_names IS
  'Generated conversation names, partitioned by created_at (UTC months). Each emits dify.generate_name.execution, once. Columns are the arguments of log_generate_name.';
COMMENT ON COLUMN generated_names.duration IS 'Seconds.';
COMMENT ON COLUMN generated_names.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
