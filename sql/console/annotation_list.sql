CREATE TYPE listed_annotation AS (
  id uuid, created_at timestamptz, updated_at timestamptz, message_id uuid, conversation_id uuid, question text, content text, note text, author text,
  version int, hits bigint, last_hit_at timestamptz, cursor text, total bigint
);
COMMENT ON TYPE listed_annotation IS 'A row of annotation_list. hits: messages that it answered; cursor begins the next page; total only where asked for.';

CREATE FUNCTION annotation_list(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, keyword text DEFAULT NULL,
  author text DEFAULT NULL, conversation_id uuid DEFAULT NULL, of_message boolean DEFAULT NULL, sort text DEFAULT '-created_at', after text DEFAULT NULL,
  page_size int DEFAULT 20, with_total boolean DEFAULT false) RETURNS SETOF listed_annotation
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
#variable_conflict use_variable
DECLARE
  source text := 'dify_observe.annotations';
  in_text text := quote_literal(dify_observe.containing(keyword));
  filter text;
  page record;
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  filter := concat_ws(' AND ',
    'r.app_id = ' || quote_literal(app_id),
    'r.author = ' || quote_literal(author),
    'r.conversation_id = ' || quote_literal(conversation_id),
    '(r.message_id IS NOT NULL) = ' || of_message,
    '(r.question ILIKE ' || in_text || ' OR r.content ILIKE ' || in_text || ' OR r.note ILIKE ' || in_text || ')');
  SELECT array_agg(p.id) AS ids, array_agg(p.cursor) AS cursors INTO page
  FROM dify_observe.page_of(source, filter, start, until, sort,
    '{"created_at": ["r.created_at", "timestamptz"], "updated_at": ["r.updated_at", "timestamptz"]}', after, page_size) p;
  RETURN QUERY EXECUTE format(
    'SELECT r.id, r.created_at, r.updated_at, r.message_id, r.conversation_id, %s, %s, %s, r.author, r.version, h.hits, h.last_hit_at, p.cursor, $3
     FROM unnest($1, $2) WITH ORDINALITY p (id, cursor, place) JOIN dify_observe.annotations r ON r.id = p.id,
       LATERAL (SELECT count(*) AS hits, max(h.created_at) AS last_hit_at FROM dify_observe.annotation_hits h WHERE h.annotation_id = r.id) h
     ORDER BY p.place',
    dify_observe.content_column('annotations', 'question', 'r.question'), dify_observe.content_column('annotations', 'content', 'r.content'),
    dify_observe.content_column('annotations', 'note', 'r.note'))
  USING page.ids, page.cursors, CASE WHEN with_total THEN dify_observe.count_of(source, filter, start, until) END;
END $$;
COMMENT ON FUNCTION annotation_list IS
  'A page of an app''s annotations: latest first, 20 at a time. start is included, until is not. keyword: in question, content or note; of_message: those of a message, or the free ones. sort: created_at, updated_at, a minus in front for the latest first. The next page: the cursor of the last row as after. Errors: 22004, 22023.';
