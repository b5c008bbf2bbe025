-- Row-level security of one table: everyone else sees and writes what his grants allow, readers see their tenants' rows only.
CREATE FUNCTION guard_rows(source regclass, condition text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = source AND p.polname = 'dify_observe_everyone') THEN
    EXECUTE format('CREATE POLICY dify_observe_everyone ON %s USING (true) WITH CHECK (true)', source);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = source AND p.polname = 'dify_observe_tenants') THEN
    EXECUTE format('CREATE POLICY dify_observe_tenants ON %s AS RESTRICTIVE TO dify_observe_reader, dify_observe_reader_without_content USING (%s)', source, condition);
  END IF;
  IF NOT (SELECT c.relrowsecurity FROM pg_catalog.pg_class c WHERE c.oid = source) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', source);
  END IF;
END $$;
COMMENT ON FUNCTION guard_rows(regclass, text) IS 'Limits the readers'' roles to the rows for which the condition holds.';
