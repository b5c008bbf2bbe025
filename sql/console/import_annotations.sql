-- Texts as they came, one row per annotation; number is the line, or the row of a CSV.
CREATE FUNCTION annotations_read(document text, format text) RETURNS TABLE (number bigint, given jsonb)
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  header text[];
  read record;
BEGIN
  IF format = 'csv' THEN
    header := (SELECT array_agg(CASE n WHEN 'answer' THEN 'content' ELSE n END ORDER BY p)
               FROM unnest((SELECT r.cells FROM dify_observe.csv_rows(document) r LIMIT 1)) WITH ORDINALITY h (name, p), LATERAL (SELECT lower(btrim(name)) AS n) l);
    IF NOT header @> '{question,content}' THEN
      header := NULL;
    END IF;
    RETURN QUERY
      SELECT r.line, (SELECT jsonb_object_agg(c.name, nullif(c.cell, '')) FROM unnest(coalesce(header, '{question,content}'), r.cells[1:coalesce(cardinality(header), 2)]) c (name, cell) WHERE c.name <> '')
      FROM dify_observe.csv_rows(document) r OFFSET CASE WHEN header IS NULL THEN 0 ELSE 1 END;
  ELSE
    FOR read IN SELECT l.line, l.place FROM regexp_split_to_table(document, '\r?\n') WITH ORDINALITY l (line, place) WHERE btrim(l.line) <> '' LOOP
      number := read.place;
      BEGIN
        given := read.line::jsonb;
      EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION 'line % is not JSON: %', number, left(read.line, 100) USING ERRCODE = 'invalid_parameter_value', COLUMN = 'document', DETAIL = SQLERRM,
          HINT = 'Each line is one document: {"question": "…", "content": "…"}.';
      END;
      RETURN NEXT;
    END LOOP;
  END IF;
END $$;

CREATE FUNCTION import_annotations(app_id uuid DEFAULT NULL, document text DEFAULT NULL, format text DEFAULT 'jsonl', author text DEFAULT NULL,
  OUT imported bigint, OUT known bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
#variable_conflict use_variable
DECLARE
  tenant uuid := (SELECT a.tenant_id FROM dify_observe.apps a WHERE a.app_id = app_id);
  row record;
  wrong text;
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id, 'document', document));
  IF format IS NULL OR format NOT IN ('jsonl', 'csv') THEN
    PERFORM dify_observe.refuse_value('format', format, 'jsonl, csv');
  END IF;
  IF tenant IS NULL OR NOT dify_observe.in_sight(tenant) THEN
    PERFORM dify_observe.refuse_absent('app', app_id);
  END IF;
  imported := 0;
  known := 0;
  FOR row IN SELECT r.number, r.given FROM dify_observe.annotations_read(document, format) r LOOP
    wrong := CASE WHEN jsonb_typeof(row.given) <> 'object' THEN 'it is no object'
                  WHEN coalesce(row.given ->> 'content', '') = '' AND coalesce(row.given ->> 'note', '') = '' THEN 'content is missing'
                  WHEN coalesce(row.given ->> 'question', '') = '' AND coalesce(row.given ->> 'message_id', '') = '' THEN 'question is missing' END;
    BEGIN
      IF row.given ->> 'message_id' <> '' AND EXISTS (
          SELECT FROM dify_observe.find_message((row.given ->> 'message_id')::uuid, NULL, true) f
          JOIN dify_observe.messages m ON m.id = (row.given ->> 'message_id')::uuid AND m.created_at = f.created_at
          WHERE m.app_id <> app_id OR m.tenant_id <> tenant) THEN
        wrong := coalesce(wrong, 'its message is another app''s');
      END IF;
      INSERT INTO dify_observe.annotations (id, tenant_id, app_id, message_id, conversation_id, question, content, note, author, created_at, updated_at)
      SELECT coalesce((row.given ->> 'id')::uuid, dify_observe.uuid_v7(now())), tenant, app_id, (row.given ->> 'message_id')::uuid, (row.given ->> 'conversation_id')::uuid,
        row.given ->> 'question', row.given ->> 'content', row.given ->> 'note', coalesce(row.given ->> 'author', author),
        coalesce((row.given ->> 'created_at')::timestamptz, now()), coalesce((row.given ->> 'updated_at')::timestamptz, (row.given ->> 'created_at')::timestamptz, now())
      WHERE wrong IS NULL
      ON CONFLICT DO NOTHING;
      IF FOUND THEN
        imported := imported + 1;
      ELSE
        known := known + 1;
      END IF;
    EXCEPTION WHEN data_exception OR check_violation THEN
      wrong := SQLERRM;
    END;
    IF wrong IS NOT NULL THEN
      RAISE EXCEPTION '% % cannot be imported: %', CASE format WHEN 'csv' THEN 'row' ELSE 'line' END, row.number, wrong
        USING ERRCODE = 'invalid_parameter_value', COLUMN = 'document', DETAIL = format('Given: %s', left(row.given::text, 200)),
        HINT = 'Nothing was imported. Every annotation needs question and content.';
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION import_annotations(uuid, text, text, text) IS
  'Reads annotations as export_annotations() writes them, all or none: lines of JSON, or CSV with a header that names question and content (or answer), without one the first two columns. Those whose id or message has one already are counted as known and left as they are. Required: app_id of a known app, document. Errors: 22004, 22023 with the line, 02000 unknown app.';
