CREATE FUNCTION leaves(of_table text DEFAULT NULL) RETURNS TABLE (leaf text, root text, lower timestamptz, upper timestamptz, bytes bigint)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
BEGIN
  RETURN QUERY
  SELECT c.relname::text, p.relname::text,
         coalesce(substring(bound.text FROM 'FROM \(''([^'']+)''\)')::timestamptz, '-infinity'),
         coalesce(substring(bound.text FROM 'TO \(''([^'']+)''\)')::timestamptz, 'infinity'), pg_relation_size(c.oid)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound (text)
  WHERE p.relnamespace = 'dify_observe'::regnamespace AND p.relkind = 'p' AND NOT p.relispartition AND c.relkind = 'r' AND c.relpartbound IS NOT NULL
    AND (of_table IS NULL OR p.relname = of_table);
END $$;
COMMENT ON FUNCTION leaves(text) IS 'Every partition, or those of one table, with its table, the time it is for (a default partition: all of it) and the size of its rows without large values and indexes.';
