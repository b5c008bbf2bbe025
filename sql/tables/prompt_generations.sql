CREATE TABLE prompt_generations (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid,
  message_id uuid,
  workflow_run_id uuid,
  node_execution_id uuid,
  parent_trace_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration float8,
  input_tokens bigint,
  output_tokens bigint,
  total_tokens bigint,
  status text NOT NULL,
  operation_type text NOT NULL,
  model_provider text,
  model_name text,
  total_price numeric,
  currency text,
  instruction text,
  output text,
  user_id text,
  error text,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT prompt_generations_status CHECK (status IN ('succeeded', 'failed', 'error')),
  CONSTRAINT prompt_generations_amounts CHECK (
    (duration >= 0 AND duration < 2e10) IS NOT FALSE
    AND (total_price >= 0 AND total_price < 1e300) IS NOT FALSE
    AND (least(input_tokens, output_tokens, total_tokens) >= 0) IS NOT FALSE
    AND (greatest(input_tokens, output_tokens) < 4000000000000000000) IS NOT FALSE),
  CONSTRAINT prompt_generations_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT prompt_generations_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE prompt_generations_default PARTITION OF prompt_generations DEFAULT;
ALTER TABLE prompt_generations_default ADD PRIMARY KEY (id);
CREATE INDEX ON prompt_generations_default (app_id, created_at);

COMMENT ON TABLE prompt_generations IS
  'Generations of prompts, rules, code and structured output, partitioned by created_at (UTC months). Each emits dify.prompt_generation.execution, once. Columns are the arguments of log_prompt_generation.';
COMMENT ON COLUMN prompt_generations.duration IS 'Seconds.';
COMMENT ON COLUMN prompt_generations.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
