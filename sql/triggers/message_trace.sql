-- The trace of feedback, and of an operation outside a run, is its message's, where that row is there to tell. A UUIDv7 tells when the
-- message was logged; else, as for imported history, it is near in time. Only feedback, which is rare and comes late, looks everywhere:
-- operations often come before their message, and would probe all partitions in vain.
CREATE FUNCTION message_trace(message_id uuid, near timestamptz, everywhere boolean) RETURNS uuid
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
  at timestamptz := dify_observe.id_time(message_id);
  message record;
BEGIN
  SELECT m.id, m.parent_trace_id, m.workflow_run_id INTO message FROM dify_observe.messages m
  WHERE m.id = message_id AND m.created_at >= at - interval '1 day' AND m.created_at < at + interval '1 day';
  IF message.id IS NULL AND at NOT BETWEEN near - interval '1 day' AND near + interval '1 day' THEN
    SELECT m.id, m.parent_trace_id, m.workflow_run_id INTO message FROM dify_observe.messages m
    WHERE m.id = message_id AND m.created_at >= near - interval '1 day' AND m.created_at < near + interval '1 day';
  END IF;
  IF message.id IS NULL AND (everywhere OR at IS NULL) THEN
    SELECT m.id, m.parent_trace_id, m.workflow_run_id INTO message FROM dify_observe.messages m WHERE m.id = message_id;
  END IF;
  RETURN coalesce(message.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = message.workflow_run_id),
                  message.workflow_run_id, message_id);
END $$;
