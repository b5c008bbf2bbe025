CREATE FUNCTION update_annotation(annotation_id uuid DEFAULT NULL, question text DEFAULT NULL, content text DEFAULT NULL, note text DEFAULT NULL,
  author text DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF annotation_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('annotation_id', annotation_id));
  END IF;
  PERFORM FROM dify_observe.annotations a WHERE a.id = annotation_id AND dify_observe.in_sight(a.tenant_id) FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM dify_observe.refuse_absent('annotation', annotation_id);
  END IF;
  PERFORM dify_observe.check_annotation(NULL, coalesce(content, a.content), coalesce(note, a.note))
  FROM dify_observe.annotations a WHERE a.id = annotation_id;
  UPDATE dify_observe.annotations a
  SET question = coalesce(question, a.question), content = coalesce(content, a.content), note = coalesce(note, a.note), author = coalesce(author, a.author)
  WHERE a.id = annotation_id
    AND (coalesce(question, a.question), coalesce(content, a.content), coalesce(note, a.note)) IS DISTINCT FROM (a.question, a.content, a.note);
  RETURN annotation_id;
END $$;
COMMENT ON FUNCTION update_annotation IS
  'Changes what is given, keeps the rest, and keeps the earlier version with its author in annotation_versions; an empty text removes content or note, not both. Errors: 22004 nothing left said, 02000 unknown annotation.';
