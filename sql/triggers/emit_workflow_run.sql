-- INSERT and COPY: one statement for all rows. Rows of another transaction (restored, copied) are not told again.
CREATE FUNCTION emit_workflow_runs() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows WHERE parent_workflow_run_id IS NOT NULL OR parent_trace_id IS NOT NULL) THEN
    INSERT INTO dify_observe.trace_roots (run_id, root_id, created_at)
    SELECT n.id, coalesce(n.parent_trace_id, t.root_id, n.parent_workflow_run_id), n.created_at
    FROM new_rows n LEFT JOIN dify_observe.trace_roots t ON t.run_id = n.parent_workflow_run_id
    WHERE (n.parent_workflow_run_id IS NOT NULL OR n.parent_trace_id IS NOT NULL) AND n.xid = pg_current_xact_id()
    ON CONFLICT (run_id) DO NOTHING;
  END IF;
  INSERT INTO dify_observe.events (event, source_id, source_at, correlation_id)
  SELECT 1, n.id, n.created_at,
         CASE WHEN n.parent_workflow_run_id IS NULL AND n.parent_trace_id IS NULL THEN n.id
              ELSE coalesce((SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.id), n.id) END
  FROM new_rows n
  WHERE n.status NOT IN ('running', 'paused', 'scheduled') AND n.xid = pg_current_xact_id();
  PERFORM dify_observe.wake_on_commit();
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON workflow_runs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_workflow_runs();

-- By row: joining the old and the new transition table turned quadratic (20,000 rows: 23 s).
CREATE FUNCTION emit_finished_workflow_run() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, correlation_id)
  VALUES (1, NEW.id, NEW.created_at,
          coalesce((SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = NEW.id), NEW.id));
  PERFORM dify_observe.wake_on_commit();
  RETURN NULL;
END $$;

CREATE TRIGGER emit_finished AFTER UPDATE ON workflow_runs FOR EACH ROW
  WHEN (OLD.status IN ('running', 'paused', 'scheduled') AND NEW.status NOT IN ('running', 'paused', 'scheduled'))
  EXECUTE FUNCTION emit_finished_workflow_run();
