CREATE TABLE feedbacks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  message_id uuid NOT NULL CHECK (message_id <> '00000000-0000-0000-0000-000000000000'),
  conversation_id uuid,
  from_source text NOT NULL DEFAULT 'user',
  rating text CHECK (rating IN ('like', 'dislike')),
  content text,
  user_id text,
  created_at timestamptz NOT NULL DEFAULT now()
    CHECK (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  UNIQUE (message_id, from_source)
);
CREATE INDEX ON feedbacks (app_id, created_at, id);
COMMENT ON TABLE feedbacks IS
  'The latest feedback per message and source. Giving, changing and withdrawing (a null rating) each emit dify.feedback.created with what was said then.';
COMMENT ON COLUMN feedbacks.created_at IS 'When this rating was given.';
COMMENT ON COLUMN feedbacks.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
