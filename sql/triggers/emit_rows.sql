-- Runs, node executions and messages: all that a statement has made final is told at once, whatever wrote it. A trigger in SQL cost a logging call a
-- third of its time, and rows that were finished a join of what was before and after.
CREATE FUNCTION emit_rows() RETURNS trigger
  LANGUAGE c VOLATILE
  AS 'MODULE_PATHNAME', 'emit_rows_wrapper';
COMMENT ON FUNCTION emit_rows() IS
  'Writes an event for each run, node execution or message that an INSERT or UPDATE has made final. Rows of another transaction (restored, copied) are not told again. The trace: of a draft its own id; else parent_trace_id, else the outermost run (trace_roots), else the run, else its own id.';

CREATE TRIGGER emit AFTER INSERT ON workflow_runs REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();
CREATE TRIGGER emit_finished AFTER UPDATE ON workflow_runs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();

CREATE TRIGGER emit AFTER INSERT ON node_executions REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();
CREATE TRIGGER emit_finished AFTER UPDATE ON node_executions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();

CREATE TRIGGER emit AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();
CREATE TRIGGER emit_finished AFTER UPDATE ON messages REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION emit_rows();
