-- Drafts are told apart by node_executions.draft; prompt generation is in no list.
CREATE FUNCTION is_debugging(invoke_from text, triggered_from text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(invoke_from, '') IN ('debugger', 'debug')
    OR coalesce(triggered_from, '') IN ('debugging', 'rag-pipeline-debugging', 'single-step');
END;
COMMENT ON FUNCTION is_debugging(text, text) IS 'Whether somebody was trying things out: such rows are in lists, search, export and statistics only where include_debug is true.';
