CREATE FUNCTION trace_id(source uuid) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'trace_id_wrapper';
COMMENT ON FUNCTION trace_id(uuid) IS
  'OTLP trace id of a correlation UUID: its 128 bits as 32 hex digits. The nil UUID is refused (22023): OTLP forbids the all-zero trace id.';

CREATE FUNCTION span_id(source uuid) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'span_id_wrapper';
COMMENT ON FUNCTION span_id(uuid) IS
  'OTLP span id of a source UUID as 16 hex digits: the first 8 bytes of SHA-256 over its text, or its low 64 bits when dify_observe.span_id_rule is uuid_low64; never all zero.';

CREATE FUNCTION uuid_v7(at timestamptz) RETURNS uuid
  LANGUAGE c VOLATILE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'uuid_v7_wrapper';
COMMENT ON FUNCTION uuid_v7(timestamptz) IS 'A new UUIDv7 whose time is the given one, so that its row is found in one partition.';

CREATE FUNCTION id_time(id uuid) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'id_time_wrapper';
COMMENT ON FUNCTION id_time(uuid) IS 'The time inside a UUIDv7; null for any other UUID and for times outside 1970 to 2554.';
