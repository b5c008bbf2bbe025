CREATE FUNCTION log_prompt_generation(
  tenant_id uuid DEFAULT NULL, operation_type text DEFAULT NULL, status text DEFAULT NULL, app_id uuid DEFAULT NULL,
  model_provider text DEFAULT NULL, model_name text DEFAULT NULL, input_tokens bigint DEFAULT NULL,
  output_tokens bigint DEFAULT NULL, total_tokens bigint DEFAULT NULL, total_price float8 DEFAULT NULL,
  currency text DEFAULT NULL, instruction text DEFAULT NULL, output text DEFAULT NULL, id uuid DEFAULT NULL,
  user_id text DEFAULT NULL, message_id uuid DEFAULT NULL, workflow_run_id uuid DEFAULT NULL,
  node_execution_id uuid DEFAULT NULL, parent_trace_id uuid DEFAULT NULL, duration float8 DEFAULT NULL,
  error text DEFAULT NULL, created_at timestamptz DEFAULT NULL, finished_at timestamptz DEFAULT NULL,
  metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  id_at timestamptz := dify_observe.id_time(id);
  ended_at timestamptz;
  given boolean := id IS NOT NULL;
  done boolean;
BEGIN
  IF tenant_id IS NULL OR operation_type IS NULL OR status IS NULL
     OR '00000000-0000-0000-0000-000000000000' IN (id, message_id, workflow_run_id, node_execution_id, parent_trace_id)
     OR status NOT IN ('succeeded', 'failed', 'error')
     OR least(input_tokens, output_tokens, total_tokens) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (duration >= 0 AND duration < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'operation_type', operation_type, 'status', status));
    PERFORM dify_observe.check_ids(jsonb_build_object(
      'id', id, 'message_id', message_id, 'workflow_run_id', workflow_run_id, 'node_execution_id', node_execution_id,
      'parent_trace_id', parent_trace_id));
    PERFORM dify_observe.check_status(status, 'succeeded, failed, error');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'duration', duration, 'total_price', total_price));
  END IF;
  created_at := dify_observe.began_at(created_at, finished_at, duration, id_at);
  ended_at := dify_observe.ended_at(created_at, finished_at, duration);
  IF NOT (created_at >= '1970-01-01 00:00+00' AND ended_at >= created_at AND ended_at < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_times(created_at, finished_at, ended_at);
  END IF;
  IF id IS NULL THEN
    id := dify_observe.uuid_v7(created_at);
  ELSIF EXISTS (SELECT FROM dify_observe.prompt_generations r
                WHERE r.id = id AND r.created_at >= coalesce(id_at - interval '1 day', '-infinity')
                  AND r.created_at < coalesce(id_at + interval '1 day', 'infinity')) THEN
    RETURN id;
  END IF;
  done := dify_observe.insert_row(
    'dify_observe.prompt_generations', given, id, tenant_id, app_id, message_id, workflow_run_id,
    node_execution_id, parent_trace_id, created_at, ended_at,
    coalesce(duration, extract(epoch FROM ended_at - created_at)), input_tokens, output_tokens,
    coalesce(total_tokens, input_tokens + output_tokens), status, operation_type, model_provider, model_name,
    total_price::numeric, currency, instruction, output, user_id, error, metadata, pg_current_xact_id());
  RETURN id;
END $$;
COMMENT ON FUNCTION log_prompt_generation IS
  'Logs the generation of a prompt, rule, code or structured output and returns its id; emits dify.prompt_generation.execution. Required: tenant_id, operation_type, status. An id that is known changes nothing. duration in seconds. Errors: 22004 missing, 22023 wrong value.';
