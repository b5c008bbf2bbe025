-- Mostly a partition has expired as a whole, whatever is in it: then nobody has to read it.

CREATE FUNCTION expired_throughout_before() RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT least((SELECT min(c.cutoff) FROM retention_cutoffs() c), now() - interval '1 day')
  WHERE NOT EXISTS (SELECT FROM retention_holds h WHERE h.until IS NULL OR h.until > now());
END;
COMMENT ON FUNCTION expired_throughout_before() IS
  'All that is older has expired by every policy there is; null where something is held. What is unfinished stays all the same.';

CREATE FUNCTION expired_throughout(upper timestamptz) RETURNS boolean
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(expired_throughout.upper <= expired_throughout_before(), false);
END;
COMMENT ON FUNCTION expired_throughout(timestamptz) IS 'Whether all that is older has expired, whatever it is.';

CREATE FUNCTION open_ids(root text, leaf text) RETURNS text[]
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  unfinished text[] := coalesce((SELECT l.unfinished FROM dify_observe.log_tables() l WHERE l.root = root), '{}');
  ids text[] := '{}';
BEGIN
  -- Each partition has an index of what is open.
  IF unfinished <> '{}' THEN
    EXECUTE format('SELECT ARRAY(SELECT r.id::text FROM ONLY dify_observe.%I r WHERE r.status = ANY (%L) LIMIT 1001)', leaf, unfinished) INTO ids;
  END IF;
  RETURN ids;
END $$;
COMMENT ON FUNCTION open_ids(text, text) IS 'What is unfinished in a partition, at most 1001 of it.';

CREATE FUNCTION survey_whole(root text, leaf text, allowed bigint,
                             OUT rows bigint, OUT estimated boolean, OUT kept bigint, OUT waiting bigint, OUT keep_ids text[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  keep_ids := dify_observe.open_ids(root, leaf);
  kept := cardinality(keep_ids);
  waiting := 0;
  IF root = 'events' THEN
    EXECUTE format('SELECT (max(id) > $1)::integer FROM ONLY dify_observe.%I', leaf) INTO waiting USING allowed;
  END IF;
  -- To count is to read. From a megabyte on, the planner's estimate will do, where it has one.
  SELECT c.reltuples / c.relpages * pg_relation_size(c.oid) / current_setting('block_size')::integer INTO rows
  FROM pg_catalog.pg_class c
  WHERE c.oid = format('dify_observe.%I', leaf)::regclass AND c.relpages > 0 AND c.reltuples >= 0 AND pg_relation_size(c.oid) > 1048576;
  estimated := FOUND;
  IF NOT estimated THEN
    EXECUTE format('SELECT count(*) FROM ONLY dify_observe.%I', leaf) INTO rows;
  END IF;
END $$;
COMMENT ON FUNCTION survey_whole(text, text, bigint) IS
  'As survey_rows for a partition that has expired throughout, by its indexes alone: waiting tells only whether anything does, and rows of more than a megabyte are estimated where it was ever analyzed.';
