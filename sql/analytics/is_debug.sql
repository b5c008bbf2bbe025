CREATE FUNCTION is_debug(invoke_from text, triggered_from text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(invoke_from IN ('debugger', 'debug'), false)
      OR coalesce(triggered_from IN ('debugging', 'rag-pipeline-debugging', 'single-step'), false);
END;
COMMENT ON FUNCTION is_debug(text, text) IS 'Whether a message or run comes from a debugger, and is left out of lists and statistics unless asked for.';
