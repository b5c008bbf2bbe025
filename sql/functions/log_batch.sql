-- All events of a batch by few statements. Raises some error when any of them is bad: batch_slices then finds out which, and why.
CREATE FUNCTION batch_all(batch json) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kind record;
  events text[];
  one_by_one text[];
BEGIN
  FOR kind IN
    SELECT k.* FROM dify_observe.batch_kinds(batch) AS k
    ORDER BY dify_observe.batch_rank(k.event_name)
  LOOP
    events := kind.events;
    one_by_one := '{}';
    -- The first of an id is the one that counts; the others find its row.
    IF kind.repeats THEN
      SELECT array_agg(e.event ORDER BY e.number) FILTER (WHERE e.nth = 1), array_agg(e.event ORDER BY e.number) FILTER (WHERE e.nth > 1)
      INTO events, one_by_one
      FROM (SELECT e.event, e.number, CASE WHEN e.event::json ->> 'id' IS NULL THEN 1
                                           ELSE row_number() OVER (PARTITION BY (e.event::json ->> 'id')::uuid ORDER BY e.number) END AS nth
            FROM unnest(events) WITH ORDINALITY AS e (event, number)) AS e;
    END IF;
    CASE kind.event_name
      WHEN 'dify.workflow.run' THEN one_by_one := dify_observe.batch_workflow_runs(events, kind.identified) || one_by_one;
      WHEN 'dify.node.execution' THEN one_by_one := dify_observe.batch_node_executions(events, kind.identified) || one_by_one;
      WHEN 'dify.node.execution.draft' THEN
        IF EXISTS (SELECT FROM unnest(events) AS e (event) WHERE e.event::json -> 'draft' IS NOT NULL AND e.event::json ->> 'draft' IS DISTINCT FROM 'true') THEN
          RAISE EXCEPTION 'a draft that is none' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        one_by_one := dify_observe.batch_node_executions(
          ARRAY(SELECT '{"draft": true,' || ltrim(e.event, E'{ \t\n\r') FROM unnest(events) AS e (event)), kind.identified) || one_by_one;
      WHEN 'dify.message.run' THEN one_by_one := dify_observe.batch_messages(events, kind.identified) || one_by_one;
      WHEN 'dify.tool.execution' THEN PERFORM dify_observe.batch_tool_executions(events, kind.identified);
      WHEN 'dify.moderation.check' THEN PERFORM dify_observe.batch_moderation_checks(events, kind.identified);
      WHEN 'dify.suggested_question.generation' THEN PERFORM dify_observe.batch_suggested_questions(events, kind.identified);
      WHEN 'dify.dataset.retrieval' THEN PERFORM dify_observe.batch_dataset_retrievals(events, kind.identified);
      WHEN 'dify.generate_name.execution' THEN PERFORM dify_observe.batch_generated_names(events, kind.identified);
      WHEN 'dify.prompt_generation.execution' THEN PERFORM dify_observe.batch_prompt_generations(events, kind.identified);
      WHEN 'dify.feedback.created' THEN
        PERFORM dify_observe.log_feedback(r.tenant_id, r.app_id, r.message_id, r.rating, r.content, coalesce(r.from_source, 'user'), r.user_id,
                                          r.conversation_id, r.created_at)
        FROM dify_observe.batch_records(events) AS r (tenant_id uuid, app_id uuid, message_id uuid, rating text, content text,
                                                      from_source text, user_id text, conversation_id uuid, created_at timestamptz);
      ELSE one_by_one := events;
    END CASE;
    FOR number IN 1..cardinality(one_by_one) LOOP
      PERFORM dify_observe.batch_event(one_by_one[number]::json);
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION batch_all(json) IS 'Logs all these events, or raises an error.';

-- For a batch that cannot be logged as a whole: slices are halved until the bad events stand alone. Returns how many those are.
-- The events come in the order in which they are logged, with their numbers in the batch. A plan for these very events would copy
-- all of them into every statement.
CREATE FUNCTION batch_slices(events json[], numbers integer[], quarantine boolean) RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  firsts integer[] := ARRAY[1];
  lasts integer[] := ARRAY[cardinality(events)];
  first integer;
  last integer;
  bad integer := 0;
  refused integer;
  refusal record;
  field text;
  why text;
  code text;
  explanation text;
  advice text;
