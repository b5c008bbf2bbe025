-- A log call never fails over a character. In C, since a cast by way of text costs every call several look-ups.
CREATE FUNCTION payload(document json) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'payload_wrapper';
COMMENT ON FUNCTION payload(json) IS
  'The document as it is stored: jsonb, with every \u0000 and lone surrogate escape, which jsonb refuses, replaced by U+FFFD.';

CREATE FUNCTION repaired(document json) RETURNS json
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'repaired_wrapper';
COMMENT ON FUNCTION repaired(json) IS 'The document with every \u0000 and lone surrogate escape replaced by U+FFFD, and otherwise as it was written.';
