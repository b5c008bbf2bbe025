-- Looking at one partition, a stretch of it at a time, without a lock that anybody would notice.

CREATE FUNCTION survey_rows(root text, leaf text, first_block bigint, last_block bigint, allowed bigint,
                            OUT rows bigint, OUT kept bigint, OUT waiting bigint, OUT overdue bigint, OUT keep_ids text[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE NOT goes), count(*) FILTER (WHERE waits), count(*) FILTER (WHERE late), '
                 '(coalesce(array_agg(id::text) FILTER (WHERE NOT goes), ''{}''))[1:1001] '
                 'FROM (SELECT r.id, r.at < r.cutoff AND NOT r.unfinished AS goes, r.at < r.overdue AND NOT r.unfinished AS late, '
                               'r.at < r.cutoff AND %s AS waits FROM (%s) r) t',
                 CASE root WHEN 'events' THEN format('r.id > %s', allowed) ELSE 'false' END,
                 dify_observe.aged_rows(root, leaf, format('r.ctid >= ''(%s,0)'' AND r.ctid < ''(%s,0)''', first_block, last_block)))
    INTO rows, kept, waiting, overdue, keep_ids;
END $$;
COMMENT ON FUNCTION survey_rows(text, text, bigint, bigint, bigint) IS
  'Of the rows in some blocks of a partition: how many, how many stay (some of their ids), wait for export, and have long expired.';

CREATE FUNCTION few_stay(w retention_work) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- A default partition takes whatever comes, now too.
  few boolean := w.upper <= now() - interval '1 day' AND w.kept <= 1000 AND w.kept * 10 <= w.rows AND cardinality(w.ref_events) <= 20000;
BEGIN
  IF few AND w.kept > 0 THEN
    EXECUTE format('SELECT sum(octet_length(t::text)) <= 16777216 FROM ONLY dify_observe.%I t WHERE t.id = ANY ($1::text[]::%s[])',
                   w.item, CASE w.root WHEN 'events' THEN 'bigint' ELSE 'uuid' END) INTO few USING w.keep_ids;
  END IF;
  RETURN few;
END $$;
COMMENT ON FUNCTION few_stay(retention_work) IS 'Whether a partition that was looked at may be emptied, and the rows that stay put back.';

