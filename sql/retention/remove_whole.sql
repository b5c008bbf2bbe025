-- Partitions that have expired as a whole go some at a time: what a transaction costs, and the search of all buffers for those of files that go, is then paid once.

-- Whoever waits for the lock of a whole table holds up all that come after: so it is asked for without waiting, between two writers.
CREATE FUNCTION take_table(root text) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    BEGIN
      EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE NOWAIT', root);
      -- Its constraint follows the partitions that are there.
      EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE NOWAIT', root || '_default');
      RETURN true;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.002);
    END;
  END LOOP;
  RETURN false;
END $$;
COMMENT ON FUNCTION take_table(text) IS 'Locks a partitioned table and its default partition until the end of the transaction, where that can be had without waiting.';

CREATE FUNCTION take_leaf(leaf text) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE NOWAIT', leaf);
  RETURN true;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION take_leaf(text) IS 'Locks a partition until the end of the transaction, where that can be had without waiting.';

CREATE FUNCTION remove_whole(w retention_work, allowed bigint, passed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  leaf dify_observe.retention_work;
  looked dify_observe.retention_work[] := '{}';
  going dify_observe.retention_work[] := '{}';
  seen record;
  of_table boolean;
  as_seen boolean;
  bytes bigint := 0;
  discarded bigint := 0;
BEGIN
  FOR leaf IN
    SELECT * FROM dify_observe.retention_work t WHERE t.kind = 'leaf' AND t.root = w.root AND t.phase = 'whole' ORDER BY t.lower LIMIT 16 LOOP
    -- Whatever does not go now goes the careful way, by itself.
    UPDATE dify_observe.retention_work t SET phase = 'survey' WHERE t.item = leaf.item;
    IF leaf.ref_events = '{}' AND to_regclass(format('dify_observe.%I', leaf.item)) IS NOT NULL THEN
      SELECT * INTO seen FROM dify_observe.survey_whole(w.root, leaf.item, allowed);
      IF seen.waiting = 0 AND seen.kept = 0 THEN
        leaf.rows := seen.rows;
        leaf.estimated := seen.estimated;
        looked := looked || leaf;
      END IF;
    END IF;
  END LOOP;
  FOREACH leaf IN ARRAY looked LOOP
    CONTINUE WHEN NOT dify_observe.take_leaf(leaf.item);
    -- Nobody writes here now, and what came since is visible. So is a new hold: whoever makes one waits for this step.
    IF w.root = 'events' THEN
      EXECUTE format('SELECT max(id) > $1 IS NOT TRUE FROM ONLY dify_observe.%I', leaf.item) INTO as_seen USING allowed;
    ELSE
      as_seen := dify_observe.open_ids(w.root, leaf.item) = '{}';
    END IF;
    IF as_seen THEN
      going := going || leaf;
    END IF;
  END LOOP;
  IF cardinality(going) = 0 OR NOT dify_observe.expired_throughout(going[cardinality(going)].upper)
     OR EXISTS (SELECT FROM dify_observe.late_events(w.root, w.lower, going[cardinality(going)].upper, w.snapshot, w."floor")) THEN
    RETURN 'more';
  END IF;
  FOREACH leaf IN ARRAY going LOOP
    bytes := bytes + pg_total_relation_size(format('dify_observe.%I', leaf.item)::regclass);
    IF w.root = 'events' THEN
      IF allowed > passed THEN
        EXECUTE format('SELECT $2 + count(*) FROM ONLY dify_observe.%I WHERE id > $1', leaf.item) INTO discarded USING passed, discarded;
      END IF;
      PERFORM dify_observe.retire_days(leaf.lower, leaf.upper, '{}');
    END IF;
  END LOOP;
  -- Last, as all writers wait meanwhile. What is of the last two days may still be written into: it is emptied, and dropped later.
  of_table := going[cardinality(going)].upper <= now() - interval '2 days' AND dify_observe.take_table(w.root);
  EXECUTE (SELECT CASE WHEN of_table THEN 'DROP TABLE ' ELSE 'TRUNCATE ONLY ' END || string_agg(format('dify_observe.%I', g.item), ', ') FROM unnest(going) g);
  UPDATE dify_observe.retention_runs r
  SET leaves_emptied = r.leaves_emptied + cardinality(going), leaves_dropped = r.leaves_dropped + CASE WHEN of_table THEN cardinality(going) ELSE 0 END,
      rows_removed = r.rows_removed + removed.rows, rows_estimated = r.rows_estimated + removed.estimated,
      bytes_freed = r.bytes_freed + bytes, events_discarded = r.events_discarded + discarded
  FROM (SELECT coalesce(sum(g.rows), 0) AS rows, coalesce(sum(g.rows) FILTER (WHERE g.estimated), 0) AS estimated FROM unnest(going) g WHERE g.root <> 'events') removed
  WHERE r.finished_at IS NULL;
  PERFORM dify_observe.done_with(g.item) FROM unnest(going) g;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION remove_whole(retention_work, bigint, bigint) IS
  'Drops the oldest partitions of a table that have expired throughout, up to sixteen in one transaction with what their events have counted, or empties them where the lock of the table is not to be had at once. What has open rows, waits or is in use is left to survey_leaf.';
