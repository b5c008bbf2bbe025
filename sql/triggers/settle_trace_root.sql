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
