CREATE TABLE node_executions (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  workflow_id uuid,
  workflow_run_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  elapsed_time float8,
  input_tokens bigint,
  output_tokens bigint,
  total_tokens bigint,
  index int,
  iteration_index int,
  loop_index int,
  retry_index int,
  draft boolean NOT NULL DEFAULT false,
  status text NOT NULL,
  node_id text NOT NULL,
  node_type text NOT NULL,
  title text,
  predecessor_node_id text,
  iteration_id text,
  loop_id text,
  parallel_id text,
  invoked_by text,
  user_id text,
  message_id uuid,
  conversation_id uuid,
  parent_trace_id uuid,
  model_provider text,
  model_name text,
  total_price numeric,
  currency text,
  plugin_name text,
  plugin_id text,
  dataset_ids text[],
  dataset_names text[],
  error text,
  inputs jsonb,
  outputs jsonb,
  process_data jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT node_executions_status CHECK (status IN ('running', 'pending', 'paused', 'succeeded', 'failed', 'exception', 'retry', 'stopped', 'partial-succeeded')),
  CONSTRAINT node_executions_run CHECK (draft = (workflow_run_id IS NULL)),
  CONSTRAINT node_executions_amounts CHECK (
    (elapsed_time >= 0 AND elapsed_time < 2e10) IS NOT FALSE
    AND (total_price >= 0 AND total_price < 1e300) IS NOT FALSE
    AND (least(input_tokens, output_tokens, total_tokens) >= 0) IS NOT FALSE
    AND (greatest(input_tokens, output_tokens) < 4000000000000000000) IS NOT FALSE),
  CONSTRAINT node_executions_datasets CHECK (
    (greatest(array_ndims(dataset_ids), array_ndims(dataset_names)) = 1) IS NOT FALSE
    AND array_position(dataset_ids, NULL) IS NULL AND array_position(dataset_names, NULL) IS NULL
    AND (greatest(cardinality(dataset_ids), cardinality(dataset_names)) <= 100) IS NOT FALSE),
  CONSTRAINT node_executions_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT node_executions_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND conversation_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE node_executions_default PARTITION OF node_executions DEFAULT;
CREATE INDEX ON node_executions_default (workflow_run_id);
CREATE INDEX ON node_executions_default (app_id, created_at);
CREATE INDEX ON node_executions_default (created_at) WHERE status IN ('running', 'pending', 'paused');
-- The last one made: where a partition is thought to be empty all indexes cost the same, and of those the planner takes the newest.
ALTER TABLE node_executions_default ADD PRIMARY KEY (id);

COMMENT ON TABLE node_executions IS
  'Executions of workflow nodes with their content, partitioned by created_at (UTC days). One that becomes final emits dify.node.execution, or dify.node.execution.draft for a single-node preview, once. Columns are the arguments of log_node_execution.';
COMMENT ON COLUMN node_executions.elapsed_time IS 'Seconds.';
COMMENT ON COLUMN node_executions.draft IS 'A single-node preview: it belongs to no run and is a trace of its own.';
COMMENT ON COLUMN node_executions.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
