CREATE FUNCTION message_detail(message_id uuid DEFAULT NULL)
  RETURNS TABLE (message jsonb, run jsonb, feedbacks jsonb, annotation jsonb, annotation_hits jsonb, operations jsonb, attempts uuid[], answers_to uuid, followed_by uuid[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
DECLARE
  began timestamptz := (SELECT f.created_at FROM dify_observe.find_message(message_id, NULL, true) f LIMIT 1);
  shown text;
  near text;
BEGIN
  IF began IS NULL THEN
    RETURN;
  END IF;
  -- Operations have no index by message: they happen around it. Who may not read content sees the columns that were granted.
  near := format('o.app_id = m.app_id AND o.message_id = m.id AND o.created_at BETWEEN %L AND %L', began - interval '10 minutes', began + interval '1 hour');
  shown := (SELECT string_agg('m.' || quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = 'dify_observe.messages'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'xid'
              AND has_column_privilege(a.attrelid, a.attnum, 'SELECT'));
  RETURN QUERY EXECUTE format(
    'WITH tree AS MATERIALIZED (
       SELECT t.place, t.id, t.parent_message_id
       FROM dify_observe.messages m, LATERAL dify_observe.conversation_timeline(m.conversation_id) t WHERE m.id = $1 AND m.created_at = %6$L
     )
     SELECT (SELECT to_jsonb(s) FROM (SELECT %1$s) s),
       (SELECT jsonb_build_object(''id'', r.id, ''status'', r.status, ''workflow_id'', r.workflow_id, ''workflow_version'', r.workflow_version,
          ''elapsed_time'', r.elapsed_time, ''total_steps'', r.total_steps, ''total_tokens'', r.total_tokens, ''total_price'', r.total_price,
          ''currency'', r.currency, ''error'', r.error)
        FROM dify_observe.find_workflow_run(m.workflow_run_id, m.created_at, true) f JOIN dify_observe.workflow_runs r ON r.id = m.workflow_run_id AND r.created_at = f.created_at
        WHERE m.workflow_run_id IS NOT NULL LIMIT 1),
       (SELECT jsonb_agg(jsonb_build_object(''rating'', f.rating, ''content'', %2$s, ''from_source'', f.from_source, ''user_id'', f.user_id, ''created_at'', f.created_at)
               ORDER BY f.created_at) FROM dify_observe.feedbacks f WHERE f.message_id = m.id AND f.rating IS NOT NULL),
       (SELECT jsonb_build_object(''id'', a.id, ''content'', %3$s, ''note'', %4$s, ''author'', a.author, ''version'', a.version, ''updated_at'', a.updated_at)
        FROM dify_observe.annotations a WHERE a.message_id = m.id),
       (SELECT jsonb_agg(jsonb_build_object(''annotation_id'', h.annotation_id, ''score'', h.score, ''source'', h.source, ''created_at'', h.created_at) ORDER BY h.created_at)
        FROM dify_observe.annotation_hits h WHERE h.message_id = m.id),
       (SELECT jsonb_agg(o.told ORDER BY o.created_at) FROM (
          SELECT o.created_at, jsonb_build_object(''kind'', ''tool'', ''id'', o.id, ''name'', o.tool_name, ''status'', o.status, ''duration'', o.duration, ''error'', o.error) AS told
          FROM dify_observe.tool_executions o WHERE %5$s
          UNION ALL
          SELECT o.created_at, jsonb_build_object(''kind'', ''moderation'', ''id'', o.id, ''name'', o.action, ''flagged'', o.flagged, ''duration'', o.duration, ''error'', o.error)
          FROM dify_observe.moderation_checks o WHERE %5$s
          UNION ALL
          SELECT o.created_at, jsonb_build_object(''kind'', ''retrieval'', ''id'', o.id, ''datasets'', o.dataset_names, ''documents'', o.document_count, ''status'', o.status,
                                                  ''duration'', o.duration, ''error'', o.error)
          FROM dify_observe.dataset_retrievals o WHERE %5$s
          UNION ALL
          SELECT o.created_at, jsonb_build_object(''kind'', ''suggested_questions'', ''id'', o.id, ''count'', o.count, ''status'', o.status, ''duration'', o.duration, ''error'', o.error)
          FROM dify_observe.suggested_questions o WHERE %5$s) o),
       (SELECT array_agg(t.id ORDER BY t.place) FROM tree t WHERE t.parent_message_id = own.parent_message_id),
       own.parent_message_id,
       (SELECT array_agg(t.id ORDER BY t.place) FROM tree t WHERE t.parent_message_id = m.id)
     FROM dify_observe.messages m LEFT JOIN tree own ON own.id = m.id WHERE m.id = $1 AND m.created_at = %6$L',
    shown, dify_observe.content_column('feedbacks', 'content', 'f.content'), dify_observe.content_column('annotations', 'content', 'a.content'),
    dify_observe.content_column('annotations', 'note', 'a.note'), near, began)
  USING message_id;
END $$;
COMMENT ON FUNCTION message_detail(uuid) IS
  'Everything about a message: its row, its run, feedback, annotation and hits, what was done for it (tools, moderation, retrievals, suggested questions, from ten minutes before to an hour after), and its place among regenerations: attempts have the same parent, it answers_to a message and is followed_by others. No row for an unknown id.';
