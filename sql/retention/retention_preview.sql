CREATE FUNCTION retention_preview() RETURNS TABLE (table_name text, partition text, rows bigint, bytes bigint, action text, blocked_by text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
  leaf record;
  seen record;
  unread boolean;
  latest timestamptz;
  rows_from timestamptz;
  allowed bigint;
BEGIN
  SELECT max(c.cutoff), max(c.overdue) INTO latest, rows_from FROM dify_observe.retention_cutoffs() c;
  allowed := dify_observe.allowed_to_go(coalesce(dify_observe.passed_by_all(), 0), latest);
  FOR leaf IN
    SELECT l.*, t.events, pg_total_relation_size(format('dify_observe.%I', l.leaf)::regclass) AS total
    FROM dify_observe.leaves() l LEFT JOIN dify_observe.log_tables() t USING (root)
    WHERE l.bytes > 0 AND (l.upper <= latest OR l.lower < rows_from) ORDER BY coalesce(t.stage, 10), l.lower LOOP
    unread := dify_observe.expired_throughout(leaf.upper);
    IF unread THEN
      SELECT s.*, 0 AS overdue INTO seen FROM dify_observe.survey_whole(leaf.root, leaf.leaf, allowed) s;
      unread := seen.kept = 0;
    END IF;
    IF NOT unread THEN
      SELECT * INTO seen FROM dify_observe.survey_rows(leaf.root, leaf.leaf, 0, 4294967294, allowed);
    END IF;
    table_name := leaf.root;
    partition := leaf.leaf;
    blocked_by := CASE WHEN seen.waiting > 0 OR EXISTS (SELECT FROM dify_observe.events e WHERE e.id > allowed AND e.event = ANY (leaf.events)
                                                          AND e.source_at >= leaf.lower AND e.source_at < leaf.upper)
                       THEN dify_observe.waits_for() ELSE dify_observe.lock_holders(ARRAY[leaf.leaf]) END;
    IF leaf.upper <= now() - interval '1 day' AND seen.kept <= 1000 AND seen.kept * 10 <= seen.rows AND seen.rows > seen.kept THEN
      action := 'truncate';
      rows := seen.rows - seen.kept;
      bytes := leaf.total;
    ELSE
      action := 'delete';
      rows := seen.overdue;
      bytes := leaf.total * seen.overdue / greatest(seen.rows, 1);
    END IF;
    IF rows > 0 THEN
      RETURN NEXT;
    END IF;
  END LOOP;
  RETURN QUERY
  SELECT t.name, NULL::text, t.rows, (t.size * t.rows / greatest(t.total, 1))::bigint, 'delete', NULL::text
  FROM (SELECT 'conversations' AS name, pg_total_relation_size('dify_observe.conversations') AS size, count(*) AS total,
               count(*) FILTER (WHERE c.last_message_at < dify_observe.retention_overdue(c.tenant_id, c.app_id, NULL)) AS rows FROM dify_observe.conversations c
        UNION ALL
        SELECT 'quarantined_events', pg_total_relation_size('dify_observe.quarantined_events'), count(*),
               count(*) FILTER (WHERE q.recorded_at < dify_observe.retention_overdue(NULL, NULL, NULL)) FROM dify_observe.quarantined_events q) t
  WHERE t.rows > 0;
  RETURN QUERY
  SELECT l.root, l.leaf, 0::bigint, pg_total_relation_size(format('dify_observe.%I', l.leaf)::regclass), 'drop', dify_observe.lock_holders(ARRAY[l.root, l.leaf])
  FROM dify_observe.leaves() l WHERE l.bytes = 0 AND l.upper <= least(latest, now() - interval '2 days') ORDER BY l.root, l.lower;
END $$;
COMMENT ON FUNCTION retention_preview() IS
  'What run_retention() would remove now: rows and bytes per partition (estimates where rows are deleted, and rows of what goes unread, from a megabyte on), by truncate (the whole partition, the few rows that stay are put back), delete (in batches) or drop (it is empty); blocked_by: what would have to be waited for. Reads every partition of which some rows stay; feedback and trace roots that go along are not listed.';
