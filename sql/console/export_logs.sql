CREATE FUNCTION export_logs(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, after text DEFAULT NULL,
  max_lines bigint DEFAULT NULL, include_debug boolean DEFAULT false) RETURNS SETOF json
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.line::json
  FROM export_lines(NULL, app_id, start, until, after, include_debug) l
  ORDER BY l.created_at, l.id, l.kind LIMIT max_lines;
END;
COMMENT ON FUNCTION export_logs(uuid, timestamptz, timestamptz, text, bigint, boolean) IS
  'Everything that an app logged, complete, one JSON document per row, the earliest first: messages with their feedback and annotation, runs with their nodes, and operations (kind says which). Resume with the cursor of the last line as after; max_lines ends it earlier. start is included, until is not. See docs/console.md for writing it into a file. Needs SELECT on all columns.';

CREATE FUNCTION export_messages(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, after text DEFAULT NULL,
  max_lines bigint DEFAULT NULL, include_debug boolean DEFAULT false) RETURNS SETOF json
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.line::json FROM export_lines('{message}', app_id, start, until, after, include_debug) l ORDER BY l.created_at, l.id, l.kind LIMIT max_lines;
END;
COMMENT ON FUNCTION export_messages(uuid, timestamptz, timestamptz, text, bigint, boolean) IS 'The messages of export_logs() alone.';

CREATE FUNCTION export_runs(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, after text DEFAULT NULL,
  max_lines bigint DEFAULT NULL, include_debug boolean DEFAULT false) RETURNS SETOF json
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.line::json FROM export_lines('{run}', app_id, start, until, after, include_debug) l ORDER BY l.created_at, l.id, l.kind LIMIT max_lines;
END;
COMMENT ON FUNCTION export_runs(uuid, timestamptz, timestamptz, text, bigint, boolean) IS 'The runs of export_logs() alone.';

CREATE FUNCTION export_feedback(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, after text DEFAULT NULL,
  max_lines bigint DEFAULT NULL) RETURNS SETOF json
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT (jsonb_build_object('kind', 'feedback', 'cursor', moment_text(f.created_at) || '/' || f.id || '/feedback') || (to_jsonb(f) - 'xid') || jsonb_build_object('message', m.message))::json
  FROM feedbacks f LEFT JOIN LATERAL find_message(f.message_id, NULL, true) k ON true
    -- OFFSET 0: message by message; the planner would rather read all.
    LEFT JOIN LATERAL (SELECT jsonb_build_object('query', m.query, 'answer', m.answer, 'created_at', m.created_at, 'model_name', m.model_name, 'workflow_run_id', m.workflow_run_id)
                         AS message FROM messages m WHERE m.id = f.message_id AND m.created_at = k.created_at OFFSET 0) m ON true
  WHERE f.app_id = export_feedback.app_id AND f.rating IS NOT NULL
    AND f.created_at >= coalesce(export_feedback.start, '-infinity') AND f.created_at < coalesce(export_feedback.until, 'infinity')
    AND (f.created_at, f.id) > (cursor_at(export_feedback.after), cursor_id(export_feedback.after))
  ORDER BY f.created_at, f.id LIMIT max_lines;
END;
COMMENT ON FUNCTION export_feedback(uuid, timestamptz, timestamptz, text, bigint) IS
  'The feedback that stands, with query and answer of its message in full, one JSON document per row, the earliest first. Resume with the cursor of the last line as after.';

CREATE FUNCTION export_evaluation_set(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL) RETURNS SETOF json
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT json_build_object('input', a.question, 'expected_output', a.content, 'actual_output', m.answer,
    'metadata', json_build_object('annotation_id', a.id, 'version', a.version, 'author', a.author, 'message_id', a.message_id, 'model_name', m.model_name, 'created_at', a.created_at))
  FROM annotations a LEFT JOIN LATERAL find_message(a.message_id, NULL, true) k ON true
    LEFT JOIN LATERAL (SELECT m.answer, m.model_name FROM messages m WHERE m.id = a.message_id AND m.created_at = k.created_at OFFSET 0) m ON true
  WHERE a.app_id = export_evaluation_set.app_id AND a.question <> '' AND a.content <> ''
    AND a.created_at >= coalesce(export_evaluation_set.start, '-infinity') AND a.created_at < coalesce(export_evaluation_set.until, 'infinity')
  ORDER BY a.created_at, a.id;
END;
COMMENT ON FUNCTION export_evaluation_set(uuid, timestamptz, timestamptz) IS
  'A data set for evaluation: questions with their improved answers (expected_output) and what the application said (actual_output, null where the message is gone or there was none), one JSON document per row.';
