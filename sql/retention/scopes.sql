-- Whether a scope exists. A wrong id would keep, or hold, nothing that anybody meant.

CREATE FUNCTION check_scope(scope text, scope_id uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  known boolean;
BEGIN
  IF scope IS NULL OR scope <> 'default' AND scope_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('scope', scope) || CASE WHEN scope <> 'default' THEN jsonb_build_object('scope_id', scope_id) ELSE '{}' END);
  END IF;
  IF scope NOT IN ('default', 'tenant', 'app', 'workflow') THEN
    PERFORM dify_observe.refuse_value('scope', scope, 'default, tenant, app, workflow');
  END IF;
  IF scope = 'default' THEN
    IF scope_id IS NOT NULL THEN
      PERFORM dify_observe.refuse_value('scope_id', scope_id::text, 'null, as the scope default is everything');
    END IF;
    RETURN;
  END IF;
  -- Whatever was ever counted is in the labels of a series: only what is new or not counted is looked for in the logs.
  known := CASE scope
    WHEN 'tenant' THEN EXISTS (SELECT FROM dify_observe.apps a WHERE a.tenant_id = scope_id)
      OR EXISTS (SELECT FROM dify_observe.series s WHERE s.labels ->> 'tenant_id' = scope_id::text)
    WHEN 'app' THEN EXISTS (SELECT FROM dify_observe.apps a WHERE a.app_id = scope_id)
      OR EXISTS (SELECT FROM dify_observe.series s WHERE s.labels ->> 'app_id' = scope_id::text)
    ELSE EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.workflow_id = scope_id)
      OR EXISTS (SELECT FROM dify_observe.node_executions n WHERE n.workflow_id = scope_id)
    END;
  IF NOT known AND scope <> 'workflow' THEN
    EXECUTE (SELECT format('SELECT %s', string_agg(format('EXISTS (SELECT FROM dify_observe.%I t WHERE t.%I = $1)', c.relname, scope || '_id'), ' OR '))
             FROM pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
               AND c.relname <> 'series' AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = scope || '_id' AND a.attnum > 0))
      INTO known USING scope_id;
  END IF;
  IF NOT known THEN
    RAISE EXCEPTION 'there is no % with the id %', scope, scope_id
      USING ERRCODE = '02000', DETAIL = 'Nothing was ever logged for it.', HINT = 'Is it the id of something else, say of a tenant where an app is meant?';
  END IF;
END $$;
COMMENT ON FUNCTION check_scope(text, uuid) IS 'Refuses a scope of retention that does not exist (02000), is unknown (22023) or incomplete (22004).';
