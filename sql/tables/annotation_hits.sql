CREATE TABLE annotation_hits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  annotation_id uuid NOT NULL REFERENCES annotations ON DELETE CASCADE,
  message_id uuid NOT NULL CHECK (message_id <> '00000000-0000-0000-0000-000000000000'),
  score float8 CHECK ((score >= 0 AND score <= 1) IS NOT FALSE),
  question text,
  annotation_question text,
  annotation_content text,
  source text,
  user_id text,
  created_at timestamptz NOT NULL DEFAULT now()
    CHECK (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'),
  UNIQUE (annotation_id, message_id)
);
CREATE INDEX ON annotation_hits (app_id, created_at, id);
CREATE INDEX ON annotation_hits (message_id);

COMMENT ON TABLE annotation_hits IS
  'Messages that were answered by an annotation, each once per annotation, with question and answer of the annotation as they were then.';
COMMENT ON COLUMN annotation_hits.score IS 'How near the question was, 0 to 1.';
COMMENT ON COLUMN annotation_hits.question IS 'What the user asked.';
COMMENT ON COLUMN annotation_hits.source IS 'Where it came from, as the client says: api, console.';
