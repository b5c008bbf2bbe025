-- The trace of feedback, and of an operation outside a run, is its message's, where that row is there to tell. An operation often comes
-- before its message: not everywhere, then, but near the time that a UUIDv7 tells.
CREATE FUNCTION message_trace(message_id uuid, everywhere boolean) RETURNS uuid
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  at timestamptz := dify_observe.id_time(message_id);
  trace uuid;
  run uuid;
BEGIN
  SELECT m.parent_trace_id, m.workflow_run_id INTO trace, run FROM dify_observe.messages m
  WHERE m.id = message_id AND m.created_at >= at - interval '1 hour' AND m.created_at < at + interval '1 day';
  IF NOT FOUND AND (everywhere OR at IS NULL) THEN
    SELECT m.parent_trace_id, m.workflow_run_id INTO trace, run FROM dify_observe.messages m WHERE m.id = message_id;
  END IF;
  RETURN coalesce(trace, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = run), run, message_id);
END $$;
