CREATE FUNCTION conversation_timeline(conversation_id uuid DEFAULT NULL)
  RETURNS TABLE (place bigint, id uuid, parent_message_id uuid, attempt bigint, attempts bigint, current boolean, created_at timestamptz, status text,
    query text, answer text, duration float8, time_to_first_token float8, input_tokens bigint, output_tokens bigint, total_tokens bigint,
    total_price numeric, currency text, model_provider text, model_name text, user_id text, invoke_from text, user_rating text, user_comment text,
    team_rating text, team_comment text, annotation text, note text, workflow_run_id uuid, run_status text, error text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
DECLARE
  -- A message that is not finished yet may have begun before the first that is.
  earliest timestamptz := (SELECT c.created_at - interval '1 day' FROM dify_observe.conversations c WHERE c.id = conversation_timeline.conversation_id);
BEGIN
  RETURN QUERY EXECUTE format(
    'WITH RECURSIVE said AS MATERIALIZED (
       -- The first of a conversation names no parent, or the nil UUID.
       SELECT m.id, m.created_at, nullif(m.parent_message_id, ''00000000-0000-0000-0000-000000000000'') AS parent_id FROM dify_observe.messages m
       WHERE m.conversation_id = $1 AND m.created_at >= %1$L
     ), trodden AS (
       (SELECT s.id, s.parent_id FROM said s ORDER BY s.created_at DESC, s.id DESC LIMIT 1)
       UNION
       SELECT s.id, s.parent_id FROM trodden t JOIN said s ON s.id = t.parent_id
     ), linked AS (
       SELECT EXISTS (SELECT FROM said s WHERE s.parent_id IS NOT NULL) AS known
     )
     SELECT row_number() OVER w, m.id, s.parent_id,
       CASE WHEN k.known THEN row_number() OVER (PARTITION BY s.parent_id ORDER BY s.created_at, s.id) ELSE 1 END,
       CASE WHEN k.known THEN count(*) OVER (PARTITION BY s.parent_id) ELSE 1 END,
       NOT k.known OR s.id IN (SELECT t.id FROM trodden t), m.created_at, m.status, %2$s, %3$s, m.duration, m.time_to_first_token, m.input_tokens,
       m.output_tokens, m.total_tokens, m.total_price, m.currency, m.model_provider, m.model_name, m.user_id, m.invoke_from, u.rating, u.content, t.rating, t.content,
       %4$s, m.workflow_run_id,
       (SELECT r.status FROM dify_observe.find_workflow_run(m.workflow_run_id, m.created_at, true) r WHERE m.workflow_run_id IS NOT NULL LIMIT 1),
       nullif(m.error, '''')
     FROM said s CROSS JOIN linked k JOIN dify_observe.messages m ON m.id = s.id AND m.created_at = s.created_at AND m.conversation_id = $1 AND m.created_at >= %1$L
       LEFT JOIN LATERAL (SELECT f.rating, %5$s AS content FROM dify_observe.feedbacks f
                          WHERE f.message_id = m.id AND f.from_source = ''user'' AND f.rating IS NOT NULL) u ON true
       LEFT JOIN LATERAL (SELECT f.rating, %5$s AS content FROM dify_observe.feedbacks f
                          WHERE f.message_id = m.id AND f.from_source <> ''user'' AND f.rating IS NOT NULL ORDER BY f.created_at DESC LIMIT 1) t ON true
       LEFT JOIN dify_observe.annotations a ON a.message_id = m.id
     WINDOW w AS (ORDER BY s.created_at, s.id) ORDER BY s.created_at, s.id',
    coalesce(earliest, '-infinity'), dify_observe.content_column('messages', 'query', 'm.query'), dify_observe.content_column('messages', 'answer', 'm.answer'),
    dify_observe.content_column('annotations', 'content', 'a.content') || ', ' || dify_observe.content_column('annotations', 'note', 'a.note'),
    dify_observe.content_column('feedbacks', 'content', 'f.content'))
  USING conversation_id;
END $$;
COMMENT ON FUNCTION conversation_timeline(uuid) IS
  'The messages of a conversation in their order, with what users and the team said of them. attempt of attempts: which regeneration it is, of those with the same parent; current: on the way to the latest message. Durations in seconds. No rows for an unknown id.';
