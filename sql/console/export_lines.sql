-- What the exports write, one JSON document per row. Plain SQL, so that it is inlined and a COPY streams row by row in the order of an index.

CREATE FUNCTION cursor_at(after text) RETURNS timestamptz
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET TimeZone = 'UTC' AS $$
DECLARE
  parts text[] := regexp_match(after, '^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$');
BEGIN
  IF after IS NOT NULL AND parts IS NULL THEN
    PERFORM dify_observe.refuse_value('after', after, 'the cursor of a line of this export, or null to begin at the start');
  END IF;
  RETURN coalesce(parts[1]::timestamptz, '-infinity');
END $$;

CREATE FUNCTION cursor_id(after text) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(split_part(after, '/', 2), '00000000-0000-0000-0000-000000000000')::uuid;
END;

CREATE FUNCTION message_lines(app_id uuid, start timestamptz, until timestamptz, after text, include_debug boolean)
  RETURNS TABLE (created_at timestamptz, id uuid, line jsonb)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT m.created_at, m.id, jsonb_build_object('kind', 'message', 'cursor', moment_text(m.created_at) || '/' || m.id) || (to_jsonb(m) - 'xid')
    || jsonb_build_object(
      'feedbacks', (SELECT coalesce(jsonb_agg(to_jsonb(f) - '{xid,tenant_id,app_id,message_id,conversation_id}'::text[] ORDER BY f.created_at), '[]') FROM feedbacks f
                    WHERE f.message_id = m.id AND f.rating IS NOT NULL),
      'annotation', (SELECT to_jsonb(a) - '{tenant_id,app_id,message_id,conversation_id}'::text[] FROM annotations a WHERE a.message_id = m.id))
  FROM messages m
  WHERE m.app_id = message_lines.app_id AND m.created_at >= coalesce(message_lines.start, '-infinity') AND m.created_at < coalesce(message_lines.until, 'infinity')
    AND m.created_at >= cursor_at(message_lines.after) AND (m.created_at, m.id) > (cursor_at(message_lines.after), cursor_id(message_lines.after))
    AND (message_lines.include_debug OR NOT is_debug(m.invoke_from, NULL));
END;

CREATE FUNCTION run_lines(app_id uuid, start timestamptz, until timestamptz, after text, include_debug boolean)
  RETURNS TABLE (created_at timestamptz, id uuid, line jsonb)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.created_at, r.id, jsonb_build_object('kind', 'run', 'cursor', moment_text(r.created_at) || '/' || r.id) || (to_jsonb(r) - 'xid')
    -- Nobody stays in a run for longer than a month.
    || jsonb_build_object('nodes', (SELECT coalesce(jsonb_agg(to_jsonb(n) - '{xid,tenant_id,app_id,workflow_run_id}'::text[] ORDER BY n.created_at, n.index, n.id), '[]')
                                    FROM node_executions n
                                    WHERE n.workflow_run_id = r.id AND n.created_at >= r.created_at - interval '1 hour' AND n.created_at < r.created_at + interval '31 days'))
  FROM workflow_runs r
  WHERE r.app_id = run_lines.app_id AND r.created_at >= coalesce(run_lines.start, '-infinity') AND r.created_at < coalesce(run_lines.until, 'infinity')
    AND r.created_at >= cursor_at(run_lines.after) AND (r.created_at, r.id) > (cursor_at(run_lines.after), cursor_id(run_lines.after))
    AND (run_lines.include_debug OR NOT is_debug(r.invoke_from, r.triggered_from));
END;

CREATE FUNCTION operation_lines(app_id uuid, start timestamptz, until timestamptz, after text)
  RETURNS TABLE (created_at timestamptz, id uuid, line jsonb)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT o.created_at, o.id, jsonb_build_object('kind', o.kind, 'cursor', moment_text(o.created_at) || '/' || o.id) || (o.line - 'xid')
  FROM (
    SELECT t.created_at, t.id, t.app_id, 'tool_execution' AS kind, to_jsonb(t) AS line FROM tool_executions t
    UNION ALL
    SELECT c.created_at, c.id, c.app_id, 'moderation_check', to_jsonb(c) FROM moderation_checks c
    UNION ALL
    SELECT q.created_at, q.id, q.app_id, 'suggested_questions', to_jsonb(q) FROM suggested_questions q
    UNION ALL
    SELECT d.created_at, d.id, d.app_id, 'dataset_retrieval', to_jsonb(d) FROM dataset_retrievals d
    UNION ALL
    SELECT g.created_at, g.id, g.app_id, 'generated_name', to_jsonb(g) FROM generated_names g
  ) o
  WHERE o.app_id = operation_lines.app_id AND o.created_at >= coalesce(operation_lines.start, '-infinity') AND o.created_at < coalesce(operation_lines.until, 'infinity')
    AND o.created_at >= cursor_at(operation_lines.after) AND (o.created_at, o.id) > (cursor_at(operation_lines.after), cursor_id(operation_lines.after));
END;
