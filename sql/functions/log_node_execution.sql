-- Where the row with this id is. A UUIDv7 tells its partition; for others, and on request, all partitions are probed.
CREATE FUNCTION find_node_execution(wanted uuid, near timestamptz, everywhere boolean) RETURNS TABLE (created_at timestamptz, status text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  at timestamptz := dify_observe.id_time(wanted);
  earliest timestamptz := date_trunc('day', least(at - interval '1 hour', near), 'UTC');
  latest timestamptz := date_trunc('day', greatest(at + interval '1 day', near), 'UTC') + interval '1 day';
BEGIN
  IF at IS NOT NULL THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.node_executions r
                 WHERE r.id = wanted AND r.created_at >= earliest AND r.created_at < latest;
  END IF;
  IF at IS NULL OR everywhere AND NOT FOUND THEN
    RETURN QUERY SELECT r.created_at, r.status FROM dify_observe.node_executions r WHERE r.id = wanted;
  END IF;
END $$;

CREATE FUNCTION log_node_execution(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, node_id text DEFAULT NULL, node_type text DEFAULT NULL,
  status text DEFAULT NULL, workflow_run_id uuid DEFAULT NULL, id uuid DEFAULT NULL, workflow_id uuid DEFAULT NULL,
  title text DEFAULT NULL, index int DEFAULT NULL, predecessor_node_id text DEFAULT NULL,
  iteration_id text DEFAULT NULL, iteration_index int DEFAULT NULL, loop_id text DEFAULT NULL,
  loop_index int DEFAULT NULL, parallel_id text DEFAULT NULL, retry_index int DEFAULT NULL, inputs json DEFAULT NULL,
  outputs json DEFAULT NULL, process_data json DEFAULT NULL, error text DEFAULT NULL,
  elapsed_time float8 DEFAULT NULL, invoked_by text DEFAULT NULL, user_id text DEFAULT NULL,
  message_id uuid DEFAULT NULL, conversation_id uuid DEFAULT NULL, model_provider text DEFAULT NULL,
  model_name text DEFAULT NULL, input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
  total_tokens bigint DEFAULT NULL, total_price float8 DEFAULT NULL, currency text DEFAULT NULL,
  plugin_name text DEFAULT NULL, plugin_id text DEFAULT NULL, dataset_ids text[] DEFAULT NULL,
  dataset_names text[] DEFAULT NULL, draft boolean DEFAULT false, parent_trace_id uuid DEFAULT NULL,
  created_at timestamptz DEFAULT NULL, finished_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  given boolean := id IS NOT NULL;
  final boolean := status NOT IN ('running', 'pending', 'paused');
  id_at timestamptz;
  found_at timestamptz;
  began_at timestamptz;
  ended_at timestamptz;
  known text;
  done boolean;
BEGIN
  draft := coalesce(draft, false);
  IF tenant_id IS NULL OR app_id IS NULL OR node_id IS NULL OR node_type IS NULL OR status IS NULL
     OR '00000000-0000-0000-0000-000000000000' IN (id, workflow_run_id, message_id, conversation_id, parent_trace_id)
     OR (workflow_run_id IS NULL) <> draft OR greatest(array_ndims(dataset_ids), array_ndims(dataset_names)) > 1 OR array_position(dataset_ids, NULL) IS NOT NULL OR array_position(dataset_names, NULL) IS NOT NULL
     OR greatest(cardinality(dataset_ids), cardinality(dataset_names)) > 100
     OR status NOT IN ('running', 'pending', 'paused', 'succeeded', 'failed', 'exception', 'retry', 'stopped', 'partial-succeeded')
     OR least(input_tokens, output_tokens, total_tokens) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (elapsed_time >= 0 AND elapsed_time < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'app_id', app_id, 'node_id', node_id, 'node_type', node_type, 'status', status)
      || CASE WHEN draft THEN '{}'::jsonb ELSE jsonb_build_object('workflow_run_id', workflow_run_id) END);
    PERFORM dify_observe.check_ids(jsonb_build_object(
      'id', id, 'workflow_run_id', workflow_run_id, 'message_id', message_id, 'conversation_id', conversation_id,
      'parent_trace_id', parent_trace_id));
    PERFORM dify_observe.check_draft(draft, workflow_run_id);
    PERFORM dify_observe.check_datasets(jsonb_build_object('dataset_ids', dataset_ids, 'dataset_names', dataset_names));
    PERFORM dify_observe.check_status(status, 'running, pending, paused, succeeded, failed, exception, retry, stopped, partial-succeeded');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'elapsed_time', elapsed_time, 'total_price', total_price));
  END IF;
  id_at := dify_observe.id_time(id);
  created_at := dify_observe.began_at(created_at, finished_at, elapsed_time, id_at);
  -- Again, should the row appear, be finished or be moved to another partition by somebody else meanwhile.
  FOR attempt IN 1..3 LOOP
    IF given THEN
      SELECT f.created_at, f.status INTO found_at, known FROM dify_observe.find_node_execution(id, created_at, attempt > 1) f;
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
        'dify_observe.node_executions', given, id, tenant_id, app_id, workflow_id, workflow_run_id, created_at,
        ended_at, coalesce(elapsed_time, CASE WHEN final THEN extract(epoch FROM ended_at - created_at) END), input_tokens, output_tokens,
        coalesce(total_tokens, CASE WHEN final THEN input_tokens + output_tokens END), index, iteration_index,
        loop_index, retry_index, draft, status, node_id, node_type, title, predecessor_node_id, iteration_id, loop_id,
        parallel_id, invoked_by, user_id, message_id, conversation_id, parent_trace_id, model_provider, model_name,
        total_price::numeric, currency, plugin_name, plugin_id, dataset_ids, dataset_names, error,
        dify_observe.payload(inputs), dify_observe.payload(outputs), dify_observe.payload(process_data), metadata,
        pg_current_xact_id());
    ELSIF known IN ('running', 'pending', 'paused') THEN
      UPDATE dify_observe.node_executions r
      SET status = status,
          workflow_run_id = coalesce(workflow_run_id, r.workflow_run_id),
          workflow_id = coalesce(workflow_id, r.workflow_id), title = coalesce(title, r.title),
          index = coalesce(index, r.index),
          predecessor_node_id = coalesce(predecessor_node_id, r.predecessor_node_id),
          iteration_id = coalesce(iteration_id, r.iteration_id),
          iteration_index = coalesce(iteration_index, r.iteration_index), loop_id = coalesce(loop_id, r.loop_id),
          loop_index = coalesce(loop_index, r.loop_index), parallel_id = coalesce(parallel_id, r.parallel_id),
          retry_index = coalesce(retry_index, r.retry_index),
          inputs = coalesce(dify_observe.payload(inputs), r.inputs),
          outputs = coalesce(dify_observe.payload(outputs), r.outputs),
          process_data = coalesce(dify_observe.payload(process_data), r.process_data),
          error = coalesce(error, r.error), elapsed_time = coalesce(elapsed_time, r.elapsed_time),
          invoked_by = coalesce(invoked_by, r.invoked_by), user_id = coalesce(user_id, r.user_id),
          message_id = coalesce(message_id, r.message_id),
          conversation_id = coalesce(conversation_id, r.conversation_id),
          model_provider = coalesce(model_provider, r.model_provider),
          model_name = coalesce(model_name, r.model_name), input_tokens = coalesce(input_tokens, r.input_tokens),
          output_tokens = coalesce(output_tokens, r.output_tokens),
          total_tokens = coalesce(total_tokens, r.total_tokens), total_price = coalesce(total_price, r.total_price),
          currency = coalesce(currency, r.currency), plugin_name = coalesce(plugin_name, r.plugin_name),
          plugin_id = coalesce(plugin_id, r.plugin_id), dataset_ids = coalesce(dataset_ids, r.dataset_ids),
          dataset_names = coalesce(dataset_names, r.dataset_names),
          parent_trace_id = coalesce(parent_trace_id, r.parent_trace_id),
          finished_at = coalesce(finished_at, r.finished_at), metadata = coalesce(metadata, r.metadata)
      WHERE r.id = id AND r.created_at = found_at AND r.status IN ('running', 'pending', 'paused');
      done := FOUND;
    ELSE
      RETURN id;
    END IF;
    EXIT WHEN done OR NOT given;
  END LOOP;
  RETURN id;
