-- Emptying a partition takes its own lock only. With a default partition there is no DETACH CONCURRENTLY, and DROP needs the lock of the
-- whole table, which one open logging transaction refuses.

CREATE FUNCTION empty_leaf(w retention_work, allowed bigint, passed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  place text := format('dify_observe.%I', w.item);
  key text := CASE w.root WHEN 'events' THEN 'bigint' ELSE 'uuid' END;
  -- Before the query that it stands for: what commits while that runs must count as late.
  seen pg_snapshot := pg_current_snapshot();
  changed boolean;
  going bigint[];
  discarded bigint := 0;
  bytes bigint := pg_total_relation_size(place::regclass);
  late_ids bigint[];
  late_sources uuid[];
BEGIN
  IF w.root <> 'events' THEN
    IF EXISTS (SELECT FROM unnest(w.ref_events) id WHERE id > allowed) THEN
      RETURN dify_observe.give_up(w.item, dify_observe.waits_for());
    END IF;
    going := ARRAY(SELECT r.id FROM unnest(w.ref_events, w.ref_sources) r (id, source) WHERE r.source::text <> ALL (w.keep_ids) LIMIT 1000);
    IF going <> '{}' THEN
      PERFORM dify_observe.retire_events(going);
      UPDATE dify_observe.retention_runs r SET events_discarded = r.events_discarded + (SELECT count(*) FROM unnest(going) id WHERE id > passed) WHERE r.finished_at IS NULL;
      UPDATE dify_observe.retention_work t
      SET (ref_events, ref_sources) = (SELECT coalesce(array_agg(r.id), '{}'), coalesce(array_agg(r.source), '{}')
                                       FROM unnest(w.ref_events, w.ref_sources) r (id, source) WHERE r.id <> ALL (going)) WHERE t.item = w.item;
      RETURN 'batch';
    END IF;
    -- The more of it before the lock, the shorter the lock.
    SELECT array_agg(l.id), array_agg(l.source_id) INTO late_ids, late_sources FROM dify_observe.late_events(w.root, w.lower, w.upper, w.snapshot, w."floor") l;
    IF late_ids IS NOT NULL THEN
      RETURN dify_observe.look_again(w.item, late_ids, late_sources, seen);
    END IF;
    w.snapshot := seen;
  END IF;
  -- Writers are kept out while it is looked whether something has come, readers only while it is emptied.
  IF NOT dify_observe.lock_leaf(place, 'SHARE') THEN
    RETURN dify_observe.try_later(w.item, ARRAY[w.item]);
  END IF;
  -- Nobody writes here now, and what came since is visible. So is a new hold: whoever makes one waits for this step.
  seen := pg_current_snapshot();
  IF w.root = 'events' THEN
    EXECUTE format('SELECT max(id) > $1 FROM ONLY %s', place) INTO changed USING allowed;
  ELSE
    SELECT array_agg(l.id), array_agg(l.source_id) INTO late_ids, late_sources FROM dify_observe.late_events(w.root, w.lower, w.upper, w.snapshot, w."floor") l;
    -- An unfinished row has no event, and may be anywhere. What else has come has one, or, in a small partition, is looked at.
    changed := late_ids IS NOT NULL OR NOT dify_observe.open_ids(w.root, w.item) <@ w.keep_ids;
    IF NOT changed AND NOT w.whole THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM (%s) r WHERE r.at >= r.cutoff AND r.id::text <> ALL ($1))',
                     dify_observe.aged_rows(w.root, w.item, format('r.ctid >= ''(%s,0)''', CASE WHEN w.blocks <= 2000 THEN 0 ELSE w.blocks - 1 END))) INTO changed USING w.keep_ids;
    END IF;
  END IF;
  IF changed OR w.rules <> dify_observe.retention_rules() OR w.whole AND NOT dify_observe.expired_throughout(w.upper) THEN
    RETURN dify_observe.look_again(w.item, late_ids, late_sources, seen);
  END IF;
  IF NOT dify_observe.lock_leaf(place, 'ACCESS EXCLUSIVE') THEN
    RETURN dify_observe.try_later(w.item, ARRAY[w.item]);
  END IF;
  IF w.kept > 0 THEN
    EXECUTE format('CREATE TEMP TABLE retention_kept ON COMMIT DROP AS SELECT * FROM ONLY %s WHERE id = ANY ($1::%s[])', place, key) USING w.keep_ids;
  END IF;
  IF w.root = 'events' THEN
    IF allowed > passed THEN
      EXECUTE format('SELECT count(*) FROM ONLY %s WHERE id > $1 AND id::text <> ALL ($2)', place) INTO discarded USING passed, w.keep_ids;
    END IF;
    PERFORM dify_observe.retire_days(w.lower, w.upper, w.keep_ids::bigint[]);
  END IF;
  EXECUTE format('TRUNCATE ONLY %s', place);
  IF w.kept > 0 THEN
    EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.retention_kept', place);
  END IF;
  UPDATE dify_observe.retention_runs r
  SET leaves_emptied = r.leaves_emptied + 1, rows_removed = r.rows_removed + CASE w.root WHEN 'events' THEN 0 ELSE w.rows - w.kept END,
      rows_estimated = r.rows_estimated + CASE WHEN w.estimated AND w.root <> 'events' THEN w.rows - w.kept ELSE 0 END,
      bytes_freed = r.bytes_freed + bytes, events_discarded = r.events_discarded + discarded
  WHERE r.finished_at IS NULL;
  RETURN CASE WHEN w.kept > 0 THEN dify_observe.leave(w) ELSE dify_observe.done_with(w.item) END;
