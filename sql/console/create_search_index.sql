-- The default partitions first: new partitions take their indexes over. Then the latest.
CREATE FUNCTION partitions_without_index(of text) RETURNS TABLE (leaf regclass, root regclass)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT i.inhrelid::regclass, i.inhparent::regclass
  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent IN ('dify_observe.messages'::regclass, 'dify_observe.workflow_runs'::regclass)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = i.inhrelid AND x.indisvalid AND strpos(pg_get_indexdef(x.indexrelid), of) > 0)
  ORDER BY c.relname LIKE '%_default' DESC, right(c.relname, 8) DESC, c.relname;
END;
COMMENT ON FUNCTION partitions_without_index(text) IS 'The partitions of messages and runs that have no index with this in its definition.';

CREATE FUNCTION unsearchable_partitions() RETURNS TABLE (leaf regclass, root regclass)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.leaf, p.root FROM partitions_without_index('content_terms(') p;
END;
COMMENT ON FUNCTION unsearchable_partitions() IS 'The partitions of messages and runs that search_logs must read in full.';

CREATE FUNCTION create_search_index(most int DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part record;
BEGIN
  -- Whoever inserts a row computes its entry, as himself.
  GRANT EXECUTE ON FUNCTION dify_observe.search_terms, dify_observe.content_terms TO PUBLIC;
  FOR part IN SELECT u.leaf, u.root FROM dify_observe.unsearchable_partitions() u LIMIT most LOOP
    EXECUTE format('CREATE INDEX ON %s USING gin (dify_observe.content_terms(query, %s, inputs, outputs) dify_observe.search_ops)', part.leaf,
                   CASE part.root WHEN 'dify_observe.messages'::regclass THEN 'answer' ELSE 'NULL::text' END);
  END LOOP;
  RETURN (SELECT count(*) FROM dify_observe.unsearchable_partitions());
END $$;
COMMENT ON FUNCTION create_search_index(int) IS
  'Indexes the content of messages and runs for search_logs, at most so many partitions a call, the latest first, and returns how many are left; partitions made later are indexed too. Who writes into a partition waits while it is indexed, and every insert becomes dearer: see docs/console.md. Dropping the indexes undoes it. After a restore, call it again for the default partitions.';
