-- A batch taken apart by the library: reading it as jsonb, then every event as a record, was most of what log_batch cost.
CREATE FUNCTION batch_kinds(batch json) RETURNS TABLE (event_name text, events text[], identified boolean, repeats boolean)
  LANGUAGE c IMMUTABLE STRICT ROWS 10
  AS 'MODULE_PATHNAME', 'batch_kinds_wrapper';
COMMENT ON FUNCTION batch_kinds(json) IS
  'The events of a JSON array by name, as they were written and in their order; what jsonb refuses is replaced by U+FFFD. identified: any has an id; repeats: two have the same.';

CREATE FUNCTION batch_records(events text[]) RETURNS SETOF record
  LANGUAGE c STABLE STRICT
  AS 'MODULE_PATHNAME', 'batch_records_wrapper';
COMMENT ON FUNCTION batch_records(text[]) IS
  'Events, JSON objects as batch_kinds gives them, as rows of the columns asked for. A member without a column is an error (22023), "event" aside.';
