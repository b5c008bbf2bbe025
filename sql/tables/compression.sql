-- lz4 for large values where this server was built with it; new partitions take it over from the default ones.
DO $$
DECLARE
  payload record;
BEGIN
  FOR payload IN
    SELECT a.attrelid::regclass AS relation, a.attname
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
      AND a.atttypid = 'jsonb'::regtype
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', payload.relation, payload.attname);
  END LOOP;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$;
