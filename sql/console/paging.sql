-- How every list sorts and pages: by a key and the id, which no tie can escape. A cursor is the key and the id of a row, as text; the page
-- after it is what lies beyond that pair. Where a list has rows of several kinds (`by_kind`), a message and a run may have one id: the kind follows it.

CREATE FUNCTION moment_text(at timestamptz) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
END;
COMMENT ON FUNCTION moment_text(timestamptz) IS 'A time as text that is the same in every session: UTC, to the microsecond.';

-- {"name": ["expression over r, never null", "type"]}. Indexes of create_sort_index() are on these expressions.
CREATE FUNCTION list_sorts(of text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE of
    WHEN 'workflow_runs' THEN
      '{"created_at": ["r.created_at", "timestamptz"], "finished_at": ["coalesce(r.finished_at, ''1970-01-01 00:00+00'')", "timestamptz"],
        "elapsed_time": ["coalesce(r.elapsed_time, -1)", "float8"], "total_tokens": ["coalesce(r.total_tokens, -1)", "bigint"],
        "total_steps": ["coalesce(r.total_steps, -1)", "int"], "total_price": ["coalesce(r.total_price, -1)", "numeric"]}'::jsonb
    WHEN 'messages' THEN
      '{"created_at": ["r.created_at", "timestamptz"], "finished_at": ["coalesce(r.finished_at, ''1970-01-01 00:00+00'')", "timestamptz"],
        "duration": ["coalesce(r.duration, -1)", "float8"], "time_to_first_token": ["coalesce(r.time_to_first_token, -1)", "float8"],
        "total_tokens": ["coalesce(r.total_tokens, -1)", "bigint"], "total_price": ["coalesce(r.total_price, -1)", "numeric"]}'::jsonb END;
END;
COMMENT ON FUNCTION list_sorts(text) IS 'By what run_list and message_list sort.';

-- `sorts` is like list_sorts(); a name with a minus in front is the descending one.
CREATE FUNCTION page_order(sort text, sorts jsonb, after text, page_size int, by_kind boolean,
  OUT key text, OUT direction text, OUT beyond text, OUT cursor text, OUT reached timestamptz)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  chosen jsonb := sorts -> ltrim(sort, '-');
  given text[] := regexp_match(after, CASE WHEN by_kind THEN '^(.*)/([^/]+)/([a-z_]+)$' ELSE '^(.*)/([^/]+)$' END);
  value text;
BEGIN
  IF chosen IS NULL OR sort LIKE '--%' THEN
    PERFORM dify_observe.refuse_value('sort', sort,
      (SELECT string_agg(name || ', -' || name, ', ' ORDER BY name) FROM jsonb_object_keys(sorts) name) || '; the minus puts the largest first');
  END IF;
  IF page_size IS NULL OR page_size NOT BETWEEN 1 AND 1000 THEN
    PERFORM dify_observe.refuse_value('page_size', page_size::text, '1 to 1000');
  END IF;
  key := chosen ->> 0;
  direction := CASE WHEN sort LIKE '-%' THEN 'DESC' ELSE 'ASC' END;
  cursor := format(CASE chosen ->> 1 WHEN 'timestamptz' THEN 'dify_observe.moment_text(%s)' ELSE '(%s)::text' END, key) || ' || ''/'' || r.id'
    || CASE WHEN by_kind THEN ' || ''/'' || r.kind' ELSE '' END;
  IF after IS NOT NULL THEN
    BEGIN
      EXECUTE format('SELECT %L::%s::text WHERE %L::uuid IS NOT NULL', given[1], chosen ->> 1, given[2]) INTO value;
    EXCEPTION WHEN data_exception THEN
      value := NULL;
    END;
    IF value IS NULL THEN
      PERFORM dify_observe.refuse_value('after', after, 'the cursor of a row of this list, in the same sort');
    END IF;
    beyond := format(CASE WHEN by_kind THEN '(%s, r.id, r.kind COLLATE "C") %s (%L::%s, %L::uuid, %L)' ELSE '(%s, r.id) %s (%L::%s, %L::uuid)' END,
                     key, CASE direction WHEN 'DESC' THEN '<' ELSE '>' END, value, chosen ->> 1, given[2], given[3]);
    reached := CASE key WHEN 'r.created_at' THEN value END;
  END IF;
