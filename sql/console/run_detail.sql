CREATE FUNCTION run_result(run_id uuid DEFAULT NULL)
  RETURNS TABLE (id uuid, status text, outputs jsonb, error text, reasons jsonb, warnings jsonb, conversation_id uuid, message_id uuid)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT r.id, r.status, CASE WHEN r.conversation_id IS NULL THEN %s END, nullif(r.error, ''''),
       (SELECT jsonb_agg(jsonb_build_object(''node_execution_id'', s.id, ''node_id'', s.node_id, ''title'', s.title, ''status'', s.status, ''error'', s.error) ORDER BY s.created_at)
        FROM dify_observe.run_spans(r.id) s WHERE s.kind = ''node'' AND (s.status IN (''failed'', ''exception'') OR s.error <> '''')),
       r.warnings, r.conversation_id, CASE WHEN r.conversation_id IS NOT NULL THEN r.message_id END
     FROM dify_observe.find_workflow_run($1, NULL, true) f JOIN dify_observe.workflow_runs r ON r.id = $1 AND r.created_at = f.created_at',
    CASE WHEN has_column_privilege('dify_observe.workflow_runs', 'outputs', 'SELECT') THEN 'r.outputs' ELSE 'NULL::jsonb' END)
  USING run_id;
END $$;
COMMENT ON FUNCTION run_result(uuid) IS
  'What a workflow gave to its user: outputs, or error with the reasons, which are the nodes that went wrong. The result of a chat is in its conversation: outputs is null, and conversation_id and message_id say where. No row for an unknown id.';

CREATE FUNCTION run_detail(run_id uuid DEFAULT NULL) RETURNS TABLE (
    id uuid, tenant_id uuid, app_id uuid, workflow_id uuid, workflow_version text, status text, error text, created_at timestamptz, finished_at timestamptz,
    elapsed_time float8, total_steps int, input_tokens bigint, output_tokens bigint, total_tokens bigint, total_price numeric, currency text,
    triggered_from text, invoke_from text, from_source text, invoked_by text, user_id text, user_session_id text, conversation_id uuid, message_id uuid,
    workflow_app_log_id uuid, trace_id text, parent_workflow_run_id uuid, parent_node_execution_id uuid, nodes bigint, failed_nodes bigint, nested_runs bigint,
    model_calls bigint, http_calls bigint, tool_calls bigint, node_tokens bigint, node_prices jsonb, query text, inputs jsonb, outputs jsonb, files jsonb,
    warnings jsonb, configuration jsonb, metadata jsonb)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_column
DECLARE
  content text := CASE WHEN has_column_privilege('dify_observe.workflow_runs', 'inputs', 'SELECT')
    THEN 'r.query, r.inputs, r.outputs, r.files, r.warnings, r.configuration, r.metadata'
    ELSE 'NULL::text, NULL::jsonb, NULL::jsonb, NULL::jsonb, r.warnings, NULL::jsonb, NULL::jsonb' END;
BEGIN
  RETURN QUERY EXECUTE format(
    'WITH spans AS MATERIALIZED (SELECT * FROM dify_observe.run_tracing($1))
     SELECT r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_version, r.status, nullif(r.error, ''''), r.created_at, r.finished_at, r.elapsed_time, r.total_steps,
       r.input_tokens, r.output_tokens, r.total_tokens, r.total_price, r.currency, r.triggered_from, r.invoke_from, r.from_source, r.invoked_by, r.user_id,
       r.user_session_id, r.conversation_id, r.message_id, r.workflow_app_log_id,
       replace(coalesce(r.parent_trace_id, (SELECT t.root_id FROM dify_observe.trace_roots t WHERE t.run_id = r.id), r.id)::text, ''-'', ''''),
       r.parent_workflow_run_id, r.parent_node_execution_id, c.*,
       (SELECT jsonb_object_agg(p.currency, p.price) FROM (SELECT coalesce(s.currency, '''') AS currency, sum(s.total_price) AS price FROM spans s
                                                          WHERE s.kind = ''node'' AND s.total_price IS NOT NULL GROUP BY 1) p),
       %s
     FROM dify_observe.find_workflow_run($1, NULL, true) f JOIN dify_observe.workflow_runs r ON r.id = $1 AND r.created_at = f.created_at,
       LATERAL (SELECT count(*) FILTER (WHERE s.kind = ''node''), count(*) FILTER (WHERE s.kind = ''node'' AND s.status IN (''failed'', ''exception'')),
                  count(*) FILTER (WHERE s.kind = ''run'' AND s.id <> $1), count(*) FILTER (WHERE s.calls = ''model''),
                  count(*) FILTER (WHERE s.calls = ''http''), count(*) FILTER (WHERE s.calls = ''tool''),
                  (sum(s.total_tokens) FILTER (WHERE s.kind = ''node''))::bigint FROM spans s) c', content)
  USING run_id;
END $$;
COMMENT ON FUNCTION run_detail(uuid) IS
  'A run with its inputs, outputs, configuration and metadata, and what its nodes (nested ones too) did: calls, tokens, and prices per currency. elapsed_time in seconds. No row for an unknown id.';