BEGIN
  WHILE cardinality(firsts) > 0 LOOP
    first := firsts[1];
    last := lasts[1];
    firsts := firsts[2:];
    lasts := lasts[2:];
    -- Where the first bad event is to be named, nothing behind the first known one matters any more.
    CONTINUE WHEN NOT quarantine AND refused < (SELECT min(numbers[n]) FROM generate_series(first, last) AS n);
    BEGIN
      IF first = last THEN
        PERFORM dify_observe.batch_event(events[first]);
      ELSE
        -- Not events[first:last], which would copy all of them for each slice.
        PERFORM dify_observe.batch_all(to_json(ARRAY(SELECT events[n] FROM generate_series(first, last) AS n)));
      END IF;
      CONTINUE;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded OR feature_not_supported THEN
      GET STACKED DIAGNOSTICS field = COLUMN_NAME, why = MESSAGE_TEXT, code = RETURNED_SQLSTATE, explanation = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
    END;
    IF first < last THEN
      firsts := ARRAY[first, (first + last) / 2 + 1] || firsts;
      lasts := ARRAY[(first + last) / 2, last] || lasts;
      CONTINUE;
    END IF;
    bad := bad + 1;
    IF quarantine THEN
      INSERT INTO dify_observe.quarantined_events (event_name, field, reason, sqlstate, text, digest)
      VALUES (dify_observe.repaired(events[first]) ->> 'event', nullif(field, ''), concat_ws(' ', why || '.', nullif(explanation, '')), code,
              events[first]::text, sha256(convert_to(events[first]::text, 'UTF8')))
      ON CONFLICT (digest) DO NOTHING;
    ELSE
      refused := numbers[first];
      SELECT field, why, code, explanation, advice INTO refusal;
    END IF;
  END LOOP;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'event % of %: %', refused, cardinality(events), refusal.why
      USING ERRCODE = refusal.code, COLUMN = refusal.field, DETAIL = refusal.explanation,
            HINT = concat_ws(' ', nullif(refusal.advice, ''), 'Nothing was logged. With on_error => ''quarantine'' the other events are, and this one is kept aside.');
  END IF;
  RETURN bad;
END $$;
COMMENT ON FUNCTION batch_slices(json[], integer[], boolean) IS
  'Logs these events; bad ones are an error that names the number, field and reason of the first, or are quarantined. Returns the number of bad ones.';

CREATE FUNCTION log_batch(events json DEFAULT NULL, on_error text DEFAULT 'abort') RETURNS TABLE (logged bigint, quarantined bigint)
  LANGUAGE plpgsql ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF events IS NULL OR on_error IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('events', events IS NOT NULL OR NULL, 'on_error', on_error));
  END IF;
  IF json_typeof(events) <> 'array' THEN
    PERFORM dify_observe.refuse_value('events', events::text, 'a JSON array of objects such as {"event": "dify.workflow.run", "tenant_id": "..."}');
  END IF;
  IF on_error NOT IN ('abort', 'quarantine') THEN
    PERFORM dify_observe.refuse_value('on_error', on_error, 'abort, quarantine');
  END IF;
  logged := json_array_length(events);
  IF logged > 100000 THEN
    PERFORM dify_observe.refuse_value('events', logged || ' events', 'at most 100000 in one call');
  END IF;
  quarantined := 0;
  BEGIN
    PERFORM dify_observe.batch_all(events);
  EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded OR feature_not_supported THEN
    -- In the order in which batch_all logs them, whatever slices they fall into.
    SELECT dify_observe.batch_slices(array_agg(e.event ORDER BY e.rank, e.number), array_agg(e.number::integer ORDER BY e.rank, e.number),
                                     on_error = 'quarantine') INTO quarantined
    FROM (SELECT a.event, a.number, dify_observe.batch_rank(dify_observe.repaired(a.event) ->> 'event') AS rank
          FROM json_array_elements(events) WITH ORDINALITY AS a (event, number)) AS e;
  END;
  logged := logged - quarantined;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION log_batch(json, text) IS
  'Logs an array of finished events, {"event": "dify.workflow.run", ...} with the arguments of the event''s log_ function, thousands per call (at most 100000) and any mixture; null counts as not given. Runs go before what is in them. on_error => ''abort'': the first bad event raises an error that names its number, field and reason, and nothing is logged; ''quarantine'': it is kept in quarantined_events, and the others are logged. Events with an id can be repeated: what is known changes nothing. logged counts all good events of the call, known ones too.';
