CREATE FUNCTION finish_workflow_run(
  id uuid DEFAULT NULL, status text DEFAULT NULL, outputs json DEFAULT NULL, error text DEFAULT NULL,
  warnings json DEFAULT NULL, input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
  total_tokens bigint DEFAULT NULL, total_steps int DEFAULT NULL, total_price float8 DEFAULT NULL,
  currency text DEFAULT NULL, elapsed_time float8 DEFAULT NULL, finished_at timestamptz DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
  found_at timestamptz;
  ended_at timestamptz;
  known text;
BEGIN
  IF id IS NULL OR status IS NULL
     OR status NOT IN ('running', 'paused', 'scheduled', 'succeeded', 'failed', 'stopped', 'partial-succeeded')
     OR least(input_tokens, output_tokens, total_tokens, total_steps) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (elapsed_time >= 0 AND elapsed_time < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object('id', id, 'status', status));
    PERFORM dify_observe.check_status(status, 'running, paused, scheduled, succeeded, failed, stopped, partial-succeeded');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'total_steps', total_steps, 'elapsed_time', elapsed_time, 'total_price', total_price));
  END IF;
  -- Twice, should somebody else finish it or move it to another partition meanwhile.
  FOR attempt IN 1..2 LOOP
    SELECT f.created_at, f.status INTO found_at, known FROM dify_observe.find_workflow_run(id, NULL, true) f;
    IF known NOT IN ('running', 'paused', 'scheduled') THEN
      RETURN id;
    END IF;
    ended_at := coalesce(finished_at, found_at + make_interval(secs => elapsed_time));
    IF ended_at < found_at OR ended_at >= '2554-01-01 00:00+00' THEN
      PERFORM dify_observe.refuse_times(found_at, finished_at, ended_at);
    END IF;
    UPDATE dify_observe.workflow_runs r
    SET status = status,
        outputs = coalesce(dify_observe.payload(outputs), r.outputs), error = coalesce(error, r.error),
        warnings = coalesce(dify_observe.payload(warnings), r.warnings),
        input_tokens = coalesce(input_tokens, r.input_tokens),
        output_tokens = coalesce(output_tokens, r.output_tokens),
        total_tokens = coalesce(total_tokens, r.total_tokens), total_steps = coalesce(total_steps, r.total_steps),
        total_price = coalesce(total_price, r.total_price), currency = coalesce(currency, r.currency),
        elapsed_time = coalesce(elapsed_time, r.elapsed_time), finished_at = coalesce(finished_at, r.finished_at)
    WHERE r.id = id AND r.created_at = found_at AND r.status IN ('running', 'paused', 'scheduled');
    IF FOUND THEN
      RETURN id;
    END IF;
  END LOOP;
  IF known IS NULL THEN
    PERFORM dify_observe.refuse_unknown('workflow run', id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION finish_workflow_run IS
  'Finishes a started workflow run: a final status emits dify.workflow.run, any other only changes the state. Finishing a finished one changes nothing. Returns the id. Errors: 22004 missing, 22023 wrong value, 02000 unknown id.';