END $$;
COMMENT ON FUNCTION empty_leaf(retention_work, bigint, bigint) IS
  'Empties a partition that was surveyed, in one transaction with what its events have counted, and puts back the few rows that stay. Looks again where something has come since; later where the lock is not to be had.';

CREATE FUNCTION lock_leaf(place text, mode text) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('lock_timeout', coalesce(current_setting('dify_observe.retention_lock_timeout', true), '100ms'), true);
  EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', place, mode);
  RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION lock_leaf(text, text) IS 'Locks a partition until the end of the transaction; false where that is not to be had in time.';

CREATE FUNCTION done_with(item text) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  DELETE FROM dify_observe.retention_work w WHERE w.item = item;
  DELETE FROM dify_observe.retention_surveys s WHERE s.leaf = item;
  RETURN 'more';
END $$;

CREATE FUNCTION look_again(item text, late_events bigint[], late_sources uuid[], seen pg_snapshot) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  UPDATE dify_observe.retention_work w
  SET phase = 'survey', rules = NULL, snapshot = seen, next_block = 0, whole = false, rows = 0, estimated = false, kept = 0, keep_ids = '{}', overdue = 0, attempts = w.attempts + 1,
      blocks = pg_relation_size(format('dify_observe.%I', item)::regclass) / current_setting('block_size')::bigint,
      ref_events = w.ref_events || coalesce(late_events, '{}'), ref_sources = w.ref_sources || coalesce(late_sources, '{}')
  WHERE w.item = item AND w.attempts < 8;
  RETURN CASE WHEN FOUND THEN 'more' ELSE dify_observe.give_up(item, 'rows are being written into it') END;
END $$;
COMMENT ON FUNCTION look_again(text, bigint[], uuid[], pg_snapshot) IS 'Begins a partition anew: rows have come up to this snapshot, or other policies.';

CREATE FUNCTION try_later(item text, locked text[]) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  holders text := coalesce(dify_observe.lock_holders(locked), 'a transaction that has ended meanwhile');
BEGIN
  -- 0.1 s, doubling to 12.8 s.
  UPDATE dify_observe.retention_work w
  SET attempts = w.attempts + 1, not_before = clock_timestamp() + interval '100 milliseconds' * 2 ^ w.attempts, blocked_by = holders
  WHERE w.item = item AND w.attempts < 8;
  RETURN CASE WHEN FOUND THEN 'more' ELSE dify_observe.give_up(item, 'locked by ' || holders) END;
END $$;
COMMENT ON FUNCTION try_later(text, text[]) IS 'Keeps who holds the lock, and tries again after a while; after the eighth time in the next run.';

CREATE FUNCTION lock_holders(locked text[]) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT string_agg(DISTINCT CASE WHEN l.pid IS NULL THEN 'a prepared transaction'
      ELSE format('process %s (%s)', l.pid, concat_ws(', ', nullif(a.application_name, ''), a.usename, a.state, 'since ' || date_trunc('second', a.xact_start)::text)) END, '; ')
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
  WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid() AND l.locktype = 'relation'
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
    AND l.relation IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relname = ANY (locked));
END;
COMMENT ON FUNCTION lock_holders(text[]) IS 'Who else holds locks on these tables of ours, in words; null where nobody does.';
