CREATE FUNCTION log_tool_execution(
  tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, tool_name text DEFAULT NULL, status text DEFAULT NULL,
  inputs json DEFAULT NULL, outputs json DEFAULT NULL, parameters json DEFAULT NULL, config json DEFAULT NULL,
  file_url text DEFAULT NULL, message_file_id uuid DEFAULT NULL, created_by_role text DEFAULT NULL,
  created_by uuid DEFAULT NULL, id uuid DEFAULT NULL, user_id text DEFAULT NULL, message_id uuid DEFAULT NULL,
  workflow_run_id uuid DEFAULT NULL, node_execution_id uuid DEFAULT NULL, parent_trace_id uuid DEFAULT NULL,
  duration float8 DEFAULT NULL, error text DEFAULT NULL, created_at timestamptz DEFAULT NULL,
  finished_at timestamptz DEFAULT NULL, metadata jsonb DEFAULT NULL)
  RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  id_at timestamptz := dify_observe.id_time(id);
  ended_at timestamptz;
  given boolean := id IS NOT NULL;
  done boolean;
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL OR tool_name IS NULL OR status IS NULL
     OR '00000000-0000-0000-0000-000000000000' IN (id, message_id, workflow_run_id, node_execution_id, parent_trace_id)
     OR status NOT IN ('succeeded', 'failed', 'error')
     OR NOT (duration >= 0 AND duration < 2e10) THEN
    PERFORM dify_observe.check_given(jsonb_build_object(
      'tenant_id', tenant_id, 'app_id', app_id, 'tool_name', tool_name, 'status', status));
    PERFORM dify_observe.check_ids(jsonb_build_object(
      'id', id, 'message_id', message_id, 'workflow_run_id', workflow_run_id, 'node_execution_id', node_execution_id,
      'parent_trace_id', parent_trace_id));
    PERFORM dify_observe.check_status(status, 'succeeded, failed, error');
    PERFORM dify_observe.check_amounts(jsonb_build_object('duration', duration));
  END IF;
  created_at := dify_observe.began_at(created_at, finished_at, duration, id_at);
  ended_at := dify_observe.ended_at(created_at, finished_at, duration);
  IF NOT (created_at >= '1970-01-01 00:00+00' AND ended_at >= created_at AND ended_at < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_times(created_at, finished_at, ended_at);
  END IF;
  IF id IS NULL THEN
    id := dify_observe.uuid_v7(created_at);
  ELSIF EXISTS (SELECT FROM dify_observe.tool_executions r
                WHERE r.id = id AND r.created_at >= coalesce(id_at - interval '1 day', '-infinity')
                  AND r.created_at < coalesce(id_at + interval '1 day', 'infinity')) THEN
    RETURN id;
  END IF;
  done := dify_observe.insert_row(
    'dify_observe.tool_executions', given, id, tenant_id, app_id, message_id, workflow_run_id, node_execution_id,
    parent_trace_id, created_at, ended_at, coalesce(duration, extract(epoch FROM ended_at - created_at)),
    message_file_id, created_by, status, tool_name, created_by_role, file_url, user_id, error,
    dify_observe.payload(inputs), dify_observe.payload(outputs), dify_observe.payload(parameters),
    dify_observe.payload(config), metadata, pg_current_xact_id());
  RETURN id;
END $$;
COMMENT ON FUNCTION log_tool_execution IS
  'Logs a tool call and returns its id; emits dify.tool.execution. Required: tenant_id, app_id, tool_name, status. An id that is known changes nothing. duration in seconds. Errors: 22004 missing, 22023 wrong value.';
