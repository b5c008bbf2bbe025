CREATE TABLE tool_executions (
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
  message_file_id uuid,
  created_by uuid,
  status text NOT NULL,
  tool_name text NOT NULL,
  created_by_role text,
  file_url text,
  user_id text,
  error text,
  inputs jsonb,
  outputs jsonb,
  parameters jsonb,
  config jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT tool_executions_status CHECK (status IN ('succeeded', 'failed', 'error')),
  CONSTRAINT tool_executions_amounts CHECK ((duration >= 0 AND duration < 2e10) IS NOT FALSE),
  CONSTRAINT tool_executions_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT tool_executions_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE tool_executions_default PARTITION OF tool_executions DEFAULT;
ALTER TABLE tool_executions_default ADD PRIMARY KEY (id);
CREATE INDEX ON tool_executions_default (app_id, created_at);

COMMENT ON TABLE tool_executions IS
  'Tool calls with their content, partitioned by created_at (UTC months). Each emits dify.tool.execution, once. Columns are the arguments of log_tool_execution.';
COMMENT ON COLUMN tool_executions.duration IS 'Seconds.';
COMMENT ON COLUMN tool_executions.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
