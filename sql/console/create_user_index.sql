CREATE FUNCTION create_user_index(most int DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT p.leaf FROM dify_observe.partitions_without_index('(user_id, created_at)') p LIMIT most LOOP
    EXECUTE format('CREATE INDEX ON %s (user_id, created_at)', part.leaf);
  END LOOP;
  RETURN (SELECT count(*) FROM dify_observe.partitions_without_index('(user_id, created_at)'));
END $$;
COMMENT ON FUNCTION create_user_index(int) IS
  'Indexes messages and runs by user, for user_journey and the lists with user_id, at most so many partitions a call, the latest first, and returns how many are left; partitions made later are indexed too. Who writes into a partition waits while it is indexed. Dropping the indexes undoes it. After a restore, call it again for the default partitions.';
