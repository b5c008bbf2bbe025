-- What the logging calls do about bad input. Each is called only once something is known to be wrong, and always raises.

CREATE FUNCTION refuse_missing(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text := (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_each(arguments) WHERE value = 'null');
BEGIN
  RAISE EXCEPTION '% must be given', names
    USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It is required and was null or left out.',
          HINT = 'Call with named arguments, for example tenant_id => ''550e8400-e29b-41d4-a716-446655440000''.';
END $$;

CREATE FUNCTION refuse_nil(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text := (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_each_text(arguments)
                 WHERE value = '00000000-0000-0000-0000-000000000000');
BEGIN
  RAISE EXCEPTION '% must not be the nil UUID', names
    USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Given: 00000000-0000-0000-0000-000000000000. Allowed: any other UUID, or null where it is optional.',
          HINT = 'An id can name a trace, and OTLP forbids the all-zero trace id.';
END $$;

CREATE FUNCTION refuse_value(argument text, given text, allowed text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is not valid: %', argument, coalesce(left(given, 200), 'null')
    USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Allowed: %s.', allowed);
END $$;

CREATE FUNCTION refuse_amount(arguments jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  argument record;
BEGIN
  SELECT key, value INTO argument FROM jsonb_each_text(arguments)
  WHERE value IN ('NaN', 'Infinity', '-Infinity') OR value LIKE '-%'
     OR value::numeric >= CASE WHEN key IN ('elapsed_time', 'duration', 'time_to_first_token') THEN 1e10 WHEN key = 'total_price' THEN 1e300 END
  ORDER BY key LIMIT 1;
  PERFORM dify_observe.refuse_value(argument.key, argument.value, 'a finite number, zero or more; seconds below 1e10');
END $$;

CREATE FUNCTION refuse_times(created_at timestamptz, finished_at timestamptz) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF finished_at < created_at THEN
    PERFORM dify_observe.refuse_value('finished_at', finished_at::text, format('created_at (%s) or later', created_at));
  END IF;
  -- created_at may have been derived from finished_at, which then is the one that was given.
  IF finished_at < '1970-01-01 00:00+00' OR finished_at >= '2554-01-01 00:00+00' THEN
    PERFORM dify_observe.refuse_value('finished_at', finished_at::text, 'a time from 1970 to 2553');
  END IF;
  PERFORM dify_observe.refuse_value('created_at', created_at::text, 'a time from 1970 to 2553');
END $$;

CREATE FUNCTION refuse_unknown(kind text, id uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'there is no % with the id %', kind, id
    USING ERRCODE = '02000', DETAIL = 'It was never started, its transaction was rolled back, or retention has removed it.',
          HINT = 'Log it in one call instead, which needs no start.';
END $$;
