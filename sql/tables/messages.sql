CREATE TABLE messages (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  conversation_id uuid,
  workflow_run_id uuid,
  node_execution_id uuid,
  parent_message_id uuid,
  parent_trace_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration float8,
  time_to_first_token float8,
  input_tokens bigint,
  output_tokens bigint,
  total_tokens bigint,
  agent_based boolean,
  status text NOT NULL,
  invoke_from text,
  from_source text,
  mode text,
  user_id text,
  user_session_id text,
  end_user_id text,
  account_id text,
  model_provider text,
  model_name text,
  total_price numeric,
  currency text,
  error text,
  query text,
  answer text,
  inputs jsonb,
  outputs jsonb,
  files jsonb,
  message_file_data jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT messages_status CHECK (status IN ('running', 'paused', 'normal', 'succeeded', 'failed', 'error', 'stopped')),
  CONSTRAINT messages_amounts CHECK (
    (duration >= 0 AND duration < 2e10) IS NOT FALSE
    AND (time_to_first_token >= 0 AND time_to_first_token < 2e10) IS NOT FALSE
    AND (total_price >= 0 AND total_price < 1e300) IS NOT FALSE
    AND (least(input_tokens, output_tokens, total_tokens) >= 0) IS NOT FALSE
    AND (greatest(input_tokens, output_tokens) < 4000000000000000000) IS NOT FALSE),
  CONSTRAINT messages_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT messages_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND conversation_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE messages_default PARTITION OF messages DEFAULT;
CREATE INDEX ON messages_default (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX ON messages_default (app_id, created_at);
CREATE INDEX ON messages_default (created_at) WHERE status IN ('running', 'paused');
-- The last one made: where a partition is thought to be empty all indexes cost the same, and of those the planner takes the newest.
ALTER TABLE messages_default ADD PRIMARY KEY (id);

COMMENT ON TABLE messages IS
  'Chat and completion messages with their content, partitioned by created_at (UTC days). One that becomes final emits dify.message.run, once. Columns are the arguments of log_message.';
COMMENT ON COLUMN messages.duration IS 'Seconds.';
COMMENT ON COLUMN messages.time_to_first_token IS 'Seconds.';
COMMENT ON COLUMN messages.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
