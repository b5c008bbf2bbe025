-- What the exports write, one JSON document per row. Plain SQL, so that it is inlined and a COPY streams row by row in the order of an index.

CREATE FUNCTION cursor_at(after text) RETURNS timestamptz
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET TimeZone = 'UTC' AS $$
DECLARE
  parts text[] := regexp_match(after, '^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[a-z_]+$');
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

-- A message and a run may have one id and time: the kind tells where between them an export goes on.
CREATE FUNCTION cursor_kind(after text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(split_part(after, '/', 3), '');
END;

-- The conditions are outside of the UNION, as only then its parts are read in the order of their indexes.
CREATE FUNCTION export_lines(kinds text[], app_id uuid, start timestamptz, until timestamptz, after text, include_debug boolean)
  RETURNS TABLE (created_at timestamptz, id uuid, kind text, line jsonb)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.created_at, r.id, r.kind COLLATE "C", jsonb_build_object('kind', r.kind, 'cursor', moment_text(r.created_at) || '/' || r.id || '/' || r.kind) || (r.line - 'xid')
    || CASE r.kind
      WHEN 'message' THEN jsonb_build_object(
        'feedbacks', (SELECT coalesce(jsonb_agg(to_jsonb(f) - '{xid,tenant_id,app_id,message_id,conversation_id}'::text[] ORDER BY f.created_at), '[]') FROM feedbacks f
                      WHERE f.message_id = r.id AND f.rating IS NOT NULL),
        'annotation', (SELECT to_jsonb(a) - '{tenant_id,app_id,message_id,conversation_id}'::text[] FROM annotations a WHERE a.message_id = r.id))
      -- Nobody stays in a run for longer than a month.
      WHEN 'run' THEN jsonb_build_object(
        'nodes', (SELECT coalesce(jsonb_agg(to_jsonb(n) - '{xid,tenant_id,app_id,workflow_run_id}'::text[] ORDER BY n.created_at, n.index, n.id), '[]') FROM node_executions n
                  WHERE n.workflow_run_id = r.id AND n.created_at >= r.created_at - interval '1 hour' AND n.created_at < r.created_at + interval '31 days'))
      ELSE '{}' END
  FROM (
    SELECT m.created_at, m.id, m.app_id, 'message' AS kind, m.invoke_from, NULL::text AS triggered_from, to_jsonb(m) AS line FROM messages m
    UNION ALL
    SELECT w.created_at, w.id, w.app_id, 'run', w.invoke_from, w.triggered_from, to_jsonb(w) FROM workflow_runs w
    UNION ALL
    SELECT t.created_at, t.id, t.app_id, 'tool_execution', NULL, NULL, to_jsonb(t) FROM tool_executions t
    UNION ALL
    SELECT c.created_at, c.id, c.app_id, 'moderation_check', NULL, NULL, to_jsonb(c) FROM moderation_checks c
    UNION ALL
    SELECT q.created_at, q.id, q.app_id, 'suggested_questions', NULL, NULL, to_jsonb(q) FROM suggested_questions q
    UNION ALL
    SELECT d.created_at, d.id, d.app_id, 'dataset_retrieval', NULL, NULL, to_jsonb(d) FROM dataset_retrievals d
    UNION ALL
    SELECT g.created_at, g.id, g.app_id, 'generated_name', NULL, NULL, to_jsonb(g) FROM generated_names g
  ) r
  WHERE r.app_id = export_lines.app_id AND (export_lines.kinds IS NULL OR r.kind = ANY (export_lines.kinds))
    AND r.created_at >= coalesce(export_lines.start, '-infinity') AND r.created_at < coalesce(export_lines.until, 'infinity')
    AND r.created_at >= cursor_at(export_lines.after)
    AND (r.created_at, r.id, r.kind COLLATE "C") > (cursor_at(export_lines.after), cursor_id(export_lines.after), cursor_kind(export_lines.after))
    AND (export_lines.include_debug OR NOT is_debug(r.invoke_from, r.triggered_from));
END;
COMMENT ON FUNCTION export_lines IS 'What an app logged, as documents: of these kinds (message, run, tool_execution, moderation_check, suggested_questions, dataset_retrieval, generated_name) or of all, beyond a cursor.';
