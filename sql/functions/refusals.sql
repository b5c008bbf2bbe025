-- Bad input. A logging call tests all of it in one expression and asks here only when something is wrong: the refuse_ functions
-- always raise, the check_ functions raise when what they are given is at fault. COLUMN is the argument, for log_batch.

CREATE FUNCTION refuse_value(argument text, given text, allowed text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is not valid: %', argument, coalesce(left(given, 200), 'null')
    USING ERRCODE = 'invalid_parameter_value', COLUMN = argument, DETAIL = format('Allowed: %s.', allowed);
END $$;

CREATE FUNCTION check_given(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text := (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_each(arguments) WHERE value = 'null');
BEGIN
  IF names IS NOT NULL THEN
    RAISE EXCEPTION '% must be given', names
      USING ERRCODE = 'null_value_not_allowed', COLUMN = names, DETAIL = 'It is required and was null or left out.',
            HINT = 'Call with named arguments, for example tenant_id => ''550e8400-e29b-41d4-a716-446655440000''.';
  END IF;
END $$;

CREATE FUNCTION check_ids(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text := (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_each_text(arguments)
                 WHERE value = '00000000-0000-0000-0000-000000000000');
BEGIN
  IF names IS NOT NULL THEN
    RAISE EXCEPTION '% must not be the nil UUID', names
      USING ERRCODE = 'invalid_parameter_value', COLUMN = names,
            DETAIL = 'Given: 00000000-0000-0000-0000-000000000000. Allowed: any other UUID, or null where it is optional.',
            HINT = 'An id can name a trace, and OTLP forbids the all-zero trace id.';
  END IF;
END $$;

CREATE FUNCTION check_status(status text, allowed text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF status <> ALL (string_to_array(allowed, ', ')) THEN
    PERFORM dify_observe.refuse_value('status', status, allowed);
  END IF;
END $$;

CREATE FUNCTION check_amounts(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT key, value INTO wrong FROM jsonb_each_text(arguments)
  WHERE value IN ('NaN', 'Infinity', '-Infinity') OR value LIKE '-%'
     OR value::numeric >= CASE WHEN key IN ('elapsed_time', 'duration', 'time_to_first_token') THEN 2e10 WHEN key = 'total_price' THEN 1e300
                          WHEN key IN ('input_tokens', 'output_tokens') THEN 4e18 END
  ORDER BY key LIMIT 1;
  IF FOUND THEN
    PERFORM dify_observe.refuse_value(wrong.key, wrong.value, 'a finite number, zero or more; seconds below 2e10, tokens below 4e18');
  END IF;
END $$;

CREATE FUNCTION check_draft(draft boolean, workflow_run_id uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF draft AND workflow_run_id IS NOT NULL THEN
    PERFORM dify_observe.refuse_value('workflow_run_id', workflow_run_id::text, 'null for a draft, which belongs to no run');
  END IF;
END $$;

CREATE FUNCTION check_datasets(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT key, value::text INTO wrong FROM jsonb_each(arguments) WHERE value @> '[null]' OR value -> 0 @> '[]' OR jsonb_typeof(value) = 'array' AND jsonb_array_length(value) > 100 ORDER BY key LIMIT 1;
  IF FOUND THEN
    PERFORM dify_observe.refuse_value(wrong.key, wrong.value, 'a plain array of at most 100 texts, without nulls');
  END IF;
END $$;

-- finished_at as it was given, or null; ended_at as it follows from the other times.
CREATE FUNCTION refuse_times(created_at timestamptz, finished_at timestamptz, ended_at timestamptz) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT isfinite(created_at) AND isfinite(finished_at) IS NOT FALSE THEN
    PERFORM dify_observe.refuse_value('created_at', created_at::text, 'a time from 1970 to 2553');
  END IF;
  IF finished_at < created_at THEN
    PERFORM dify_observe.refuse_value('finished_at', finished_at::text, format('created_at (%s) or later', created_at));
  END IF;
  -- created_at may have been derived from finished_at, which then is the one that was given.
  IF finished_at < '1970-01-01 00:00+00' OR finished_at >= '2554-01-01 00:00+00' THEN
    PERFORM dify_observe.refuse_value('finished_at', finished_at::text, 'a time from 1970 to 2553');
  END IF;
  IF created_at < '1970-01-01 00:00+00' OR created_at >= '2554-01-01 00:00+00' THEN
    PERFORM dify_observe.refuse_value('created_at', created_at::text,
      'a time from 1970 to 2553; where it is not given it follows from the end and the time it took');
  END IF;
  PERFORM dify_observe.refuse_value('finished_at', ended_at::text, 'a time from 1970 to 2553; it follows from created_at and the time it took');
END $$;

CREATE FUNCTION refuse_unknown(kind text, id uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'there is no % with the id %', kind, id
    USING ERRCODE = '02000', DETAIL = 'It was never started, its transaction was rolled back, or retention has removed it.',
          HINT = 'Log it in one call instead, which needs no start.';
END $$;

-- Gives a text, to stand where the status would.
CREATE FUNCTION refuse_open(status text) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM dify_observe.refuse_value('status', status, 'a final one: a batch takes what is finished');
END $$;
