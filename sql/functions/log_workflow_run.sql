-- Where the row with this id is. A UUIDv7 tells its partition; for others, and on request, all partitions are probed.
CREATE FUNCTION find_workflow_run(wanted uuid, near timestamptz, everywhere boolean) RETURNS TABLE (created_at timestamptz, status text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  at timestamptz := dify_observe.id_time(wanted);
  earliest timestamptz := date_trunc('day', least(at - interval '1 hour', near), 'UTC');
  latest timestamptz := date_trunc('day', greatest(at + interval '1 day', near), 'UTC') + interval '1 day';
BEGIN
  IF at IS NOT NULL THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.workflow_runs r
                 WHERE r.id = wanted AND r.created_at >= earliest AND r.created_at < latest;
  END IF;
  IF at IS NULL OR everywhere AND NOT FOUND THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.workflow_runs r WHERE r.id = wanted;
  END IF;
END $$;

CREATE FUNCTION log_workflow_run(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, workflow_id uuid DEFAULT NULL, status text DEFAULT NULL,
  id uuid DEFAULT NULL, workflow_version text DEFAULT NULL, inputs json DEFAULT NULL, outputs json DEFAULT NULL,
  query text DEFAULT NULL, error text DEFAULT NULL, warnings json DEFAULT NULL, files json DEFAULT NULL,
  configuration json DEFAULT NULL, triggered_from text DEFAULT NULL, invoke_from text DEFAULT NULL,
  from_source text DEFAULT NULL, conversation_id uuid DEFAULT NULL, message_id uuid DEFAULT NULL,
  workflow_app_log_id uuid DEFAULT NULL, invoked_by text DEFAULT NULL, user_id text DEFAULT NULL,
  user_session_id text DEFAULT NULL, input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
  total_tokens bigint DEFAULT NULL, total_steps int DEFAULT NULL, total_price float8 DEFAULT NULL,
  currency text DEFAULT NULL, elapsed_time float8 DEFAULT NULL, created_at timestamptz DEFAULT NULL,
  finished_at timestamptz DEFAULT NULL, parent_trace_id uuid DEFAULT NULL, parent_workflow_run_id uuid DEFAULT NULL,
  parent_node_execution_id uuid DEFAULT NULL, parent_app_id uuid DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  given boolean := id IS NOT NULL;
  final boolean := status NOT IN ('running', 'paused', 'scheduled');
  id_at timestamptz;
  found_at timestamptz;
  began_at timestamptz;
  ended_at timestamptz;
  known text;
  done boolean;
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL OR workflow_id IS NULL OR status IS NULL
     OR '00000000-0000-0000-0000-000000000000' IN (id, conversation_id, message_id, parent_trace_id, parent_workflow_run_id, parent_node_execution_id)
     OR status NOT IN ('running', 'paused', 'scheduled', 'succeeded', 'failed', 'stopped', 'partial-succeeded')
     OR least(input_tokens, output_tokens, total_tokens, total_steps) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (elapsed_time >= 0 AND elapsed_time < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'app_id', app_id, 'workflow_id', workflow_id, 'status', status));
    PERFORM dify_observe.check_ids(jsonb_build_object(
      'id', id, 'conversation_id', conversation_id, 'message_id', message_id, 'parent_trace_id', parent_trace_id,
      'parent_workflow_run_id', parent_workflow_run_id, 'parent_node_execution_id', parent_node_execution_id));
    PERFORM dify_observe.check_status(status, 'running, paused, scheduled, succeeded, failed, stopped, partial-succeeded');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'total_steps', total_steps, 'elapsed_time', elapsed_time, 'total_price', total_price));
  END IF;
  id_at := dify_observe.id_time(id);
  created_at := dify_observe.began_at(created_at, finished_at, elapsed_time, id_at);
  -- Again, should the row appear, be finished or be moved to another partition by somebody else meanwhile.
  FOR attempt IN 1..3 LOOP
    IF given THEN
      SELECT f.created_at, f.status INTO found_at, known FROM dify_observe.find_workflow_run(id, created_at, attempt > 1) f;
    END IF;
    began_at := coalesce(found_at, created_at);
    ended_at := CASE WHEN final THEN dify_observe.ended_at(began_at, finished_at, elapsed_time) ELSE finished_at END;
    IF NOT (began_at >= '1970-01-01 00:00+00' AND coalesce(ended_at, began_at) >= began_at
            AND coalesce(ended_at, began_at) < '2554-01-01 00:00+00') THEN
      PERFORM dify_observe.refuse_times(began_at, finished_at, ended_at);
    END IF;
    IF known IS NULL THEN
      id := coalesce(id, dify_observe.uuid_v7(created_at));
      done := dify_observe.insert_row(
        'dify_observe.workflow_runs', given, id, tenant_id, app_id, workflow_id, created_at, ended_at,
        coalesce(elapsed_time, CASE WHEN final THEN extract(epoch FROM ended_at - created_at) END), input_tokens, output_tokens,
        coalesce(total_tokens, CASE WHEN final THEN input_tokens + output_tokens END), total_steps, status,
        workflow_version, triggered_from, invoke_from, from_source, invoked_by, user_id, user_session_id,
        conversation_id, message_id, workflow_app_log_id, parent_trace_id, parent_workflow_run_id,
        parent_node_execution_id, parent_app_id, total_price::numeric, currency, error, query,
        dify_observe.payload(inputs), dify_observe.payload(outputs), dify_observe.payload(warnings),
        dify_observe.payload(files), dify_observe.payload(configuration), metadata, pg_current_xact_id());
    ELSIF known IN ('running', 'paused', 'scheduled') THEN
      UPDATE dify_observe.workflow_runs r
      SET status = status,
          workflow_id = coalesce(workflow_id, r.workflow_id),
          workflow_version = coalesce(workflow_version, r.workflow_version),
          inputs = coalesce(dify_observe.payload(inputs), r.inputs),
          outputs = coalesce(dify_observe.payload(outputs), r.outputs), query = coalesce(query, r.query),
          error = coalesce(error, r.error), warnings = coalesce(dify_observe.payload(warnings), r.warnings),
          files = coalesce(dify_observe.payload(files), r.files),
          configuration = coalesce(dify_observe.payload(configuration), r.configuration),
          triggered_from = coalesce(triggered_from, r.triggered_from),
          invoke_from = coalesce(invoke_from, r.invoke_from), from_source = coalesce(from_source, r.from_source),
          conversation_id = coalesce(conversation_id, r.conversation_id),
          message_id = coalesce(message_id, r.message_id),
          workflow_app_log_id = coalesce(workflow_app_log_id, r.workflow_app_log_id),
          invoked_by = coalesce(invoked_by, r.invoked_by), user_id = coalesce(user_id, r.user_id),
          user_session_id = coalesce(user_session_id, r.user_session_id),
          input_tokens = coalesce(input_tokens, r.input_tokens),
          output_tokens = coalesce(output_tokens, r.output_tokens),
          total_tokens = coalesce(total_tokens, r.total_tokens), total_steps = coalesce(total_steps, r.total_steps),
          total_price = coalesce(total_price, r.total_price), currency = coalesce(currency, r.currency),
          elapsed_time = coalesce(elapsed_time, r.elapsed_time), finished_at = coalesce(finished_at, r.finished_at),
          parent_trace_id = coalesce(parent_trace_id, r.parent_trace_id),
          parent_workflow_run_id = coalesce(parent_workflow_run_id, r.parent_workflow_run_id),
          parent_node_execution_id = coalesce(parent_node_execution_id, r.parent_node_execution_id),
          parent_app_id = coalesce(parent_app_id, r.parent_app_id), metadata = coalesce(metadata, r.metadata)
      WHERE r.id = id AND r.created_at = found_at AND r.status IN ('running', 'paused', 'scheduled');
      done := FOUND;
    ELSE
      RETURN id;
    END IF;
    EXIT WHEN done OR NOT given;
  END LOOP;
  RETURN id;
