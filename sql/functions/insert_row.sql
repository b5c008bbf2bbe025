-- How a logging call writes its row: a statement would prepare the table's constraints anew each time, which costs more than the row.
-- Called by an assignment, which PL/pgSQL evaluates in place; PERFORM would be a statement around it.
CREATE FUNCTION insert_row(into_table regclass, known boolean, VARIADIC columns "any") RETURNS boolean
  LANGUAGE c VOLATILE
  AS 'MODULE_PATHNAME', 'insert_row_wrapper';
COMMENT ON FUNCTION insert_row(regclass, boolean, "any") IS
  'Inserts one row into a partitioned table, with its triggers and constraints, and says whether that was done: a trigger may refuse it silently, and where its key may be known it is not inserted again. The columns in the order of the table and of their types; those not given take their defaults. Whoever calls needs INSERT on the table. Errors: 42804 other columns, and whatever an INSERT is refused for.';
