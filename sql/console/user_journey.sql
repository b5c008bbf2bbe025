CREATE FUNCTION user_journey(app_id uuid DEFAULT NULL, user_id text DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
  page_size int DEFAULT 100, include_debug boolean DEFAULT false)
  RETURNS TABLE (created_at timestamptz, kind text, id uuid, of_conversation uuid, conversation_place bigint, status text, seconds float8, tokens bigint,
    price numeric, currency text, user_rating text, input_summary text, output_summary text, error text, since_last interval)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id, 'user_id', user_id));
  RETURN QUERY
  WITH steps AS (
    SELECT m.created_at, 'message' AS kind, m.id, m.conversation_id, m.status, m.duration AS seconds, m.total_tokens, m.total_price, m.currency, m.user_rating,
      m.query_summary AS input_summary, m.answer_summary AS output_summary, m.error
    FROM dify_observe.message_list(app_id => user_journey.app_id, user_id => user_journey.user_id, start => user_journey.start, until => user_journey.until,
                                   page_size => user_journey.page_size, include_debug => user_journey.include_debug) m
    UNION ALL
    SELECT r.created_at, 'run', r.id, r.conversation_id, r.status, r.elapsed_time, r.total_tokens, r.total_price, r.currency, NULL, r.input_summary, r.output_summary, r.error
    FROM dify_observe.run_list(app_id => user_journey.app_id, user_id => user_journey.user_id, start => user_journey.start, until => user_journey.until,
                               page_size => user_journey.page_size, include_debug => user_journey.include_debug) r
    -- A chat's run is told by its message.
    WHERE r.conversation_id IS NULL
  )
  SELECT s.created_at, s.kind, s.id, s.conversation_id,
    CASE WHEN s.conversation_id IS NOT NULL THEN row_number() OVER (PARTITION BY s.conversation_id ORDER BY s.created_at, s.id) END, s.status, s.seconds,
    s.total_tokens, s.total_price, s.currency, s.user_rating, s.input_summary, s.output_summary, s.error, s.created_at - lag(s.created_at) OVER (ORDER BY s.created_at, s.id)
  FROM (SELECT * FROM steps ORDER BY created_at DESC, id DESC LIMIT page_size) s
  ORDER BY s.created_at, s.id;
END $$;
COMMENT ON FUNCTION user_journey(uuid, text, timestamptz, timestamptz, int, boolean) IS
  'What a user did in an app, across conversations: the latest messages and runs (page_size of them, before until), in the order they happened. since_last: how long after the step before. It has no index of its own: give start where the app is large. Required: app_id, user_id.';
