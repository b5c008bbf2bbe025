CREATE FUNCTION annotate_message(message_id uuid DEFAULT NULL, content text DEFAULT NULL, note text DEFAULT NULL, author text DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  annotation_id uuid;
  message record;
BEGIN
  IF message_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('message_id', message_id));
  END IF;
  PERFORM dify_observe.check_annotation(NULL, content, note);
  SELECT m.tenant_id, m.app_id, m.conversation_id, coalesce(m.query, m.inputs ->> 'query') AS query INTO message
  FROM dify_observe.find_message(message_id, NULL, true) f JOIN dify_observe.messages m ON m.id = message_id AND m.created_at = f.created_at AND dify_observe.in_sight(m.tenant_id);
  IF NOT FOUND THEN
    -- Retention may have removed the message; its annotation stays and can be changed.
    SELECT a.tenant_id, a.app_id, a.conversation_id, a.question AS query INTO message FROM dify_observe.annotations a WHERE a.message_id = message_id AND dify_observe.in_sight(a.tenant_id);
    IF NOT FOUND THEN
      PERFORM dify_observe.refuse_absent('message', message_id);
    END IF;
  END IF;
  INSERT INTO dify_observe.annotations AS a (id, tenant_id, app_id, message_id, conversation_id, question, content, note, author)
  VALUES (dify_observe.uuid_v7(now()), message.tenant_id, message.app_id, message_id, message.conversation_id, message.query, content, note, author)
  ON CONFLICT ON CONSTRAINT annotations_message_id_key DO UPDATE
  SET content = coalesce(excluded.content, a.content), note = coalesce(excluded.note, a.note), author = coalesce(excluded.author, a.author)
  WHERE (coalesce(excluded.content, a.content), coalesce(excluded.note, a.note)) IS DISTINCT FROM (a.content, a.note)
    AND a.tenant_id = excluded.tenant_id
  RETURNING a.id INTO annotation_id;
  annotation_id := coalesce(annotation_id, (SELECT a.id FROM dify_observe.annotations a WHERE a.message_id = message_id AND a.tenant_id = message.tenant_id));
  IF annotation_id IS NULL THEN
    RAISE EXCEPTION 'message % is annotated under another tenant', message_id USING ERRCODE = 'unique_violation',
      HINT = 'Somebody has imported an annotation for it: an admin can delete that.';
  END IF;
  RETURN annotation_id;
END $$;
COMMENT ON FUNCTION annotate_message IS
  'Gives a message an improved answer (content), a note, or both, and returns the annotation''s id. A message has one annotation: a second call changes what it gives, keeps the rest, and the earlier version is kept in annotation_versions; the same again changes nothing. Errors: 22004 nothing said, 02000 unknown message.';
