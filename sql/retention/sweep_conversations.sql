-- Conversations go by the set, in the order of the index that knows when each app was last written to: what has not expired is not read.

CREATE FUNCTION old_conversations(after_app uuid, after_at timestamptz, after_id uuid, before timestamptz, most integer)
  RETURNS TABLE (id uuid, tenant_id uuid, app_id uuid, last_message_at timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE named AS (
    (SELECT c.app_id FROM conversations c WHERE c.app_id >= after_app ORDER BY c.app_id LIMIT 1)
    UNION ALL
    SELECT (SELECT c.app_id FROM conversations c WHERE c.app_id > n.app_id ORDER BY c.app_id LIMIT 1) FROM named n WHERE n.app_id IS NOT NULL
  )
  SELECT o.id, o.tenant_id, o.app_id, o.last_message_at
  FROM named n CROSS JOIN LATERAL (
    SELECT c.id, c.tenant_id, c.app_id, c.last_message_at FROM conversations c
    WHERE c.app_id = n.app_id AND c.last_message_at < before
      AND (c.last_message_at, c.id) > (CASE WHEN n.app_id = after_app THEN after_at ELSE '-infinity' END,
                                       CASE WHEN n.app_id = after_app THEN after_id ELSE '00000000-0000-0000-0000-000000000000' END)
    ORDER BY c.last_message_at, c.id LIMIT most) o
  LIMIT most;
END;
COMMENT ON FUNCTION old_conversations(uuid, timestamptz, uuid, timestamptz, integer) IS
  'The next conversations, by app and last message, that have been silent since before a time.';

CREATE FUNCTION sweep_conversations(w retention_work, allowed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  most constant integer := least(100 * dify_observe.batch_size(), 10000);
  after text[] := coalesce(w.cursor::text[], ARRAY['00000000-0000-0000-0000-000000000000', '-infinity', '00000000-0000-0000-0000-000000000000']);
  old record;
  ids uuid[];
  feedback bigint;
  removed bigint;
BEGIN
  -- Policies are asked once for each app, not for each conversation.
  WITH batch AS MATERIALIZED (
    SELECT * FROM dify_observe.old_conversations(after[1]::uuid, after[2]::timestamptz, after[3]::uuid, dify_observe.latest_overdue(), most)
  ), scopes AS MATERIALIZED (
    SELECT s.*, dify_observe.retention_overdue(s.tenant_id, s.app_id, NULL) AS overdue FROM (SELECT DISTINCT b.tenant_id, b.app_id FROM batch b) s
  )
  SELECT count(*) AS found, array_agg(b.id) FILTER (WHERE b.last_message_at < s.overdue) AS expired,
         (SELECT ARRAY[l.app_id::text, l.last_message_at::text, l.id::text] FROM batch l ORDER BY l.app_id DESC, l.last_message_at DESC, l.id DESC LIMIT 1)::text AS last
  INTO old FROM batch b JOIN scopes s USING (tenant_id, app_id);
  -- A few index pages for each, where a join would read all messages there are.
  ids := ARRAY(SELECT c FROM unnest(old.expired) c WHERE (SELECT true FROM dify_observe.messages m WHERE m.conversation_id = c LIMIT 1) IS NULL);
  feedback := dify_observe.remove_rows('feedbacks', ARRAY(SELECT f.id FROM dify_observe.feedbacks f WHERE f.conversation_id = ANY (ids)), allowed);
  DELETE FROM dify_observe.conversations c
  WHERE c.id = ANY (ids) AND NOT EXISTS (SELECT FROM dify_observe.feedbacks f WHERE f.conversation_id = c.id);
  GET DIAGNOSTICS removed = ROW_COUNT;
  UPDATE dify_observe.retention_runs r SET rows_removed = r.rows_removed + removed + feedback WHERE r.finished_at IS NULL;
  IF old.found < most THEN
    DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
    RETURN 'more';
  END IF;
  UPDATE dify_observe.retention_work t SET cursor = old.last WHERE t.item = w.item;
  RETURN 'swept';
END $$;
COMMENT ON FUNCTION sweep_conversations(retention_work, bigint) IS
  'The next conversations whose last message has expired and is gone, with their feedback. What waits for export stays.';
