-- What is logged most has daily partitions; months for all would be fewer, days for all would exhaust the lock table at DROP EXTENSION.
CREATE FUNCTION partition_step(root text) RETURNS text
  LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE WHEN root IN ('events', 'workflow_runs', 'node_executions', 'messages') THEN 'day' ELSE 'month' END;
END;
COMMENT ON FUNCTION partition_step(text) IS 'How long a partition of the table is: a day or a month (UTC).';

CREATE FUNCTION partition_name(root text, day date) RETURNS text
  LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT root || '_p' || left(to_char(day::timestamp, 'YYYYMMDD'), CASE partition_step(root) WHEN 'day' THEN 8 ELSE 6 END);
END;
COMMENT ON FUNCTION partition_name(text, date) IS 'The partition of the table that holds the day (UTC): workflow_runs_p20260203, tool_executions_p202602.';

CREATE FUNCTION missing_partitions(start timestamptz, until timestamptz) RETURNS TABLE (root text, day date)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT root.name, day::date
  FROM unnest(ARRAY['events', 'workflow_runs', 'node_executions', 'messages', 'tool_executions', 'moderation_checks',
                    'suggested_questions', 'dataset_retrievals', 'generated_names', 'prompt_generations']) AS root (name),
       generate_series(date_trunc(partition_step(root.name), start AT TIME ZONE 'UTC'), until AT TIME ZONE 'UTC',
                       ('1 ' || partition_step(root.name))::interval) AS day
  WHERE day < until AT TIME ZONE 'UTC'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                    WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relname = partition_name(root.name, day::date))
  ORDER BY day, root.name;
END;
COMMENT ON FUNCTION missing_partitions(timestamptz, timestamptz) IS
  'The partitions that touch the time from start up to until and do not exist: table and first day.';

-- New rows find the default partition until this commits, so a leaf is filled before it is attached. Nobody waits
-- for it longer than retention_lock_timeout: a lock that is not to be had by then is an error (55P03), to be tried again later.
CREATE FUNCTION ensure_partition(root text, day date) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO' SET lock_timeout = '100ms' AS $$
DECLARE
  leaf text := dify_observe.partition_name(root, day);
  step text := dify_observe.partition_step(root);
  key text := CASE root WHEN 'events' THEN 'recorded_at' ELSE 'created_at' END;
  lower timestamptz := date_trunc(step, day::timestamp) AT TIME ZONE 'UTC';
  upper timestamptz := (date_trunc(step, day::timestamp) + ('1 ' || step)::interval) AT TIME ZONE 'UTC';
  waiting bigint;
  written boolean;
BEGIN
  PERFORM set_config('lock_timeout', coalesce(current_setting('dify_observe.retention_lock_timeout', true), '100ms'), true);
  EXECUTE format('SELECT count(*) FROM (SELECT FROM dify_observe.%I WHERE %I >= $1 AND %I < $2 LIMIT 20001) few', root || '_default', key, key)
    INTO waiting USING lower, upper;
  IF waiting > 20000 THEN
    RAISE NOTICE 'no partition % for %: the default partition holds more than 20000 rows of that %, which stay there', leaf, day, step;
    RETURN false;
  END IF;
  -- A writer that was routed to the default partition before, and waits for it, would be refused (23514) once it has its lock.
  -- A reader that opened the table before, and waits for the default partition, would miss the rows moved meanwhile: so nobody else is in.
  written := waiting > 0 OR lower <= clock_timestamp();
  IF written THEN
    EXECUTE format('LOCK TABLE ONLY dify_observe.%I IN ACCESS EXCLUSIVE MODE', root);
  END IF;
  BEGIN
    EXECUTE format('CREATE TABLE dify_observe.%I (LIKE dify_observe.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES '
                   'INCLUDING STORAGE INCLUDING COMPRESSION, CONSTRAINT of_time CHECK (%I >= %L AND %I < %L))',
                   leaf, root || '_default', key, lower, key, upper);
  EXCEPTION WHEN duplicate_table OR unique_violation THEN
    -- Somebody else has made it meanwhile.
    RETURN false;
  END;
  IF written THEN
    EXECUTE format('WITH moved AS (DELETE FROM ONLY dify_observe.%I WHERE %I >= $1 AND %I < $2 RETURNING *) INSERT INTO dify_observe.%I SELECT * FROM moved',
                   root || '_default', key, key, leaf) USING lower, upper;
  END IF;
  EXECUTE format('ALTER TABLE dify_observe.%I ATTACH PARTITION dify_observe.%I FOR VALUES FROM (%L) TO (%L)', root, leaf, lower, upper);
  EXECUTE format('ALTER TABLE dify_observe.%I DROP CONSTRAINT of_time', leaf);
  -- As for the default partition: no summary of a range that is still being filled.
  PERFORM brin_desummarize_range(i.indexrelid, 0)
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am a ON a.oid = c.relam
  WHERE i.indrelid = format('dify_observe.%I', leaf)::regclass AND a.amname = 'brin';
  RETURN true;
END $$;
COMMENT ON FUNCTION ensure_partition(text, date) IS 'Makes the partition that holds the day and moves its few rows out of the default one; false where there are too many to move.';

CREATE FUNCTION ensure_partitions(start timestamptz DEFAULT now(), until timestamptz DEFAULT now() + interval '3 days') RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  missing record;
  made integer := 0;
BEGIN
  IF start IS NULL OR until IS NULL OR NOT (start >= '1970-01-01 00:00+00' AND start < until AND until < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_value('the time from start to until', format('%s to %s', start, until), 'a start before until, both from 1970 to 2553');
  END IF;
  FOR missing IN SELECT m.root, m.day FROM dify_observe.missing_partitions(start, until) m LOOP
    made := made + dify_observe.ensure_partition(missing.root, missing.day)::integer;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION ensure_partitions(timestamptz, timestamptz) IS
  'Makes the partitions (UTC days, months for operations) from start up to until that are missing and returns how many. The worker does this ahead of time; call it before importing history, or from cron without a worker. 55P03 when a lock was not to be had: try again.';
