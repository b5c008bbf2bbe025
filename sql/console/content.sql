-- What a list shows of content, and to whom. A role that was not granted a content column reads null in its place.

CREATE FUNCTION content_column(source text, name text, expression text) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE WHEN has_column_privilege('dify_observe.' || source, name, 'SELECT') THEN expression ELSE 'NULL::text' END;
END;
COMMENT ON FUNCTION content_column(text, text, text) IS 'The expression for who may read this column of the table, NULL::text for everyone else.';

CREATE FUNCTION summary(content jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT left(content #>> '{}', 200);
END;
COMMENT ON FUNCTION summary(jsonb) IS 'The first 200 characters; a JSON string as its bare text.';

-- As LIKE sees it: everything stands for itself.
CREATE FUNCTION containing(words text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT '%' || replace(replace(replace(nullif(words, ''), '\', '\\'), '%', '\%'), '_', '\_') || '%';
END;
COMMENT ON FUNCTION containing(text) IS 'The LIKE pattern of texts that contain the words; null without any.';

CREATE FUNCTION json_spelling(words text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT substr(to_json(words)::text, 2, length(to_json(words)::text) - 2);
END;
COMMENT ON FUNCTION json_spelling(text) IS 'As a string in a JSON document is written: quotes, backslashes and line ends escaped.';

CREATE FUNCTION containing_json(words text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT containing(json_spelling(words));
END;
COMMENT ON FUNCTION containing_json(text) IS 'The LIKE pattern of JSON texts with a string that contains the words; null without any.';
