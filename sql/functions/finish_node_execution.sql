CREATE FUNCTION finish_node_execution(
  id uuid DEFAULT NULL, status text DEFAULT NULL, outputs json DEFAULT NULL, process_data json DEFAULT NULL,
  error text DEFAULT NULL, elapsed_time float8 DEFAULT NULL, model_provider text DEFAULT NULL,
  model_name text DEFAULT NULL, input_tokens bigint DEFAULT NULL, output_tokens bigint DEFAULT NULL,
  total_tokens bigint DEFAULT NULL, total_price float8 DEFAULT NULL, currency text DEFAULT NULL,
  plugin_name text DEFAULT NULL, plugin_id text DEFAULT NULL, dataset_ids text[] DEFAULT NULL,
  dataset_names text[] DEFAULT NULL, finished_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
  found_at timestamptz;
  ended_at timestamptz;
  known text;
BEGIN
  IF id IS NULL OR status IS NULL
     OR greatest(array_ndims(dataset_ids), array_ndims(dataset_names)) > 1 OR array_position(dataset_ids, NULL) IS NOT NULL OR array_position(dataset_names, NULL) IS NOT NULL
     OR greatest(cardinality(dataset_ids), cardinality(dataset_names)) > 100
     OR status NOT IN ('running', 'pending', 'paused', 'succeeded', 'failed', 'exception', 'retry', 'stopped', 'partial-succeeded')
     OR least(input_tokens, output_tokens, total_tokens) < 0 OR greatest(input_tokens, output_tokens) >= 4000000000000000000
     OR NOT (elapsed_time >= 0 AND elapsed_time < 2e10) OR NOT (total_price >= 0 AND total_price < 1e300) THEN
    PERFORM dify_observe.check_given(jsonb_build_object('id', id, 'status', status));
    PERFORM dify_observe.check_datasets(jsonb_build_object('dataset_ids', dataset_ids, 'dataset_names', dataset_names));
    PERFORM dify_observe.check_status(status, 'running, pending, paused, succeeded, failed, exception, retry, stopped, partial-succeeded');
    PERFORM dify_observe.check_amounts(jsonb_build_object(
      'input_tokens', input_tokens, 'output_tokens', output_tokens, 'total_tokens', total_tokens,
      'elapsed_time', elapsed_time, 'total_price', total_price));
  END IF;
  -- Twice, should somebody else finish it or move it to another partition meanwhile.
  FOR attempt IN 1..2 LOOP
    SELECT f.created_at, f.status INTO found_at, known FROM dify_observe.find_node_execution(id, NULL, true) f;
    IF known NOT IN ('running', 'pending', 'paused') THEN
      RETURN id;
    END IF;
    ended_at := coalesce(finished_at, found_at + make_interval(secs => elapsed_time));
    IF ended_at < found_at OR ended_at >= '2554-01-01 00:00+00' THEN
      PERFORM dify_observe.refuse_times(found_at, finished_at, ended_at);
    END IF;
    UPDATE dify_observe.node_executions r
    SET status = status,
        outputs = coalesce(dify_observe.payload(outputs), r.outputs),
        process_data = coalesce(dify_observe.payload(process_data), r.process_data),
        error = coalesce(error, r.error), elapsed_time = coalesce(elapsed_time, r.elapsed_time),
        model_provider = coalesce(model_provider, r.model_provider), model_name = coalesce(model_name, r.model_name),
        input_tokens = coalesce(input_tokens, r.input_tokens),
        output_tokens = coalesce(output_tokens, r.output_tokens),
        total_tokens = coalesce(total_tokens, r.total_tokens), total_price = coalesce(total_price, r.total_price),
        currency = coalesce(currency, r.currency), plugin_name = coalesce(plugin_name, r.plugin_name),
        plugin_id = coalesce(plugin_id, r.plugin_id), dataset_ids = coalesce(dataset_ids, r.dataset_ids),
        dataset_names = coalesce(dataset_names, r.dataset_names), finished_at = coalesce(finished_at, r.finished_at),
        metadata = coalesce(metadata, r.metadata)
    WHERE r.id = id AND r.created_at = found_at AND r.status IN ('running', 'pending', 'paused');
    IF FOUND THEN
      RETURN id;
    END IF;
  END LOOP;
  IF known IS NULL THEN
    PERFORM dify_observe.refuse_unknown('node execution', id);
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION finish_node_execution IS
  'Finishes a started node execution: a final status emits dify.node.execution, or dify.node.execution.draft for a draft, any other only changes the state. Finishing a finished one changes nothing. Returns the id. Errors: 22004 missing, 22023 wrong value, 02000 unknown id.';
