-- The outermost run of a nested run is settled row by row, so that runs inserted by one statement find each other.
CREATE FUNCTION settle_trace_root() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  root uuid;
BEGIN
  IF TG_OP = 'UPDATE' OR NEW.xid = pg_current_xact_id() THEN
    root := coalesce(NEW.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = NEW.parent_workflow_run_id),
                     NEW.parent_workflow_run_id, dify_observe.node_trace(NEW.parent_node_execution_id, NEW.created_at));
    IF root IS NOT NULL THEN
      INSERT INTO dify_observe.trace_roots (run_id, root_id, created_at) VALUES (NEW.id, root, NEW.created_at)
      ON CONFLICT (run_id) DO NOTHING;
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER a_trace_root AFTER INSERT ON workflow_runs FOR EACH ROW
  WHEN (NEW.parent_workflow_run_id IS NOT NULL OR NEW.parent_trace_id IS NOT NULL OR NEW.parent_node_execution_id IS NOT NULL)
  EXECUTE FUNCTION settle_trace_root();
-- The parent of a started run may be told when it is finished.
CREATE TRIGGER a_trace_root_update AFTER UPDATE ON workflow_runs FOR EACH ROW
  WHEN (OLD.parent_workflow_run_id IS NULL AND OLD.parent_trace_id IS NULL
        AND (NEW.parent_workflow_run_id IS NOT NULL OR NEW.parent_trace_id IS NOT NULL
             OR OLD.parent_node_execution_id IS NULL AND NEW.parent_node_execution_id IS NOT NULL))
  EXECUTE FUNCTION settle_trace_root();

-- INSERT and COPY: one statement for all rows. Rows of another transaction (restored, copied) are not told again.
CREATE FUNCTION emit_workflow_runs() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT 1, n.id, n.created_at,
         replace(CASE WHEN n.parent_workflow_run_id IS NULL AND n.parent_trace_id IS NULL AND n.parent_node_execution_id IS NULL THEN n.id
                      ELSE coalesce((SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.id), n.id) END::text, '-', '')
  FROM new_rows n
  WHERE n.status NOT IN ('running', 'paused', 'scheduled') AND n.xid = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON workflow_runs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_workflow_runs();

-- A plan made for one row would join 20,000 by nested loops: 23 s. Hashed, it is the same work for every row.
CREATE FUNCTION emit_finished_workflow_runs() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT 1, n.id, n.created_at,
         replace(CASE WHEN n.parent_workflow_run_id IS NULL AND n.parent_trace_id IS NULL AND n.parent_node_execution_id IS NULL THEN n.id
                      ELSE coalesce((SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.id), n.id) END::text, '-', '')
  FROM new_rows n JOIN old_rows o ON o.id = n.id AND o.created_at = n.created_at
  WHERE o.status IN ('running', 'paused', 'scheduled') AND n.status NOT IN ('running', 'paused', 'scheduled');
  RETURN NULL;
END $$;

CREATE TRIGGER emit_finished AFTER UPDATE ON workflow_runs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_finished_workflow_runs();
