CREATE FUNCTION emit_node_executions() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT CASE WHEN n.draft THEN 3 ELSE 2 END, n.id, n.created_at,
         replace(CASE WHEN n.draft THEN n.id
                      ELSE coalesce(n.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.workflow_run_id),
                                    n.workflow_run_id) END::text, '-', '')
  FROM new_rows n
  WHERE n.status NOT IN ('running', 'pending', 'paused') AND n.xid = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON node_executions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_node_executions();

CREATE FUNCTION emit_finished_node_execution() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  VALUES (CASE WHEN NEW.draft THEN 3 ELSE 2 END, NEW.id, NEW.created_at,
          replace(CASE WHEN NEW.draft THEN NEW.id
                       ELSE coalesce(NEW.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = NEW.workflow_run_id),
                                     NEW.workflow_run_id) END::text, '-', ''));
  RETURN NULL;
END $$;

CREATE TRIGGER emit_finished AFTER UPDATE ON node_executions FOR EACH ROW
  WHEN (OLD.status IN ('running', 'pending', 'paused') AND NEW.status NOT IN ('running', 'pending', 'paused'))
  EXECUTE FUNCTION emit_finished_node_execution();
