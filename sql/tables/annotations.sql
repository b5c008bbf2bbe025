CREATE TABLE annotations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  message_id uuid UNIQUE,
  conversation_id uuid,
  question text,
  content text,
  note text,
  author text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
    CHECK (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT annotations_say_something CHECK (content <> '' OR note <> ''),
  CONSTRAINT annotations_ids CHECK (message_id <> '00000000-0000-0000-0000-000000000000')
);
CREATE INDEX ON annotations (app_id, created_at, id);
CREATE INDEX ON annotations (conversation_id) WHERE conversation_id IS NOT NULL;

COMMENT ON TABLE annotations IS
  'What the team says of answers: an improved answer, a note, or both, at most one per message, or free of any message. They hold their question themselves and outlive the logs.';
COMMENT ON COLUMN annotations.question IS 'What was asked: of an annotated message its query when it was annotated.';
COMMENT ON COLUMN annotations.content IS 'The improved answer; null for a mere note.';
COMMENT ON COLUMN annotations.note IS 'For the team only.';
COMMENT ON COLUMN annotations.author IS 'Who wrote this version.';

CREATE TABLE annotation_versions (
  annotation_id uuid NOT NULL REFERENCES annotations ON DELETE CASCADE,
  version int NOT NULL,
  question text,
  content text,
  note text,
  author text,
  written_at timestamptz NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (annotation_id, version)
);
COMMENT ON TABLE annotation_versions IS 'Earlier versions of annotations, written by every UPDATE that changes what one says.';

CREATE FUNCTION keep_annotation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO dify_observe.annotation_versions (annotation_id, version, question, content, note, author, written_at)
  VALUES (OLD.id, OLD.version, OLD.question, OLD.content, OLD.note, OLD.author, OLD.updated_at);
  NEW.version := OLD.version + 1;
  NEW.updated_at := now();
  RETURN NEW;
END $$;

CREATE TRIGGER keep_version BEFORE UPDATE ON annotations FOR EACH ROW
  WHEN (NEW.question IS DISTINCT FROM OLD.question OR NEW.content IS DISTINCT FROM OLD.content OR NEW.note IS DISTINCT FROM OLD.note)
  EXECUTE FUNCTION keep_annotation();
