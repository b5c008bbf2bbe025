-- What a crashed client has left unfinished. It ends where it last gave a sign of life: when it really ended nobody knows, and a duration
-- of days would spoil the histograms.

CREATE FUNCTION close_stale_runs(older_than interval DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  since timestamptz;
  why text := 'abandoned: no sign of life for ' || older_than;
  closed bigint;
BEGIN
  IF older_than IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('older_than', older_than));
  END IF;
  IF NOT (older_than > '0' AND older_than <= '1000 years') THEN
    PERFORM dify_observe.refuse_value('older_than', older_than::text, 'an interval above 0');
  END IF;
  since := now() - older_than;
  WITH open AS (
    SELECT r.id, r.created_at, greatest(r.created_at, (SELECT max(greatest(n.created_at, n.finished_at)) FROM dify_observe.node_executions n
                                                       WHERE n.workflow_run_id = r.id)) AS seen_at
    FROM dify_observe.workflow_runs r WHERE r.status IN ('running', 'paused', 'scheduled') AND r.created_at < since
  )
  UPDATE dify_observe.workflow_runs r SET status = 'failed', error = coalesce(r.error, why), finished_at = coalesce(r.finished_at, o.seen_at)
  FROM open o WHERE r.id = o.id AND r.created_at = o.created_at AND o.seen_at < since AND r.status IN ('running', 'paused', 'scheduled');
  GET DIAGNOSTICS closed = ROW_COUNT;
  UPDATE dify_observe.node_executions n SET status = 'failed', error = coalesce(n.error, why), finished_at = coalesce(n.finished_at, n.created_at)
  WHERE n.status IN ('running', 'pending', 'paused') AND n.created_at < since
    AND NOT EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = n.workflow_run_id AND r.status IN ('running', 'paused', 'scheduled'));
  UPDATE dify_observe.messages m SET status = 'failed', error = coalesce(m.error, why), finished_at = coalesce(m.finished_at, m.created_at)
  WHERE m.status IN ('running', 'paused') AND m.created_at < since
    AND NOT EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = m.workflow_run_id AND r.status IN ('running', 'paused', 'scheduled'));
  RETURN closed;
END $$;
COMMENT ON FUNCTION close_stale_runs(interval) IS
  'Ends as failed, with a reason and the event of a failure, what was started and gave no sign of life (no node execution began or ended) for so long: runs, and node executions and messages that are in no open run. Returns how many runs. What is unfinished never expires by age alone; this lets it. Errors: 22004, 22023.';
