CREATE FUNCTION log_feedback(tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, message_id uuid DEFAULT NULL,
  rating text DEFAULT NULL, content text DEFAULT NULL, from_source text DEFAULT 'user', user_id text DEFAULT NULL,
  conversation_id uuid DEFAULT NULL, created_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  feedback_id uuid;
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL OR message_id IS NULL OR from_source IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'app_id', app_id, 'message_id', message_id, 'from_source', from_source));
  END IF;
  IF message_id = '00000000-0000-0000-0000-000000000000' THEN
    PERFORM dify_observe.check_ids(jsonb_build_object('message_id', message_id));
  END IF;
  IF rating NOT IN ('like', 'dislike') THEN
    PERFORM dify_observe.refuse_value('rating', rating, 'like, dislike, or null to withdraw it');
  END IF;
  IF NOT (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_times(created_at, NULL, NULL);
  END IF;
  -- Told before, though something newer was told since: a late repetition.
  IF created_at IS NOT NULL THEN
    SELECT f.id INTO feedback_id FROM dify_observe.feedbacks f JOIN dify_observe.events e ON e.source_id = f.id
    WHERE f.message_id = message_id AND f.from_source = from_source AND created_at <> f.created_at
      AND (e.change ->> 'at')::timestamptz = created_at
      AND e.change ->> 'rating' IS NOT DISTINCT FROM rating AND e.change ->> 'content' IS NOT DISTINCT FROM content
    LIMIT 1;
    IF FOUND THEN
      RETURN feedback_id;
    END IF;
  END IF;
  INSERT INTO dify_observe.feedbacks AS f (id, tenant_id, app_id, message_id, conversation_id, from_source, rating, content, user_id, created_at)
  VALUES (dify_observe.uuid_v7(now()), tenant_id, app_id, message_id, conversation_id, from_source, rating, content, user_id,
          coalesce(created_at, now()))
  ON CONFLICT ON CONSTRAINT feedbacks_message_id_from_source_key DO UPDATE
  SET rating = excluded.rating, content = excluded.content, created_at = excluded.created_at,
      user_id = coalesce(excluded.user_id, f.user_id), conversation_id = coalesce(excluded.conversation_id, f.conversation_id)
  WHERE f.rating IS DISTINCT FROM excluded.rating OR f.content IS DISTINCT FROM excluded.content
  RETURNING f.id INTO feedback_id;
  IF feedback_id IS NULL THEN
    SELECT f.id INTO feedback_id FROM dify_observe.feedbacks f WHERE f.message_id = message_id AND f.from_source = from_source;
  END IF;
  RETURN feedback_id;
END $$;
COMMENT ON FUNCTION log_feedback IS
  'Logs feedback on a message, one per message and source: a second call changes it, a null rating withdraws it, each emits dify.feedback.created; the same again changes nothing. Returns the feedback''s id. Required: tenant_id, app_id, message_id. rating: like, dislike or null.';
