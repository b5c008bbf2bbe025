-- With the rights of the owner, who alone may empty and drop partitions; so are its steps and its preview.
-- The plan of a run: every partition and table in which something may have expired. Whether something has is found out step by step.

CREATE FUNCTION begin_retention(automatic boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  passed bigint := coalesce(dify_observe.passed_by_all(), 0);
  seen bigint := (SELECT coalesce(least(p.passed, (SELECT min((s ->> 'from')::bigint) FROM jsonb_array_elements(p.skipped) s)), 0)
                  FROM dify_observe.export_progress p WHERE p.destination = 'fold');
  latest timestamptz;
  rows_from timestamptz;
  rules text := dify_observe.retention_rules();
  keeps interval[] := ARRAY(SELECT DISTINCT k.keep FROM dify_observe.retention_keeps() k);
  whole_before timestamptz := dify_observe.expired_throughout_before();
BEGIN
  -- One at a time; whoever comes later goes on with the run that is there.
  LOCK TABLE dify_observe.retention_work IN SHARE ROW EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM dify_observe.retention_runs r WHERE r.finished_at IS NULL) THEN
    RETURN false;
  END IF;
  SELECT max(c.cutoff), max(c.overdue) INTO latest, rows_from FROM dify_observe.retention_cutoffs() c;
  INSERT INTO dify_observe.retention_runs (passed, allowed) VALUES (passed, dify_observe.allowed_to_go(passed, latest));
  DELETE FROM dify_observe.retention_runs r WHERE r.id <= (SELECT max(newest.id) - 1000 FROM dify_observe.retention_runs newest);

  INSERT INTO dify_observe.retention_work (item, kind, stage, root, lower, upper, phase, "floor", changes, blocks)
  SELECT l.leaf, 'leaf', coalesce(t.stage, 10), l.root, l.lower, l.upper, CASE WHEN l.upper <= whole_before THEN 'whole' ELSE 'survey' END, coalesce(seen, 0), dify_observe.changes_of(l.leaf), l.bytes / current_setting('block_size')::bigint
  FROM dify_observe.leaves() l LEFT JOIN dify_observe.log_tables() t USING (root)
  WHERE l.bytes > 0 AND (l.upper <= latest OR l.lower < rows_from)
    AND NOT (automatic AND dify_observe.nothing_new(l.leaf, l.lower, l.upper, now(), rules, keeps));
  -- Events that were recorded later than their row was created: of what ran over midnight, or was imported.
  INSERT INTO dify_observe.retention_work (item, kind, stage, lower, upper)
  SELECT 'references from ' || min(l.lower), 'references', 15, min(l.lower), max(l.upper)
  FROM (SELECT l.lower, l.upper, (row_number() OVER (PARTITION BY isfinite(l.lower) ORDER BY l.lower) - 1) / 10 AS part FROM dify_observe.leaves('events') l WHERE l.bytes > 0) l
  WHERE EXISTS (SELECT FROM dify_observe.retention_work w WHERE w.kind = 'leaf' AND w.root <> 'events' AND isfinite(w.upper))
  GROUP BY isfinite(l.lower), l.part;
  IF latest > '-infinity' THEN
    INSERT INTO dify_observe.retention_work (item, kind, stage)
    VALUES ('conversations', 'table', 40), ('feedbacks', 'table', 41), ('trace_roots', 'table', 42),
           ('annotation_hits', 'table', 43), ('quarantined_events', 'table', 45), ('export_rejections', 'table', 46);
    INSERT INTO dify_observe.retention_work (item, kind, stage, root)
    SELECT 'empty partitions of ' || roots.root, 'shells', 50, roots.root
    FROM (SELECT DISTINCT l.root FROM dify_observe.leaves() l WHERE l.upper <= latest) roots;
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION begin_retention(boolean) IS
  'Plans a run of retention; false where an unfinished one is to be gone on with. automatic: without partitions of which rows stay and nothing_new() is there.';
