CREATE FUNCTION emit_messages() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  SELECT 4, n.id, n.created_at,
         replace(coalesce(n.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = n.workflow_run_id),
                          n.workflow_run_id, n.id)::text, '-', '')
  FROM new_rows n
  WHERE n.status NOT IN ('running', 'paused') AND n.xid = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_messages();

CREATE FUNCTION emit_finished_message() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  INSERT INTO dify_observe.events (event, source_id, source_at, trace_id)
  VALUES (4, NEW.id, NEW.created_at,
          replace(coalesce(NEW.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = NEW.workflow_run_id),
                           NEW.workflow_run_id, NEW.id)::text, '-', ''));
  RETURN NULL;
END $$;

CREATE TRIGGER emit_finished AFTER UPDATE ON messages FOR EACH ROW
  WHEN (OLD.status IN ('running', 'paused') AND NEW.status NOT IN ('running', 'paused'))
  EXECUTE FUNCTION emit_finished_message();