-- A gigabyte is read in eight steps, so that the worker does everything else in between.
CREATE FUNCTION survey_leaf(w retention_work, allowed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  until bigint := least(w.next_block + 16384, w.blocks);
  rules text := coalesce(w.rules, dify_observe.retention_rules());
  seen record;
BEGIN
  IF w.next_block = 0 AND dify_observe.expired_throughout(w.upper) THEN
    SELECT * INTO seen FROM dify_observe.survey_whole(w.root, w.item, allowed);
    IF seen.waiting > 0 THEN
      RETURN dify_observe.give_up(w.item, dify_observe.waits_for());
    END IF;
    w.rows := seen.rows;
    w.kept := seen.kept;
    w.keep_ids := seen.keep_ids;
    IF w.kept = 0 OR dify_observe.few_stay(w) THEN
      UPDATE dify_observe.retention_work t
      SET phase = 'empty', whole = true, rules = rules, rows = w.rows, estimated = seen.estimated, kept = w.kept, keep_ids = w.keep_ids
      WHERE t.item = w.item;
      RETURN 'more';
    END IF;
  END IF;
  SELECT * INTO seen FROM dify_observe.survey_rows(w.root, w.item, w.next_block, CASE WHEN until = w.blocks THEN 4294967294 ELSE until END, allowed);
  IF seen.waiting > 0 THEN
    RETURN dify_observe.give_up(w.item, dify_observe.waits_for());
  END IF;
  UPDATE dify_observe.retention_work t
  SET next_block = until, rules = rules, rows = t.rows + seen.rows, kept = t.kept + seen.kept, overdue = t.overdue + seen.overdue,
      keep_ids = CASE WHEN t.kept + seen.kept <= 1000 THEN t.keep_ids || seen.keep_ids ELSE '{}' END
  WHERE t.item = w.item RETURNING * INTO w;
  IF until < w.blocks THEN
    RETURN 'more';
  END IF;
  IF w.rows > w.kept AND dify_observe.few_stay(w) THEN
    UPDATE dify_observe.retention_work t SET phase = 'empty' WHERE t.item = w.item;
  ELSIF w.overdue > 0 AND w.root = 'events' AND w.stage = 10 THEN
    -- First its rows, which take their events with them.
    UPDATE dify_observe.retention_work t
    SET stage = 35, phase = 'survey', rules = NULL, next_block = 0, rows = 0, kept = 0, overdue = 0, keep_ids = '{}' WHERE t.item = w.item;
  ELSIF w.overdue > 0 THEN
    UPDATE dify_observe.retention_work t SET phase = 'batch', cursor = '(0,0)', next_block = 0 WHERE t.item = w.item;
  ELSE
    RETURN dify_observe.leave(w);
  END IF;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION survey_leaf(retention_work, bigint) IS
  'Goes on looking at a partition; at its end decides: empty it (and put back the few rows that stay), delete in batches, or leave it.';

CREATE FUNCTION give_up(item text, reason text) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  DELETE FROM dify_observe.retention_work w WHERE w.item = item;
  UPDATE dify_observe.retention_runs r SET blocked = r.blocked || jsonb_build_object(item, reason) WHERE r.finished_at IS NULL;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION give_up(text, text) IS 'Leaves something to the next run, and keeps why.';

CREATE FUNCTION waits_for() RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce((SELECT CASE p.destination WHEN 'fold' THEN 'not counted yet (fold_metrics)'
      WHEN 'rollups' THEN 'not in the rollups yet: what came with a dump is added once something new is logged' ELSE format('not exported yet: %s of destination %s is %s', p.signal, p.destination, p.state) END
    FROM awaited_readers p ORDER BY p.passed LIMIT 1), 'not counted yet (fold_metrics)');
END;
COMMENT ON FUNCTION waits_for() IS 'The reader of events that is farthest behind, in words.';

-- Late arrivals in an expired partition: events of transactions that the snapshot did not see.
CREATE FUNCTION late_events(root text, lower timestamptz, upper timestamptz, seen pg_snapshot, "floor" bigint) RETURNS TABLE (id bigint, source_id uuid)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT e.id, e.source_id FROM events e
  WHERE e.id > late_events."floor" AND NOT pg_visible_in_snapshot(e.xid, seen)
    AND e.event = ANY (SELECT unnest(l.events) FROM log_tables() l WHERE l.root = late_events.root)
    AND e.source_at >= late_events.lower AND e.source_at < late_events.upper;
END;
COMMENT ON FUNCTION late_events(text, timestamptz, timestamptz, pg_snapshot, bigint) IS
  'Events of rows in this part of a table that were written after the snapshot; all of them have ids above floor.';

CREATE FUNCTION find_references(w retention_work) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  blocked jsonb := (SELECT r.blocked FROM dify_observe.retention_runs r WHERE r.finished_at IS NULL);
  times record;
  recorded text;
  found record;
BEGIN
  SELECT min(t.lower) AS lower, max(t.upper) AS upper INTO times FROM dify_observe.retention_work t WHERE t.kind = 'leaf' AND t.root <> 'events' AND isfinite(t.upper);
  -- Within literal times, by the index on them: events mostly tell of what has just happened.
  SELECT string_agg(format('SELECT %L AS leaf, e.id, e.source_id, e.source_at, e.event FROM ONLY dify_observe.%I e WHERE e.source_at >= %L AND e.source_at < %L',
                           l.leaf, l.leaf, times.lower, times.upper), ' UNION ALL ') INTO recorded
  FROM dify_observe.leaves('events') l WHERE l.bytes > 0 AND l.lower >= w.lower AND l.upper <= w.upper AND isfinite(l.lower) = isfinite(w.lower);
  DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
  IF recorded IS NULL THEN
    RETURN 'more';
  END IF;
  -- Read once, whatever the planner thinks of the join.
  FOR found IN EXECUTE format(
      'WITH e AS MATERIALIZED (%s) SELECT t.item, e.leaf, (array_agg(e.id))[1:20001] AS ids, (array_agg(e.source_id))[1:20001] AS sources '
      'FROM e JOIN dify_observe.log_tables() l ON e.event = ANY (l.events) '
      '  JOIN dify_observe.retention_work t ON t.kind = ''leaf'' AND t.root = l.root AND e.source_at >= t.lower AND e.source_at < t.upper AND isfinite(t.upper) '
      'GROUP BY t.item, e.leaf', recorded) LOOP
    IF blocked ? found.leaf THEN
      PERFORM dify_observe.give_up(found.item, format('%s: %s', found.leaf, blocked ->> found.leaf));
    ELSE
      UPDATE dify_observe.retention_work t SET ref_events = t.ref_events || found.ids, ref_sources = t.ref_sources || found.sources WHERE t.item = found.item;
    END IF;
  END LOOP;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION find_references(retention_work) IS 'Notes which events of some partitions of events tell of rows in partitions that may be emptied.';
