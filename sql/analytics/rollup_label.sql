CREATE FUNCTION rollup_label(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN octet_length(value) > 256 THEN left(value, 64) ELSE coalesce(value, '') END;
END;
COMMENT ON FUNCTION rollup_label(text) IS 'A label of a rollup: empty when unknown, the first 64 characters where it is longer than 256 bytes.';
