-- Where the row with this id is. A UUIDv7 tells its partition; for others, and on request, all partitions are probed.
CREATE FUNCTION find_message(wanted uuid, near timestamptz, everywhere boolean) RETURNS TABLE (created_at timestamptz, status text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  at timestamptz := dify_observe.id_time(wanted);
  earliest timestamptz := date_trunc('day', least(at - interval '1 hour', near), 'UTC');
  latest timestamptz := date_trunc('day', greatest(at + interval '1 day', near), 'UTC') + interval '1 day';
BEGIN
  IF at IS NOT NULL THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.messages r
                 WHERE r.id = wanted AND r.created_at >= earliest AND r.created_at < latest;
  END IF;
  IF at IS NULL OR everywhere AND NOT FOUND THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.messages r WHERE r.id = wanted;
  END IF;
END $$;

CREATE FUNCTION log_message(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, status text DEFAULT NULL, id uuid DEFAULT NULL,
  conversation_id uuid DEFAULT NULL, workflow_run_id uuid DEFAULT NULL, node_execution_id uuid DEFAULT NULL,
  parent_message_id uuid DEFAULT NULL, invoke_from text DEFAULT NULL, from_source text DEFAULT NULL,
  mode text DEFAULT NULL, agent_based boolean DEFAULT NULL, user_id text DEFAULT NULL,
  user_session_id text DEFAULT NULL, end_user_id text DEFAULT NULL, account_id text DEFAULT NULL,
  query text DEFAULT NULL, answer text DEFAULT NULL, inputs json DEFAULT NULL, outputs json DEFAULT NULL,
  files json DEFAULT NULL, message_file_data json DEFAULT NULL, model_provider text DEFAULT NULL,
  model_name text DEFAULT NULL, input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
  total_tokens bigint DEFAULT NULL, total_price float8 DEFAULT NULL, currency text DEFAULT NULL,
  error text DEFAULT NULL, duration float8 DEFAULT NULL, time_to_first_token float8 DEFAULT NULL,
  parent_trace_id uuid DEFAULT NULL, created_at timestamptz DEFAULT NULL, finished_at timestamptz DEFAULT NULL,
  metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  given boolean := id IS NOT NULL;
  final boolean := status NOT IN ('running', 'paused');
  id_at timestamptz;
  found_at timestamptz;
  began_at timestamptz;
  ended_at timestamptz;
  known text;
  done boolean;
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL OR status IS NULL
     OR '00000000-0000-0000-0000-000000000000' IN (id, conversation_id, workflow_run_id, node_execution_id, parent_trace_id)
     OR status NOT IN ('running', 'paused', 'normal', 'succeeded', 'failed', 'error', 'stopped')
     OR least(input_tokens, output_tokens, total_tokens) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (duration >= 0 AND duration < 2e10) OR NOT (time_to_first_token >= 0 AND time_to_first_token < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'app_id', app_id, 'status', status));
    PERFORM dify_observe.check_ids(jsonb_build_object(
      'id', id, 'conversation_id', conversation_id, 'workflow_run_id', workflow_run_id,
      'node_execution_id', node_execution_id, 'parent_trace_id', parent_trace_id));
    PERFORM dify_observe.check_status(status, 'running, paused, normal, succeeded, failed, error, stopped');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'duration', duration, 'time_to_first_token', time_to_first_token, 'total_price', total_price));
  END IF;
  id_at := dify_observe.id_time(id);
  created_at := dify_observe.began_at(created_at, finished_at, duration, id_at);
  -- Again, should the row appear, be finished or be moved to another partition by somebody else meanwhile.
  FOR attempt IN 1..3 LOOP
    IF given THEN
      SELECT f.created_at, f.status INTO found_at, known FROM dify_observe.find_message(id, created_at, attempt > 1) f;
    END IF;
    began_at := coalesce(found_at, created_at);
    ended_at := CASE WHEN final THEN dify_observe.ended_at(began_at, finished_at, duration) ELSE finished_at END;
    IF NOT (began_at >= '1970-01-01 00:00+00' AND coalesce(ended_at, began_at) >= began_at
            AND coalesce(ended_at, began_at) < '2554-01-01 00:00+00') THEN
      PERFORM dify_observe.refuse_times(began_at, finished_at, ended_at);
    END IF;
    IF known IS NULL THEN
      id := coalesce(id, dify_observe.uuid_v7(created_at));
      done := dify_observe.insert_row(
        'dify_observe.messages', given, id, tenant_id, app_id, conversation_id, workflow_run_id, node_execution_id,
        parent_message_id, parent_trace_id, created_at, ended_at,
        coalesce(duration, CASE WHEN final THEN extract(epoch FROM ended_at - created_at) END), time_to_first_token, input_tokens,
        output_tokens, coalesce(total_tokens, CASE WHEN final THEN input_tokens + output_tokens END), agent_based,
        status, invoke_from, from_source, mode, coalesce(user_id, end_user_id, account_id), user_session_id,
        end_user_id, account_id, model_provider, model_name, total_price::numeric, currency, error, query, answer,
        dify_observe.payload(inputs), dify_observe.payload(outputs), dify_observe.payload(files),
        dify_observe.payload(message_file_data), metadata, pg_current_xact_id());
    ELSIF known IN ('running', 'paused') THEN
      UPDATE dify_observe.messages r
      SET status = status,
          conversation_id = coalesce(conversation_id, r.conversation_id),
          workflow_run_id = coalesce(workflow_run_id, r.workflow_run_id),
          node_execution_id = coalesce(node_execution_id, r.node_execution_id),
          parent_message_id = coalesce(parent_message_id, r.parent_message_id),
          invoke_from = coalesce(invoke_from, r.invoke_from), from_source = coalesce(from_source, r.from_source),
          mode = coalesce(mode, r.mode), agent_based = coalesce(agent_based, r.agent_based),
          user_id = coalesce(user_id, r.user_id), user_session_id = coalesce(user_session_id, r.user_session_id),
          end_user_id = coalesce(end_user_id, r.end_user_id), account_id = coalesce(account_id, r.account_id),
          query = coalesce(query, r.query), answer = coalesce(answer, r.answer),
          inputs = coalesce(dify_observe.payload(inputs), r.inputs),
          outputs = coalesce(dify_observe.payload(outputs), r.outputs),
          files = coalesce(dify_observe.payload(files), r.files),
          message_file_data = coalesce(dify_observe.payload(message_file_data), r.message_file_data),
          model_provider = coalesce(model_provider, r.model_provider),
          model_name = coalesce(model_name, r.model_name), input_tokens = coalesce(input_tokens, r.input_tokens),
          output_tokens = coalesce(output_tokens, r.output_tokens),
          total_tokens = coalesce(total_tokens, r.total_tokens), total_price = coalesce(total_price, r.total_price),
          currency = coalesce(currency, r.currency), error = coalesce(error, r.error),
          duration = coalesce(duration, r.duration),
          time_to_first_token = coalesce(time_to_first_token, r.time_to_first_token),
          parent_trace_id = coalesce(parent_trace_id, r.parent_trace_id),
          finished_at = coalesce(finished_at, r.finished_at), metadata = coalesce(metadata, r.metadata)
      WHERE r.id = id AND r.created_at = found_at AND r.status IN ('running', 'paused');
      done := FOUND;
    ELSE
      RETURN id;
    END IF;
    EXIT WHEN done OR NOT given;
  END LOOP;
  RETURN id;
END $$;
COMMENT ON FUNCTION log_message IS
  'Logs a message in one call and returns its id; a final status emits dify.message.run. Required: tenant_id, app_id, status. An id that is known and finished changes nothing; a known unfinished one is finished. duration in seconds. Errors: 22004 missing, 22023 wrong value.';