END $$;
COMMENT ON FUNCTION log_workflow_run IS
  'Logs a workflow run in one call and returns its id; a final status emits dify.workflow.run. Required: tenant_id, app_id, workflow_id, status. An id that is known and finished changes nothing; a known unfinished one is finished. elapsed_time in seconds. Errors: 22004 missing, 22023 wrong value.';

CREATE FUNCTION start_workflow_run(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, workflow_id uuid DEFAULT NULL, id uuid DEFAULT NULL,
  workflow_version text DEFAULT NULL, inputs json DEFAULT NULL, query text DEFAULT NULL, files json DEFAULT NULL,
  configuration json DEFAULT NULL, triggered_from text DEFAULT NULL, invoke_from text DEFAULT NULL,
  from_source text DEFAULT NULL, conversation_id uuid DEFAULT NULL, message_id uuid DEFAULT NULL,
  workflow_app_log_id uuid DEFAULT NULL, invoked_by text DEFAULT NULL, user_id text DEFAULT NULL,
  user_session_id text DEFAULT NULL, created_at timestamptz DEFAULT NULL, parent_trace_id uuid DEFAULT NULL,
  parent_workflow_run_id uuid DEFAULT NULL, parent_node_execution_id uuid DEFAULT NULL,
  parent_app_id uuid DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF id IS NOT NULL AND EXISTS (SELECT FROM dify_observe.find_workflow_run(id, created_at, false)) THEN
    RETURN id;
  END IF;
  RETURN dify_observe.log_workflow_run(status => 'running',
    tenant_id => tenant_id, app_id => app_id, workflow_id => workflow_id, id => id,
    workflow_version => workflow_version, inputs => inputs, query => query, files => files,
    configuration => configuration, triggered_from => triggered_from, invoke_from => invoke_from,
    from_source => from_source, conversation_id => conversation_id, message_id => message_id,
    workflow_app_log_id => workflow_app_log_id, invoked_by => invoked_by, user_id => user_id,
    user_session_id => user_session_id, created_at => created_at, parent_trace_id => parent_trace_id,
    parent_workflow_run_id => parent_workflow_run_id, parent_node_execution_id => parent_node_execution_id,
    parent_app_id => parent_app_id, metadata => metadata);
END $$;
COMMENT ON FUNCTION start_workflow_run IS
  'Logs that a workflow run has begun and returns its id, for finish_workflow_run. Emits nothing yet. An id that is known already changes nothing.';
