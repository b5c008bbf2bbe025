-- A dump that is restored as a whole needs none of this: its database begins with its CREATE EXTENSION. This is for rows that come in later.

CREATE FUNCTION pre_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE dify_observe.installation SET restoring = true;
END $$;
COMMENT ON FUNCTION pre_restore() IS
  'Nothing is read, counted or sent from its commit on until post_restore(): rows of another database may be copied in. The worker says so in worker_status.';

CREATE FUNCTION begin_anew() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE dify_observe.installation i SET dboid = d.oid, since = clock_timestamp(), instance_id = gen_random_uuid(), restoring = false
  FROM pg_database d WHERE d.datname = current_database();
  DELETE FROM dify_observe.export_progress;
  DELETE FROM dify_observe.state;
  DELETE FROM dify_observe.series;
END $$;
COMMENT ON FUNCTION begin_anew() IS
  'Makes this database an installation that begins now: what it holds is history, progress and totals are gone. For post_restore(), and for the worker of a copied database.';

CREATE FUNCTION post_restore() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last bigint;
BEGIN
  IF NOT (SELECT restoring FROM dify_observe.installation) THEN
    RAISE EXCEPTION 'no restore is under way'
      USING ERRCODE = '55000', DETAIL = 'post_restore() makes everything that was logged until now history, also what still waits for its export.',
        HINT = 'Call pre_restore() before the rows are brought in.';
  END IF;
  -- Ids of events that came without their sequence must not be given out again.
  SELECT max(id) INTO last FROM dify_observe.events;
  IF last > coalesce(pg_sequence_last_value('dify_observe.events_id_seq'), 0) THEN
    PERFORM setval('dify_observe.events_id_seq', last);
  END IF;
  PERFORM dify_observe.begin_anew();
END $$;
COMMENT ON FUNCTION post_restore() IS
  'After pre_restore() and the copying: this database is a new installation from now on. What it holds is history, neither counted nor sent; metrics begin at zero. 55000 without pre_restore().';
