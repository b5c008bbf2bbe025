CREATE FUNCTION export_annotations(app_id uuid DEFAULT NULL, format text DEFAULT 'jsonl') RETURNS SETOF text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
#variable_conflict use_variable
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id));
  IF format = 'jsonl' THEN
    RETURN QUERY SELECT (to_jsonb(a) - '{tenant_id,app_id,version}'::text[])::text FROM dify_observe.annotations a WHERE a.app_id = app_id ORDER BY a.created_at, a.id;
  ELSIF format = 'csv' THEN
    RETURN NEXT 'question,content,note,author,message_id,id,created_at';
    RETURN QUERY
      SELECT concat_ws(',', dify_observe.csv_cell(a.question), dify_observe.csv_cell(a.content), dify_observe.csv_cell(a.note), dify_observe.csv_cell(a.author),
                       coalesce(a.message_id::text, ''), a.id, dify_observe.moment_text(a.created_at))
      FROM dify_observe.annotations a WHERE a.app_id = app_id ORDER BY a.created_at, a.id;
  ELSE
    PERFORM dify_observe.refuse_value('format', format, 'jsonl, csv');
  END IF;
END $$;
COMMENT ON FUNCTION export_annotations(uuid, text) IS
  'An app''s annotations as lines of JSON or CSV (format jsonl, csv), as import_annotations() takes them. In CSV, cells that a spreadsheet would run as formulas begin with an apostrophe. Errors: 22004, 22023.';
