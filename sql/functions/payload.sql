CREATE FUNCTION repair_json(document text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'repair_json_wrapper';
COMMENT ON FUNCTION repair_json(text) IS 'The JSON text with every \u0000 and lone surrogate escape, which jsonb refuses, replaced by \ufffd.';

-- A log call never fails over a character. Inlined, so documents without escapes pay one search.
CREATE FUNCTION payload(document json) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN strpos(document::text, '\u') = 0 THEN document::text::jsonb
              ELSE dify_observe.repair_json(document::text)::jsonb END;
END;
COMMENT ON FUNCTION payload(json) IS 'The document as it is stored: jsonb, with what jsonb cannot hold replaced by U+FFFD.';
