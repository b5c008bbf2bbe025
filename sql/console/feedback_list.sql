CREATE TYPE listed_feedback AS (
  id uuid, created_at timestamptz, rating text, content text, from_source text, user_id text, message_id uuid, conversation_id uuid,
  message_created_at timestamptz, workflow_run_id uuid, message_status text, model_provider text, model_name text, query_summary text, answer_summary text,
  annotated boolean, cursor text, total bigint
);
COMMENT ON TYPE listed_feedback IS
  'A row of feedback_list, with its message where that is still there; summaries are the first 200 characters; cursor begins the next page; total only where asked for.';

-- Without sorting: where a plan expects few rows, it would look for the messages of all of them and sort then. The index has the order.
CREATE FUNCTION feedback_list(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, rating text DEFAULT NULL,
  from_source text DEFAULT NULL, user_id text DEFAULT NULL, has_comment boolean DEFAULT NULL, keyword text DEFAULT NULL, model_name text DEFAULT NULL,
  annotated boolean DEFAULT NULL, sort text DEFAULT '-created_at', after text DEFAULT NULL, page_size int DEFAULT 20, with_total boolean DEFAULT false,
  include_debug boolean DEFAULT false) RETURNS SETOF listed_feedback
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off SET enable_sort = off AS $$
#variable_conflict use_variable
DECLARE
  source text := 'dify_observe.feedbacks';
  in_text text := quote_literal(dify_observe.containing(keyword));
  filter text;
  page record;
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  filter := concat_ws(' AND ',
    'r.app_id = ' || quote_literal(app_id),
    coalesce('r.rating = ' || quote_literal(rating), 'r.rating IS NOT NULL'),
    'r.from_source = ' || quote_literal(from_source),
    'r.user_id = ' || quote_literal(user_id),
    'coalesce(r.content <> '''', false) = ' || has_comment,
    CASE WHEN NOT annotated THEN 'NOT ' ELSE '' END || CASE WHEN annotated IS NOT NULL THEN
      'EXISTS (SELECT FROM dify_observe.annotations a WHERE a.message_id = r.message_id)' END,
    '(r.content ILIKE ' || in_text || ' OR EXISTS (SELECT FROM dify_observe.messages m WHERE m.id = r.message_id AND (m.query ILIKE ' || in_text
      || ' OR m.answer ILIKE ' || in_text || ')))',
    'EXISTS (SELECT FROM dify_observe.messages m WHERE m.id = r.message_id AND m.model_name = ' || quote_literal(model_name) || ')',
    CASE WHEN include_debug THEN NULL ELSE
      -- Row by row, near the time that the message's id tells: the planner would rather read all messages.
      '(SELECT dify_observe.is_debug(m.invoke_from, NULL) FROM dify_observe.messages m WHERE m.id = r.message_id
        AND m.created_at >= coalesce(dify_observe.id_time(r.message_id) - interval ''1 day'', ''-infinity'')
        AND m.created_at < coalesce(dify_observe.id_time(r.message_id) + interval ''1 day'', ''infinity'') LIMIT 1) IS NOT TRUE' END);
  SELECT array_agg(p.id) AS ids, array_agg(p.cursor) AS cursors INTO page
  FROM dify_observe.page_of(source, filter, start, until, sort, '{"created_at": ["r.created_at", "timestamptz"]}', after, page_size) p;
  RETURN QUERY EXECUTE format(
    'SELECT r.id, r.created_at, r.rating, %s, r.from_source, r.user_id, r.message_id, coalesce(r.conversation_id, m.conversation_id), m.created_at,
       m.workflow_run_id, m.status, m.model_provider, m.model_name, %s, %s,
       EXISTS (SELECT FROM dify_observe.annotations a WHERE a.message_id = r.message_id), p.cursor, $3
     FROM unnest($1, $2) WITH ORDINALITY p (id, cursor, place) JOIN dify_observe.feedbacks r ON r.id = p.id
       LEFT JOIN LATERAL dify_observe.find_message(r.message_id, NULL, true) f ON true
       -- OFFSET 0: message by message; the planner takes find_message for a thousand rows, and would read all messages.
       LEFT JOIN LATERAL (SELECT %s FROM dify_observe.messages m WHERE m.id = r.message_id AND m.created_at = f.created_at OFFSET 0) m ON true
     ORDER BY p.place',
    dify_observe.content_column('feedbacks', 'content', 'r.content'),
    dify_observe.content_column('messages', 'query', 'left(m.query, 200)'), dify_observe.content_column('messages', 'answer', 'left(m.answer, 200)'),
    'm.created_at, m.conversation_id, m.workflow_run_id, m.status, m.model_provider, m.model_name'
      || CASE WHEN has_column_privilege('dify_observe.messages', 'query', 'SELECT') THEN ', m.query' ELSE '' END
      || CASE WHEN has_column_privilege('dify_observe.messages', 'answer', 'SELECT') THEN ', m.answer' ELSE '' END)
  USING page.ids, page.cursors, CASE WHEN with_total THEN dify_observe.count_of(source, filter, start, until) END;
END $$;
COMMENT ON FUNCTION feedback_list IS
  'A page of the feedback given in an app: latest first, 20 at a time, without what was withdrawn and without debugging. start is included, until is not. rating: like or dislike; has_comment: with words, or without; keyword: in the comment, or in its message''s query or answer. sort: created_at, or -created_at for the latest first. The next page: the cursor of the last row as after. Errors: 22004, 22023.';
