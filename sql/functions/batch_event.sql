-- One event of a batch by its logging function, with errors that name the field: for what a set could not take.
CREATE FUNCTION batch_event(event json) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
  logger regproc;
  types jsonb;
  given record;
  fields text[];
BEGIN
  event := dify_observe.repaired(event);
  IF json_typeof(event) <> 'object' THEN
    RAISE EXCEPTION 'it is not an object: %', left(event::text, 200)
      USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Allowed: an object such as {"event": "dify.workflow.run", "tenant_id": "..."}.';
  END IF;
  name := event ->> 'event';
  logger := dify_observe.batch_logger(name);
  IF logger IS NULL THEN
    PERFORM dify_observe.refuse_value('event', name, 'the name of an event that can be logged, such as dify.workflow.run');
  END IF;
  IF name = 'dify.node.execution.draft' THEN
    IF event ->> 'draft' <> 'true' THEN
      PERFORM dify_observe.refuse_value('draft', event ->> 'draft', 'true, or left out, for dify.node.execution.draft');
    END IF;
    event := regexp_replace(event::text, '}\s*$', ', "draft": true}');
  END IF;
  SELECT jsonb_object_agg(a.name, format_type(a.type, NULL)) INTO types
  FROM pg_catalog.pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) AS a (name, type) WHERE p.oid = logger;
  FOR given IN SELECT f.key, f.value, types ->> f.key AS type FROM json_each(event) AS f WHERE f.key <> 'event' LOOP
    IF given.type IS NULL THEN
      RAISE EXCEPTION '% is not a field of %', given.key, name
        USING ERRCODE = 'invalid_parameter_value', COLUMN = given.key, DETAIL = format('Its fields are the arguments of %s.', logger);
    END IF;
    BEGIN
      EXECUTE format('SELECT FROM dify_observe.batch_records($1) AS r (%I %s)', given.key, CASE given.type WHEN 'json' THEN 'jsonb' ELSE given.type END)
        USING ARRAY[json_build_object(given.key, given.value)::text];
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
      RAISE EXCEPTION '% is not valid: %', given.key, left(given.value::text, 200)
        USING ERRCODE = 'invalid_parameter_value', COLUMN = given.key, DETAIL = format('Allowed: a value of type %s. %s', given.type, SQLERRM);
    END;
  END LOOP;
  -- As everywhere in a batch, what is null was not given, and of a field that is given twice the last counts.
  SELECT json_object_agg(f.key, f.value), array_agg(f.key) INTO event, fields
  FROM (SELECT DISTINCT ON (f.key) f.key, f.value FROM json_each(event) WITH ORDINALITY AS f (key, value, number)
        WHERE f.key <> 'event' ORDER BY f.key, f.number DESC) AS f
  WHERE json_typeof(f.value) <> 'null';
  IF event ->> 'status' IN ('running', 'pending', 'paused', 'scheduled') THEN
    PERFORM dify_observe.refuse_open(event ->> 'status');
  END IF;
  EXECUTE (
    SELECT concat(format('SELECT %s(%s)', logger, string_agg(format('%I => r.%1$I', f.name), ', ')),
      CASE WHEN count(*) > 0
        THEN format(' FROM dify_observe.batch_records($1) AS r (%s)', string_agg(format('%I %s', f.name, types ->> f.name), ', ')) END)
    FROM unnest(fields) AS f (name)) USING ARRAY[event::text];
END $$;
COMMENT ON FUNCTION batch_event(json) IS 'Logs one event of a batch. Errors: 22004 missing, 22023 wrong value, each with the field as the column.';
