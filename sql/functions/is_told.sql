-- Whatever happens to an app changes one row: that a call repeats an earlier one can be seen in the events alone.
CREATE FUNCTION is_told(app_id uuid, event integer, at timestamptz) RETURNS boolean
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
BEGIN
  RETURN EXISTS (SELECT FROM dify_observe.events e
                 WHERE e.source_id = app_id AND e.event = event AND (e.change ->> 'at')::timestamptz = at);
END $$;
COMMENT ON FUNCTION is_told(uuid, integer, timestamptz) IS 'Whether an event of this kind was emitted for the app with this very time; null for a time that was not given.';