END $$;
COMMENT ON FUNCTION log_node_execution IS
  'Logs a node execution in one call and returns its id; a final status emits dify.node.execution, or dify.node.execution.draft for a draft. Required: tenant_id, app_id, node_id, node_type, status, and workflow_run_id unless draft. An id that is known and finished changes nothing; a known unfinished one is finished. elapsed_time in seconds. Errors: 22004 missing, 22023 wrong value.';

CREATE FUNCTION start_node_execution(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, node_id text DEFAULT NULL, node_type text DEFAULT NULL,
  workflow_run_id uuid DEFAULT NULL, id uuid DEFAULT NULL, workflow_id uuid DEFAULT NULL, title text DEFAULT NULL,
  index int DEFAULT NULL, predecessor_node_id text DEFAULT NULL, iteration_id text DEFAULT NULL,
  iteration_index int DEFAULT NULL, loop_id text DEFAULT NULL, loop_index int DEFAULT NULL,
  parallel_id text DEFAULT NULL, retry_index int DEFAULT NULL, inputs json DEFAULT NULL,
  invoked_by text DEFAULT NULL, user_id text DEFAULT NULL, message_id uuid DEFAULT NULL,
  conversation_id uuid DEFAULT NULL, model_provider text DEFAULT NULL, model_name text DEFAULT NULL,
  plugin_name text DEFAULT NULL, plugin_id text DEFAULT NULL, dataset_ids text[] DEFAULT NULL,
  dataset_names text[] DEFAULT NULL, draft boolean DEFAULT false, parent_trace_id uuid DEFAULT NULL,
  created_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF id IS NOT NULL AND EXISTS (SELECT FROM dify_observe.find_node_execution(id, created_at, false)) THEN
    RETURN id;
  END IF;
  RETURN dify_observe.log_node_execution(status => 'running',
    tenant_id => tenant_id, app_id => app_id, node_id => node_id, node_type => node_type,
    workflow_run_id => workflow_run_id, id => id, workflow_id => workflow_id, title => title, index => index,
    predecessor_node_id => predecessor_node_id, iteration_id => iteration_id, iteration_index => iteration_index,
    loop_id => loop_id, loop_index => loop_index, parallel_id => parallel_id, retry_index => retry_index,
    inputs => inputs, invoked_by => invoked_by, user_id => user_id, message_id => message_id,
    conversation_id => conversation_id, model_provider => model_provider, model_name => model_name,
    plugin_name => plugin_name, plugin_id => plugin_id, dataset_ids => dataset_ids, dataset_names => dataset_names,
    draft => draft, parent_trace_id => parent_trace_id, created_at => created_at, metadata => metadata);
END $$;
COMMENT ON FUNCTION start_node_execution IS
  'Logs that a node execution has begun and returns its id, for finish_node_execution. Emits nothing yet. An id that is known already changes nothing.';
