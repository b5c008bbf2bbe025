-- What reads with its caller's rights shows nothing that the caller may not read, but needs EXECUTE on all that it calls. So readers are let into what is made for
-- them, and into what its text names: a new function of the inside is theirs when one of these calls it, and nobody has to think of it.

CREATE FUNCTION functions_of_readers() RETURNS SETOF regprocedure
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE texts AS MATERIALIZED (
    SELECT p.oid, p.proname AS name, CASE WHEN p.prosecdef THEN '' ELSE coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) END AS text
    FROM pg_proc p WHERE p.pronamespace = 'dify_observe'::regnamespace AND p.prokind IN ('f', 'a')
    UNION ALL
    SELECT NULL, c.relname, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind = 'v'
  ), called AS (
    SELECT t.oid, t.text FROM texts t
    WHERE t.name ~ ('^(stats_\w+|\w+_list|search_logs|run_(result|detail|tracing|waterfall)|node_last_run|conversation_timeline|message_detail|user_journey|annotation_history|feedback_patterns'
      '|export_\w+|report_html|member_hash|trace_id|span_id)$')
      -- Views are granted by themselves, and ask for EXECUTE as their reader.
      OR t.name IN ('companion_logs', 'companion_log_details', 'token_usage', 'rollup_points', 'open_rows', 'feedback_points')
      OR t.oid IN (SELECT o.oprcode FROM pg_operator o WHERE o.oprnamespace = 'dify_observe'::regnamespace)
    UNION
    SELECT t.oid, t.text FROM called c, LATERAL regexp_matches(c.text, 'dify_observe\.(\w+)', 'g') found JOIN texts t ON t.name = found[1]
  )
  SELECT DISTINCT c.oid::regprocedure FROM called c WHERE c.oid IS NOT NULL;
END;
COMMENT ON FUNCTION functions_of_readers() IS 'What setup_roles() grants to readers: the lists, details, search, exports, statistics and the report, and whatever they and the views call.';
