CREATE TABLE suggested_questions (
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
  total_tokens bigint,
  count int,
  status text NOT NULL,
  model_provider text,
  model_name text,
  user_id text,
  error text,
  questions jsonb,
  inputs jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT suggested_questions_status CHECK (status IN ('succeeded', 'failed', 'error')),
  CONSTRAINT suggested_questions_amounts CHECK (
    (duration >= 0 AND duration < 2e10) IS NOT FALSE
    AND (least(total_tokens, count) >= 0) IS NOT FALSE),
  CONSTRAINT suggested_questions_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT suggested_questions_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE suggested_questions_default PARTITION OF suggested_questions DEFAULT;
ALTER TABLE suggested_questions_default ADD PRIMARY KEY (id);
CREATE INDEX ON suggested_questions_default (app_id, created_at);

COMMENT ON TABLE suggested_questions IS
  'Generations of suggested questions, partitioned by created_at (UTC months). Each emits dify.suggested_question.generation, once. Columns are the arguments of log_suggested_questions.';
COMMENT ON COLUMN suggested_questions.duration IS 'Seconds.';
COMMENT ON COLUMN suggested_questions.total_tokens IS 'Counted in token_usage, in no counter.';
COMMENT ON COLUMN suggested_questions.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
