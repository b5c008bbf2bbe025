CREATE TYPE listed_conversation AS (
  id uuid, created_at timestamptz, last_message_at timestamptz, user_id text, user_session_id text, mode text, invoke_from text, from_source text,
  name text, first_query text, message_count bigint, succeeded bigint, failed bigint, stopped bigint, total_tokens bigint, prices jsonb,
  user_likes bigint, user_dislikes bigint, team_likes bigint, team_dislikes bigint, annotations bigint, cursor text, total bigint
);
COMMENT ON TYPE listed_conversation IS
  'A row of conversation_list. session, mode and sources are those of the last message; succeeded, failed, stopped count messages; prices: the sum per currency; name as generated, first_query at most 200 characters; cursor begins the next page; total only where asked for.';

CREATE FUNCTION conversation_list(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, keyword text DEFAULT NULL,
  annotated boolean DEFAULT NULL, rating text DEFAULT NULL, status text DEFAULT NULL, user_id text DEFAULT NULL, user_session_id text DEFAULT NULL,
  from_source text DEFAULT NULL, invoke_from text DEFAULT NULL, model_name text DEFAULT NULL, error text DEFAULT NULL, min_messages bigint DEFAULT NULL,
  sort text DEFAULT '-last_message_at', after text DEFAULT NULL, page_size int DEFAULT 20, with_total boolean DEFAULT false,
  include_debug boolean DEFAULT false) RETURNS SETOF listed_conversation
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  source text := 'dify_observe.conversations';
  in_text text := quote_literal(dify_observe.containing(keyword));
  ranged text := CASE WHEN sort IN ('created_at', '-created_at') THEN 'r.created_at' ELSE 'r.last_message_at' END;
  fresh dify_observe.conversations[];
  filter text;
  of_message text;
  page record;
  earliest timestamptz;
  latest timestamptz;
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  SELECT array_agg(ROW(n.id, n.tenant_id, app_id, coalesce(c.user_id, n.user_id), coalesce(c.invoke_from, n.invoke_from), n.message_count + coalesce(c.message_count, 0),
                       least(n.created_at, c.created_at), greatest(n.last_message_at, c.last_message_at))::dify_observe.conversations) INTO fresh
  FROM dify_observe.conversations_not_folded(app_id) n LEFT JOIN dify_observe.conversations c ON c.id = n.id;
  IF fresh IS NOT NULL THEN
    source := format('(SELECT * FROM dify_observe.conversations c WHERE c.id <> ALL (%L::uuid[]) UNION ALL SELECT * FROM unnest(%L::dify_observe.conversations[]))',
                     ARRAY(SELECT f.id FROM unnest(fresh) f), fresh);
  END IF;
  of_message := nullif(concat_ws(' AND ',
    'm.status = ' || quote_literal(status),
    'm.user_session_id = ' || quote_literal(user_session_id),
    'm.from_source = ' || quote_literal(from_source),
    'm.invoke_from = ' || quote_literal(invoke_from),
    'm.model_name = ' || quote_literal(model_name),
    'm.error ILIKE ' || quote_literal(dify_observe.containing(error)),
    '(m.query ILIKE ' || in_text || ' OR m.answer ILIKE ' || in_text || ' OR m.user_session_id ILIKE ' || in_text || ' OR r.id::text = lower('
      || quote_literal(keyword) || '))',
    'EXISTS (SELECT FROM dify_observe.feedbacks f WHERE f.message_id = m.id AND f.rating = ' || quote_literal(rating) || ')'), '');
  filter := concat_ws(' AND ',
    'r.app_id = ' || quote_literal(app_id),
    'r.user_id = ' || quote_literal(user_id),
    'r.message_count >= ' || quote_literal(min_messages),
    ranged || ' >= ' || quote_literal(start),
    ranged || ' < ' || quote_literal(until),
    CASE WHEN NOT annotated THEN 'NOT ' ELSE '' END || CASE WHEN annotated IS NOT NULL THEN
      'EXISTS (SELECT FROM dify_observe.annotations a WHERE a.conversation_id = r.id)' END,
    'EXISTS (SELECT FROM dify_observe.messages m WHERE m.conversation_id = r.id AND m.created_at BETWEEN r.created_at AND r.last_message_at AND '
      || of_message || ')',
    CASE WHEN include_debug OR dify_observe.is_debug(invoke_from, NULL) THEN NULL ELSE 'NOT dify_observe.is_debug(r.invoke_from, NULL)' END);
  SELECT array_agg(p.id) AS ids, array_agg(p.cursor) AS cursors INTO page
  FROM dify_observe.page_of(source, filter, NULL, NULL, sort,
    '{"created_at": ["r.created_at", "timestamptz"], "last_message_at": ["r.last_message_at", "timestamptz"], "message_count": ["r.message_count", "bigint"]}',
    after, page_size) p;
  EXECUTE format('SELECT min(r.created_at), max(r.last_message_at) FROM %s r WHERE r.id = ANY ($1)', source) INTO earliest, latest USING page.ids;
  RETURN QUERY EXECUTE format(
    'WITH said AS (
       SELECT m.id, m.conversation_id, m.created_at, m.status, m.total_tokens, m.total_price, m.currency, m.user_session_id, m.mode, m.invoke_from, m.from_source
       FROM dify_observe.messages m WHERE m.conversation_id = ANY ($1) AND m.created_at BETWEEN %1$L AND %2$L
     ), counted AS (
       SELECT m.conversation_id, count(*) FILTER (WHERE m.status IN (''normal'', ''succeeded'')) AS succeeded,
         count(*) FILTER (WHERE m.status IN (''failed'', ''error'')) AS failed, count(*) FILTER (WHERE m.status = ''stopped'') AS stopped,
         sum(m.total_tokens)::bigint AS total_tokens, (array_agg(m.id ORDER BY m.created_at DESC, m.id DESC))[1] AS last
       FROM said m GROUP BY m.conversation_id
     ), priced AS (
       SELECT s.conversation_id, jsonb_object_agg(s.currency, s.price) AS prices
       FROM (SELECT m.conversation_id, coalesce(m.currency, '''') AS currency, sum(m.total_price) AS price FROM said m
             WHERE m.total_price IS NOT NULL GROUP BY 1, 2) s GROUP BY s.conversation_id
     ), rated AS (
       SELECT m.conversation_id, count(*) FILTER (WHERE f.rating = ''like'' AND f.from_source = ''user'') AS user_likes,
         count(*) FILTER (WHERE f.rating = ''dislike'' AND f.from_source = ''user'') AS user_dislikes,
         count(*) FILTER (WHERE f.rating = ''like'' AND f.from_source <> ''user'') AS team_likes,
         count(*) FILTER (WHERE f.rating = ''dislike'' AND f.from_source <> ''user'') AS team_dislikes
       FROM said m JOIN dify_observe.feedbacks f ON f.message_id = m.id GROUP BY m.conversation_id
     )
     SELECT r.id, r.created_at, r.last_message_at, r.user_id, l.user_session_id, l.mode, l.invoke_from, l.from_source,
       %3$s, %4$s, r.message_count, coalesce(c.succeeded, 0), coalesce(c.failed, 0), coalesce(c.stopped, 0), c.total_tokens, p.prices,
       coalesce(f.user_likes, 0), coalesce(f.user_dislikes, 0), coalesce(f.team_likes, 0), coalesce(f.team_dislikes, 0),
       (SELECT count(*) FROM dify_observe.annotations a WHERE a.conversation_id = r.id), page.cursor, $3
     FROM unnest($1, $2) WITH ORDINALITY page (id, cursor, place) JOIN %5$s r ON r.id = page.id AND r.id = ANY ($1)
       LEFT JOIN counted c ON c.conversation_id = r.id LEFT JOIN said l ON l.id = c.last LEFT JOIN priced p ON p.conversation_id = r.id LEFT JOIN rated f ON f.conversation_id = r.id
     ORDER BY page.place',
    earliest, latest,
    dify_observe.content_column('generated_names', 'outputs', '(SELECT dify_observe.summary(g.outputs) FROM (
      SELECT g.outputs FROM dify_observe.generated_names g WHERE g.conversation_id = r.id AND g.outputs IS NOT NULL ORDER BY g.created_at DESC LIMIT 1) g)'),
    dify_observe.content_column('messages', 'query', format('(SELECT left(f.query, 200) FROM (
      SELECT m.query FROM dify_observe.messages m WHERE m.conversation_id = r.id AND m.created_at BETWEEN %L AND %L ORDER BY m.created_at, m.id LIMIT 1) f)', earliest, latest)), source)
  USING page.ids, page.cursors, CASE WHEN with_total THEN dify_observe.count_of(source, filter, NULL, NULL) END;
END $$;
COMMENT ON FUNCTION conversation_list IS
  'A page of an app''s conversations: the one with the latest message first, 20 at a time, without debugging. start (included) and until (not) are those of last_message_at, of created_at when sorted by it. keyword, status, rating, error, model and sources: of any message. sort: created_at, last_message_at, message_count, a minus in front for the largest first. The next page: the cursor of the last row as after. A conversation appears when its first message is finished. Errors: 22004, 22023.';
