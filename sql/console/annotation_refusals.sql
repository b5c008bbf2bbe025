CREATE FUNCTION refuse_absent(kind text, id uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'there is no % with the id %', kind, id
    USING ERRCODE = '02000', DETAIL = 'It was never stored, its transaction was rolled back, or it has been removed.';
END $$;

CREATE FUNCTION check_annotation(question text, content text, note text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(content, '') = '' AND coalesce(note, '') = '' THEN
    RAISE EXCEPTION 'an annotation must say something' USING ERRCODE = 'null_value_not_allowed', COLUMN = 'content',
      DETAIL = 'Both content and note were null or empty.', HINT = 'Give content, the improved answer, or note, or both.';
  END IF;
END $$;
