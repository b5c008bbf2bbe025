CREATE FUNCTION search_logs(app_id uuid DEFAULT NULL, query text DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
  source text DEFAULT NULL, after text DEFAULT NULL, page_size int DEFAULT 20, include_debug boolean DEFAULT false)
  RETURNS TABLE (kind text, id uuid, created_at timestamptz, conversation_id uuid, workflow_run_id uuid, user_id text, status text, field text, snippet text,
    cursor text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  words text[] := array_remove(regexp_split_to_array(query, '[[:space:]　]+'), '');
  indexed boolean := EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = 'dify_observe.messages_default'::regclass
                             AND pg_get_indexdef(x.indexrelid) LIKE '%content_terms(%');
  searched text;
  found record;
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  IF coalesce(words, '{}') = '{}' THEN
    PERFORM dify_observe.check_given(jsonb_build_object('query', NULL));
  END IF;
  IF source NOT IN ('messages', 'runs') THEN
    PERFORM dify_observe.refuse_value('source', source, 'messages, runs, or null for both');
  END IF;
  IF NOT has_column_privilege('dify_observe.messages', 'query', 'SELECT') THEN
    RAISE EXCEPTION 'search_logs looks into content, which % may not read', current_user USING ERRCODE = 'insufficient_privilege',
      HINT = 'Lists show what there is, without content.';
  END IF;
  searched := '(' || concat_ws(' UNION ALL ',
    CASE WHEN source = 'messages' IS NOT FALSE THEN
      'SELECT ''message'' AS kind, id, created_at, app_id, query, answer, inputs, outputs, invoke_from, NULL::text AS triggered_from FROM dify_observe.messages' END,
    CASE WHEN source = 'runs' IS NOT FALSE THEN
      'SELECT ''run'' AS kind, id, created_at, app_id, query, NULL::text AS answer, inputs, outputs, invoke_from, triggered_from FROM dify_observe.workflow_runs' END) || ')';
  SELECT array_agg(p.id) AS ids, array_agg(p.created_at) AS times, array_agg(p.kind) AS kinds, array_agg(p.cursor) AS cursors INTO found
  FROM dify_observe.search_page(searched, app_id, CASE WHEN include_debug THEN NULL ELSE 'NOT dify_observe.is_debug(r.invoke_from, r.triggered_from)' END, words, indexed, start, until,
                                after, page_size) p;
  RETURN QUERY EXECUTE format(
    'SELECT h.kind, h.id, h.created_at, h.conversation_id, h.workflow_run_id, h.user_id, h.status, s.field, s.snippet, h.cursor
     FROM (
       SELECT ''message'' AS kind, r.id, r.created_at, r.conversation_id, r.workflow_run_id, r.user_id, r.status, r.query, r.answer, r.inputs, r.outputs, p.*
       FROM unnest($1, $2, $3, $4) WITH ORDINALITY p (of_id, at, of_kind, cursor, place)
         JOIN dify_observe.messages r ON p.of_kind = ''message'' AND r.id = p.of_id AND r.created_at = p.at AND r.created_at BETWEEN %1$L AND %2$L
       UNION ALL
       SELECT ''run'', r.id, r.created_at, r.conversation_id, r.id, r.user_id, r.status, r.query, NULL, r.inputs, r.outputs, p.*
       FROM unnest($1, $2, $3, $4) WITH ORDINALITY p (of_id, at, of_kind, cursor, place)
         JOIN dify_observe.workflow_runs r ON p.of_kind = ''run'' AND r.id = p.of_id AND r.created_at = p.at AND r.created_at BETWEEN %1$L AND %2$L
     ) h LEFT JOIN LATERAL (
       SELECT f.field, f.snippet
       FROM (VALUES (1, ''query'', dify_observe.snippet(h.query, $5)), (2, ''answer'', dify_observe.snippet(h.answer, $5)),
                    (3, ''inputs'', dify_observe.snippet(h.inputs::text, $6)), (4, ''outputs'', dify_observe.snippet(h.outputs::text, $6))) f (place, field, snippet)
       WHERE f.snippet IS NOT NULL ORDER BY f.place LIMIT 1
     ) s ON true
     ORDER BY h.place',
    (SELECT min(t) FROM unnest(found.times) t), (SELECT max(t) FROM unnest(found.times) t))
  USING found.ids, found.times, found.kinds, found.cursors, words[1], dify_observe.json_spelling(words[1]);
END $$;
COMMENT ON FUNCTION search_logs IS
  'Messages and runs of an app that contain all words of query, capitals or not, in query, answer, inputs or outputs: the latest first, 20 at a time, without debugging; source: messages or runs only. snippet: some characters around the first word in the field that has it. start is included, until is not; the next page: the cursor of the last row as after. Without create_search_index() it reads every row of the time that it looks at. Errors: 22004, 22023, 42501 for a role without content.';
