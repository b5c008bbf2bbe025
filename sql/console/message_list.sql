CREATE TYPE listed_message AS (
  id uuid, created_at timestamptz, finished_at timestamptz, status text, conversation_id uuid, workflow_run_id uuid, parent_message_id uuid,
  mode text, invoke_from text, from_source text, user_id text, user_session_id text, model_provider text, model_name text, duration float8,
  time_to_first_token float8, input_tokens bigint, output_tokens bigint, total_tokens bigint, total_price numeric, currency text,
  user_rating text, team_rating text, annotated boolean, error text, query_summary text, answer_summary text, cursor text, total bigint
);
COMMENT ON TYPE listed_message IS
  'A row of message_list. error and the summaries are the first 200 characters; durations in seconds; team_rating: of any source but the user; cursor begins the next page; total only where asked for.';

CREATE FUNCTION message_list(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
  status text DEFAULT NULL, invoke_from text DEFAULT NULL, from_source text DEFAULT NULL, user_id text DEFAULT NULL, user_session_id text DEFAULT NULL,
  conversation_id uuid DEFAULT NULL, model_provider text DEFAULT NULL, model_name text DEFAULT NULL, keyword text DEFAULT NULL, error text DEFAULT NULL,
  annotated boolean DEFAULT NULL, rating text DEFAULT NULL, min_duration float8 DEFAULT NULL, min_total_tokens bigint DEFAULT NULL,
  min_total_price numeric DEFAULT NULL, sort text DEFAULT '-created_at', after text DEFAULT NULL, page_size int DEFAULT 20,
  with_total boolean DEFAULT false, include_debug boolean DEFAULT false) RETURNS SETOF listed_message
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  source text := 'dify_observe.messages';
  in_text text := quote_literal(dify_observe.containing(keyword));
  in_json text := quote_literal(dify_observe.containing_json(keyword));
  filter text;
  ids uuid[];
  times timestamptz[];
  cursors text[];
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  filter := concat_ws(' AND ',
    'r.app_id = ' || quote_literal(app_id),
    'r.status = ' || quote_literal(status),
    'r.invoke_from = ' || quote_literal(invoke_from),
    'r.from_source = ' || quote_literal(from_source),
    'r.user_id = ' || quote_literal(user_id),
    'r.user_session_id = ' || quote_literal(user_session_id),
    'r.conversation_id = ' || quote_literal(conversation_id),
    'r.model_provider = ' || quote_literal(model_provider),
    'r.model_name = ' || quote_literal(model_name),
    'r.error ILIKE ' || quote_literal(dify_observe.containing(error)),
    'r.duration >= ' || quote_literal(min_duration),
    'r.total_tokens >= ' || quote_literal(min_total_tokens),
    'r.total_price >= ' || quote_literal(min_total_price),
    CASE WHEN NOT annotated THEN 'NOT ' ELSE '' END || CASE WHEN annotated IS NOT NULL THEN
      'EXISTS (SELECT FROM dify_observe.annotations a WHERE a.message_id = r.id)' END,
    'EXISTS (SELECT FROM dify_observe.feedbacks f WHERE f.message_id = r.id AND f.rating = ' || quote_literal(rating) || ')',
    '(r.query ILIKE ' || in_text || ' OR r.answer ILIKE ' || in_text || ' OR r.inputs::text ILIKE ' || in_json || ' OR r.outputs::text ILIKE ' || in_json
      || ' OR r.user_session_id ILIKE ' || in_text || ' OR r.id::text = lower(' || quote_literal(keyword) || '))',
    CASE WHEN include_debug OR dify_observe.is_debug(invoke_from, NULL) THEN NULL ELSE 'NOT dify_observe.is_debug(r.invoke_from, NULL)' END);
  SELECT array_agg(p.id), array_agg(p.created_at), array_agg(p.cursor) INTO ids, times, cursors
  FROM dify_observe.page_of(source, filter, start, until, sort, dify_observe.list_sorts('messages'), after, page_size) p;
  RETURN QUERY EXECUTE format(
    'SELECT r.id, r.created_at, r.finished_at, r.status, r.conversation_id, r.workflow_run_id, r.parent_message_id, r.mode, r.invoke_from, r.from_source,
       r.user_id, r.user_session_id, r.model_provider, r.model_name, r.duration, r.time_to_first_token, r.input_tokens, r.output_tokens, r.total_tokens,
       r.total_price, r.currency,
       (SELECT f.rating FROM dify_observe.feedbacks f WHERE f.message_id = r.id AND f.from_source = ''user''),
       (SELECT f.rating FROM dify_observe.feedbacks f WHERE f.message_id = r.id AND f.from_source <> ''user'' AND f.rating IS NOT NULL
        ORDER BY f.created_at DESC LIMIT 1),
       EXISTS (SELECT FROM dify_observe.annotations a WHERE a.message_id = r.id), left(r.error, 200), %s, %s, p.cursor, $4
     FROM unnest($1, $2, $3) WITH ORDINALITY p (id, created_at, cursor, place)
       JOIN dify_observe.messages r ON r.id = p.id AND r.created_at = p.created_at AND r.created_at BETWEEN %L AND %L
     ORDER BY p.place',
    dify_observe.content_column('messages', 'query', 'left(r.query, 200)'), dify_observe.content_column('messages', 'answer', 'left(r.answer, 200)'),
    (SELECT min(t) FROM unnest(times) t), (SELECT max(t) FROM unnest(times) t))
  USING ids, times, cursors, CASE WHEN with_total THEN dify_observe.count_of(source, filter, start, until) END;
END $$;
COMMENT ON FUNCTION message_list IS
  'A page of an app''s messages: latest first, 20 at a time, without debugging. start is included, until is not. keyword: anywhere in query, answer, inputs, outputs and session, or the id; error: anywhere in it; rating: by anyone. sort: created_at, finished_at, duration, time_to_first_token, total_tokens, total_price, a minus in front for the largest first. The next page: the cursor of the last row as after. total is counted only with_total. Durations in seconds. Errors: 22004, 22023.';
