-- Sorted by anything but time, a list reads every row of the time that is asked for. An index for each sort would burden every insert: so only partitions whose day is over
-- have one, where next to nothing is written. Today's rows are sorted.

CREATE FUNCTION unsorted_partitions(sort text) RETURNS TABLE (leaf text, index text, key text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT l.leaf, l.leaf || '_by_' || sort, replace(list_sorts(l.root) -> sort ->> 0, 'r.', '')
  FROM unnest('{workflow_runs,messages}'::text[]) r (root), LATERAL leaves(r.root) l
  WHERE list_sorts(r.root) ? sort AND l.upper < now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relname = l.leaf || '_by_' || sort)
  ORDER BY l.lower DESC, l.leaf;
END;
COMMENT ON FUNCTION unsorted_partitions(text) IS 'The partitions of past days that create_sort_index() has yet to index, with the name and key of their index.';

CREATE FUNCTION create_sort_index(sort text DEFAULT NULL, most int DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  sorts jsonb := (dify_observe.list_sorts('workflow_runs') || dify_observe.list_sorts('messages')) - 'created_at';
  part record;
BEGIN
  IF sort IS NULL OR NOT sorts ? sort THEN
    PERFORM dify_observe.refuse_value('sort', sort, (SELECT string_agg(name, ', ' ORDER BY name) FROM jsonb_object_keys(sorts) name));
  END IF;
  FOR part IN SELECT u.leaf, u.index, u.key FROM dify_observe.unsorted_partitions(sort) u LIMIT most LOOP
    EXECUTE format('CREATE INDEX %I ON dify_observe.%I (app_id, (%s), id)', part.index, part.leaf, part.key);
  END LOOP;
  RETURN (SELECT count(*) FROM dify_observe.unsorted_partitions(sort));
END $$;
COMMENT ON FUNCTION create_sort_index(text, int) IS
  'Indexes past days of run_list and message_list by a sort such as elapsed_time, duration, total_tokens or total_price, at most so many partitions a call, the latest first, and returns how many are left. From then on the worker, or run_maintenance(), indexes each day an hour after it is over. Inserts of today pay nothing; who writes into a partition waits while it is indexed. Dropping the indexes undoes it. Errors: 22023.';

CREATE FUNCTION next_sort_index() RETURNS TABLE (leaf text, index text, key text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.leaf, u.index, u.key
  FROM (SELECT DISTINCT substring(c.relname FROM '^(?:workflow_runs|messages)_p[0-9]{8}_by_(.+)$') AS sort
        FROM pg_catalog.pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind = 'i') made, LATERAL unsorted_partitions(made.sort) u
  LIMIT 1;
END;
COMMENT ON FUNCTION next_sort_index() IS 'An index that a day is without which is over by now, where create_sort_index() has made it for others.';

CREATE FUNCTION index_past_day() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  part record;
BEGIN
  PERFORM set_config('lock_timeout', coalesce(current_setting('dify_observe.retention_lock_timeout', true), '100ms'), true);
  FOR part IN SELECT n.leaf, n.index, n.key FROM dify_observe.next_sort_index() n LOOP
    EXECUTE format('CREATE INDEX %I ON dify_observe.%I (app_id, (%s), id)', part.index, part.leaf, part.key);
  END LOOP;
END $$;
COMMENT ON FUNCTION index_past_day() IS
  'Makes next_sort_index(). Waits for writers no longer than retention_lock_timeout (55P03). Called by the worker and run_maintenance().';
