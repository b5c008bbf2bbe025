CREATE TABLE workflow_runs (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  elapsed_time float8,
  input_tokens bigint,
  output_tokens bigint,
  total_tokens bigint,
  total_steps int,
  status text NOT NULL,
  workflow_version text,
  triggered_from text,
  invoke_from text,
  from_source text,
  invoked_by text,
  user_id text,
  user_session_id text,
  conversation_id uuid,
  message_id uuid,
  workflow_app_log_id uuid,
  parent_trace_id uuid,
  parent_workflow_run_id uuid,
  parent_node_execution_id uuid,
  parent_app_id uuid,
  total_price numeric,
  currency text,
  error text,
  query text,
  inputs jsonb,
  outputs jsonb,
  warnings jsonb,
  files jsonb,
  configuration jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT workflow_runs_status CHECK (status IN ('running', 'paused', 'scheduled', 'succeeded', 'failed', 'stopped', 'partial-succeeded')),
  CONSTRAINT workflow_runs_amounts CHECK (
    (elapsed_time >= 0 AND elapsed_time < 2e10) IS NOT FALSE
    AND (total_price >= 0 AND total_price < 1e300) IS NOT FALSE
    AND (least(input_tokens, output_tokens, total_tokens, total_steps) >= 0) IS NOT FALSE
    AND (greatest(input_tokens, output_tokens) < 4000000000000000000) IS NOT FALSE),
  CONSTRAINT workflow_runs_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT workflow_runs_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND conversation_id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_node_execution_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE workflow_runs_default PARTITION OF workflow_runs DEFAULT;
CREATE INDEX ON workflow_runs_default (app_id, created_at);
-- The few that are still open, and old partitions have none: what counts, closes or keeps them need not read the others.
CREATE INDEX ON workflow_runs_default (created_at) WHERE status IN ('running', 'paused', 'scheduled');
-- The last one made: where a partition is thought to be empty all indexes cost the same, and of those the planner takes the newest.
ALTER TABLE workflow_runs_default ADD PRIMARY KEY (id);

COMMENT ON TABLE workflow_runs IS
  'Workflow and chatflow runs with their content, partitioned by created_at (UTC days). A run that becomes final emits dify.workflow.run, once. Columns are the arguments of log_workflow_run.';
COMMENT ON COLUMN workflow_runs.elapsed_time IS 'Seconds.';
COMMENT ON COLUMN workflow_runs.parent_trace_id IS 'Run id of the outermost run, when the client knows it.';
COMMENT ON COLUMN workflow_runs.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
