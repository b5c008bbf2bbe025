-- Plain tables, whose rows go when what they belong to is gone.

CREATE FUNCTION sweep_table(w retention_work, allowed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  after text := coalesce(w.cursor, CASE WHEN w.item IN ('quarantined_events', 'export_rejections') THEN '0' ELSE '00000000-0000-0000-0000-000000000000' END);
  most integer := dify_observe.batch_size() * 10;
  latest timestamptz := (SELECT max(c.overdue) FROM dify_observe.retention_cutoffs() c);
  last text;
  ids uuid[];
  removed bigint := 0;
BEGIN
  IF w.item = 'feedbacks' THEN
    -- Of messages that tell no conversation, and of those that were never logged.
    SELECT max(f.id::text), array_agg(f.id) FILTER (WHERE f.created_at < dify_observe.retention_overdue(f.tenant_id, f.app_id, NULL)
                                                     AND NOT EXISTS (SELECT FROM dify_observe.conversations c WHERE c.id = f.conversation_id)
                                                     AND NOT EXISTS (SELECT FROM dify_observe.messages m WHERE m.id = f.message_id))
    INTO last, ids
    FROM (SELECT * FROM dify_observe.feedbacks f WHERE f.id > after::uuid AND f.created_at < latest ORDER BY f.id LIMIT most) f;
    removed := dify_observe.remove_rows('feedbacks', ids, allowed);
  ELSIF w.item = 'trace_roots' THEN
    SELECT max(t.run_id::text), array_agg(t.run_id) FILTER (WHERE NOT EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = t.run_id AND r.created_at = t.created_at))
    INTO last, ids
    FROM (SELECT * FROM dify_observe.trace_roots t WHERE t.run_id > after::uuid AND t.created_at < latest ORDER BY t.run_id LIMIT most) t;
    DELETE FROM dify_observe.trace_roots t WHERE t.run_id = ANY (ids);
  ELSIF w.item = 'annotation_hits' THEN
    -- Annotations stay, and that they answered too; what the user asked goes with the message.
    SELECT max(h.id::text), array_agg(h.id) FILTER (WHERE h.created_at < dify_observe.retention_overdue(h.tenant_id, h.app_id, NULL)
                                                     AND NOT EXISTS (SELECT FROM dify_observe.messages m WHERE m.id = h.message_id))
    INTO last, ids
    FROM (SELECT * FROM dify_observe.annotation_hits h WHERE h.id > after::uuid AND h.created_at < latest
            AND (h.question IS NOT NULL OR h.user_id IS NOT NULL) ORDER BY h.id LIMIT most) h;
    UPDATE dify_observe.annotation_hits h SET question = NULL, user_id = NULL WHERE h.id = ANY (ids);
    ids := NULL;
  ELSE
    EXECUTE format('WITH old AS (SELECT t.id FROM dify_observe.%1$I t WHERE t.id > $1 AND t.%2$I < $2 ORDER BY t.id LIMIT $3), '
                   'gone AS (DELETE FROM dify_observe.%1$I t WHERE t.id = ANY (ARRAY(SELECT id FROM old)) RETURNING t.id) SELECT max(id)::text, count(*) FROM gone',
                   w.item, CASE w.item WHEN 'quarantined_events' THEN 'recorded_at' ELSE 'rejected_at' END)
      INTO last, removed USING after::bigint, dify_observe.retention_overdue(NULL, NULL, NULL), most;
  END IF;
  IF w.item = 'trace_roots' AND ids IS NOT NULL THEN
    removed := cardinality(ids);
  END IF;
  UPDATE dify_observe.retention_runs r SET rows_removed = r.rows_removed + removed WHERE r.finished_at IS NULL;
  IF last IS NULL THEN
    DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
    RETURN 'more';
  END IF;
  UPDATE dify_observe.retention_work t SET cursor = last WHERE t.item = w.item;
  RETURN CASE WHEN removed > 0 THEN 'batch' ELSE 'more' END;
END $$;
COMMENT ON FUNCTION sweep_table(retention_work, bigint) IS
  'The next rows of a plain table: feedback and trace roots of what is gone; what users asked that annotations answered; quarantined events and rejections by the default policy.';

-- Empty partitions of expired days: the lock of the whole table is asked for once for all of them.
CREATE FUNCTION drop_shells(w retention_work) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  expired timestamptz := (SELECT least(max(c.cutoff), now() - interval '2 days') FROM dify_observe.retention_cutoffs() c);
  shells text[] := ARRAY(SELECT l.leaf FROM dify_observe.leaves(w.root) l WHERE l.bytes = 0 AND l.upper <= expired ORDER BY l.lower LIMIT 50);
  empty text[] := '{}';
  shell text;
  filled boolean;
  mine boolean := true;
BEGIN
  IF shells = '{}' THEN
    DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
    RETURN 'more';
  END IF;
  BEGIN
    PERFORM set_config('lock_timeout', coalesce(current_setting('dify_observe.retention_lock_timeout', true), '100ms'), true);
    EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE', w.root);
    FOREACH shell IN ARRAY shells LOOP
      -- Everybody waits for the root meanwhile.
      EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE NOWAIT', shell);
      EXECUTE format('SELECT EXISTS (SELECT FROM ONLY dify_observe.%I)', shell) INTO filled;
      IF NOT filled THEN
        empty := empty || shell;
      END IF;
    END LOOP;
    IF empty <> '{}' THEN
      EXECUTE (SELECT 'DROP TABLE ' || string_agg(format('dify_observe.%I', name), ', ') FROM unnest(empty) name);
      DELETE FROM dify_observe.retention_surveys s WHERE s.leaf = ANY (empty);
    END IF;
  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    mine := false;
  END;
  IF NOT mine THEN
    RETURN dify_observe.try_later(w.item, shells || w.root);
  END IF;
  UPDATE dify_observe.retention_runs r SET leaves_dropped = r.leaves_dropped + cardinality(empty) WHERE r.finished_at IS NULL;
  IF cardinality(shells) < 50 OR empty = '{}' THEN
    DELETE FROM dify_observe.retention_work t WHERE t.item = w.item;
  END IF;
  RETURN 'more';
END $$;
COMMENT ON FUNCTION drop_shells(retention_work) IS 'Drops the empty partitions of a table, up to fifty with one lock; later where that is not to be had.';
