-- The fold writes the conversations, a few seconds behind. What it has not read yet is added here.
CREATE FUNCTION conversations_not_folded(app_id uuid)
  RETURNS TABLE (id uuid, tenant_id uuid, user_id text, invoke_from text, message_count bigint, created_at timestamptz, last_message_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
#variable_conflict use_column
DECLARE
  since timestamptz := (SELECT i.since FROM dify_observe.installation i);
  fold record;
  news record;
BEGIN
  SELECT p.passed, p.skipped, p.passed_at INTO fold FROM dify_observe.export_progress p WHERE p.destination = 'fold' AND p.signal = 'metrics';
  EXECUTE format(
    'SELECT array_agg(e.source_id) AS ids, array_agg(e.source_at) AS times, min(e.source_at) AS first, max(e.source_at) AS last
     FROM dify_observe.events e WHERE e.event = 4 AND e.recorded_at >= %L AND (e.id > %s %s)',
    -- A skipped transaction may have written long ago.
    CASE WHEN fold.skipped <> '[]' THEN since ELSE greatest(since, fold.passed_at - interval '1 day') END, coalesce(fold.passed, 0),
    (SELECT string_agg(format('OR e.xid = %L AND e.id > %s AND e.id <= %s', s ->> 'xid', s ->> 'from', s ->> 'to'), ' ')
     FROM jsonb_array_elements(fold.skipped) s)) INTO news;
  IF news.ids IS NOT NULL THEN
    -- With the bounds as constants, partitions that hold none of it are not even planned.
    RETURN QUERY EXECUTE format(
      'SELECT m.conversation_id, min(m.tenant_id::text)::uuid, min(m.user_id), min(m.invoke_from), count(*), min(m.created_at), max(m.created_at)
       FROM unnest($2, $3) e (id, at) JOIN dify_observe.messages m ON m.id = e.id AND m.created_at = e.at AND m.created_at BETWEEN %L AND %L
       WHERE m.app_id = $1 AND m.conversation_id IS NOT NULL GROUP BY m.conversation_id HAVING dify_observe.in_sight(min(m.tenant_id::text)::uuid)', news.first, news.last)
    USING app_id, news.ids, news.times;
  END IF;
END $$;
COMMENT ON FUNCTION conversations_not_folded(uuid) IS
  'What conversations lacks of an app: messages whose events the fold has not read. Few where a worker runs; without one, all since the last fold_metrics().';