END $$;

-- The latest rows are in the latest partitions: the time from start up to until in parts that grow, so that a page plans and opens only
-- the partitions that it needs. Without a time to begin at, or sorted by something else, it is one part.
CREATE FUNCTION page_windows(by_time boolean, direction text, start timestamptz, until timestamptz, reached timestamptz, width interval DEFAULT '1 day')
  RETURNS TABLE (lower timestamptz, upper timestamptz)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  first timestamptz := coalesce(start, '-infinity');
  last timestamptz := coalesce(until, 'infinity');
  edge timestamptz;
BEGIN
  IF by_time AND direction = 'DESC' THEN
    last := least(last, reached + interval '1 microsecond');
    edge := least(last, now()) - width;
    upper := last;
    WHILE edge > first AND edge > '1970-01-01 00:00+00' LOOP
      lower := edge;
      RETURN NEXT;
      upper := edge;
      width := width * 4;
      edge := edge - width;
    END LOOP;
    lower := first;
    RETURN NEXT;
  ELSIF by_time AND greatest(start, reached) IS NOT NULL THEN
    lower := greatest(start, reached);
    edge := lower + width;
    WHILE edge < last AND edge < now() + interval '1 day' LOOP
      upper := edge;
      RETURN NEXT;
      lower := edge;
      width := width * 4;
      edge := edge + width;
    END LOOP;
    upper := last;
    RETURN NEXT;
  ELSE
    RETURN QUERY SELECT first, last;
  END IF;
END $$;

-- The rows of a page, by their keys alone: what a list shows of them is read afterwards, so that no row is read in full that is not returned.
CREATE FUNCTION page_of(source text, filter text, start timestamptz, until timestamptz, sort text, sorts jsonb, after text, page_size int)
  RETURNS TABLE (id uuid, created_at timestamptz, cursor text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  ordered record := dify_observe.page_order(sort, sorts, after, page_size, false);
  part record;
  missing bigint := page_size;
  added bigint;
BEGIN
  FOR part IN SELECT w.lower, w.upper FROM dify_observe.page_windows(ordered.key = 'r.created_at', ordered.direction, start, until, ordered.reached) w LOOP
    -- The cursor is written of the page alone, not of every row that is sorted.
    RETURN QUERY EXECUTE concat_ws(' ',
      'SELECT r.id, r.created_at,', replace(ordered.cursor, ordered.key, 'r.key'), 'FROM (SELECT r.id, r.created_at,', ordered.key, 'AS key FROM', source, 'r WHERE', filter,
      'AND ' || nullif(concat_ws(' AND ', ordered.beyond, 'r.created_at >= ' || quote_literal(nullif(part.lower, '-infinity')),
                                 'r.created_at < ' || quote_literal(nullif(part.upper, 'infinity'))), ''),
      'ORDER BY', ordered.key, ordered.direction || ', r.id', ordered.direction, 'LIMIT', missing || ') r ORDER BY r.key', ordered.direction || ', r.id', ordered.direction);
    GET DIAGNOSTICS added = ROW_COUNT;
    missing := missing - added;
    EXIT WHEN missing = 0;
  END LOOP;
END $$;

CREATE FUNCTION count_of(source text, filter text, start timestamptz, until timestamptz) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  counted bigint;
BEGIN
  EXECUTE concat_ws(' AND ', format('SELECT count(*) FROM %s r WHERE %s', source, filter),
                    'r.created_at >= ' || quote_literal(start), 'r.created_at < ' || quote_literal(until)) INTO counted;
  RETURN counted;
END $$;

CREATE FUNCTION check_range(app_id uuid, start timestamptz, until timestamptz) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
BEGIN
  IF app_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id));
  END IF;
  IF start > until THEN
    PERFORM dify_observe.refuse_value('until', until::text, format('start (%s) or later', start));
  END IF;
END $$;
