CREATE TABLE conversations (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  user_id text,
  invoke_from text,
  message_count bigint NOT NULL,
  created_at timestamptz NOT NULL,
  last_message_at timestamptz NOT NULL
) WITH (fillfactor = 70);
-- Only the fold pays for these, once per conversation and turn.
CREATE INDEX ON conversations (app_id, last_message_at, id);
CREATE INDEX ON conversations (app_id, created_at, id);
CREATE INDEX ON conversations (app_id, message_count, id);
CREATE INDEX ON conversations (app_id, user_id);
COMMENT ON TABLE conversations IS
  'One row per conversation, kept by the fold from finished messages, never by the logging transaction: so writers of one conversation do not wait for each other. Behind by at most the fold''s delay.';
