CREATE FUNCTION log_annotation_hit(annotation_id uuid DEFAULT NULL, message_id uuid DEFAULT NULL, score float8 DEFAULT NULL, question text DEFAULT NULL,
  source text DEFAULT NULL, user_id text DEFAULT NULL, created_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  hit_id uuid;
BEGIN
  IF annotation_id IS NULL OR message_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('annotation_id', annotation_id, 'message_id', message_id));
  END IF;
  PERFORM dify_observe.check_ids(jsonb_build_object('message_id', message_id));
  IF NOT (score >= 0 AND score <= 1) THEN
    PERFORM dify_observe.refuse_value('score', score::text, '0 to 1, or null');
  END IF;
  IF NOT (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_times(created_at, NULL, NULL);
  END IF;
  INSERT INTO dify_observe.annotation_hits (id, tenant_id, app_id, annotation_id, message_id, score, question, annotation_question, annotation_content,
                                            source, user_id, created_at)
  SELECT dify_observe.uuid_v7(now()), a.tenant_id, a.app_id, a.id, message_id, score, question, a.question, a.content, source, user_id, coalesce(created_at, now())
  FROM dify_observe.annotations a WHERE a.id = annotation_id
  ON CONFLICT ON CONSTRAINT annotation_hits_annotation_id_message_id_key DO NOTHING
  RETURNING id INTO hit_id;
  IF hit_id IS NULL THEN
    SELECT h.id INTO hit_id FROM dify_observe.annotation_hits h WHERE h.annotation_id = annotation_id AND h.message_id = message_id;
    IF NOT FOUND THEN
      PERFORM dify_observe.refuse_absent('annotation', annotation_id);
    END IF;
  END IF;
  RETURN hit_id;
END $$;
COMMENT ON FUNCTION log_annotation_hit IS
  'Records that an annotation answered a message, once per message and annotation, and returns the hit''s id. Required: annotation_id, message_id. score: 0 to 1. Errors: 22004, 22023, 02000 unknown annotation.';
