-- The trace of feedback is its message's, where that row is there to tell.
CREATE FUNCTION message_trace(message_id uuid) RETURNS uuid
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  at timestamptz := dify_observe.id_time(message_id);
  trace uuid;
  run uuid;
BEGIN
  SELECT m.parent_trace_id, m.workflow_run_id INTO trace, run FROM dify_observe.messages m
  WHERE m.id = message_id AND m.created_at >= at - interval '1 hour' AND m.created_at < at + interval '1 day';
  IF NOT FOUND THEN
    SELECT m.parent_trace_id, m.workflow_run_id INTO trace, run FROM dify_observe.messages m WHERE m.id = message_id;
  END IF;
  RETURN coalesce(trace, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = run), run, message_id);
END $$;

CREATE FUNCTION emit_feedback() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  IF TG_OP = 'INSERT' AND NEW.xid <> pg_current_xact_id() THEN
    RETURN NULL;
  END IF;
  INSERT INTO dify_observe.events (event, source_id, trace_id, change)
  VALUES (14, NEW.id, replace(dify_observe.message_trace(NEW.message_id)::text, '-', ''),
          jsonb_build_object('at', NEW.created_at, 'rating', NEW.rating, 'content', NEW.content, 'user_id', NEW.user_id));
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON feedbacks FOR EACH ROW EXECUTE FUNCTION emit_feedback();
CREATE TRIGGER emit_changed AFTER UPDATE ON feedbacks FOR EACH ROW
  WHEN (NEW.rating IS DISTINCT FROM OLD.rating OR NEW.content IS DISTINCT FROM OLD.content)
  EXECUTE FUNCTION emit_feedback();
