-- For every table that log_batch fills by sets, a function batch_<table>(events): one statement inserts all whose id is not there
-- yet; constraints refuse bad rows. What comes back was started before, and is left to be finished one by one. The columns are the
-- arguments of the table's log_ function, so the text is one for all, filled in here with what pg_proc says.
DO $template$
DECLARE
  kind record;
BEGIN
  FOR kind IN
    SELECT t.source, t.lasting, t.logger, t.finder, t.open,
      string_agg(format('%I %s', a.name, CASE a.type WHEN 'json'::regtype THEN 'jsonb' ELSE format_type(a.type, NULL) END), ', ' ORDER BY a.number) AS fields,
      string_agg(quote_ident(a.name), ', ' ORDER BY a.number) AS columns,
      string_agg(CASE
        WHEN a.name = 'id' THEN 'coalesce(r.id, dify_observe.uuid_v7(began.at))'
        WHEN a.name = 'created_at' THEN 'began.at'
        WHEN a.name = 'finished_at' THEN 'ended.at'
        WHEN a.name = t.lasting THEN format('coalesce(r.%I, extract(epoch FROM ended.at - began.at))', a.name)
        WHEN a.name = 'total_tokens' AND t.adds_up THEN 'coalesce(r.total_tokens, r.input_tokens + r.output_tokens)'
        WHEN a.name = 'user_id' AND t.source = 'messages' THEN 'coalesce(r.user_id, r.end_user_id, r.account_id)'
        WHEN a.name = 'status' AND t.open IS NOT NULL THEN
          format('CASE WHEN r.status IN (%s) THEN dify_observe.refuse_open(r.status) ELSE r.status END', t.open)
        WHEN a.name = 'draft' THEN 'coalesce(r.draft, false)'
        WHEN a.name = 'type' THEN 'coalesce(r.type, ''input'')'
        WHEN a.name = 'categories' THEN 'coalesce(r.categories, ''[]'')'
        ELSE format('r.%I', a.name) END, ', ' ORDER BY a.number) AS given
    FROM (VALUES
        ('workflow_runs', 'elapsed_time', true, 'log_workflow_run', 'find_workflow_run', '''running'', ''paused'', ''scheduled'''),
        ('node_executions', 'elapsed_time', true, 'log_node_execution', 'find_node_execution', '''running'', ''pending'', ''paused'''),
        ('messages', 'duration', true, 'log_message', 'find_message', '''running'', ''paused'''),
        ('tool_executions', 'duration', false, 'log_tool_execution', NULL, NULL),
        ('moderation_checks', 'duration', false, 'log_moderation_check', NULL, NULL),
        ('suggested_questions', 'duration', false, 'log_suggested_questions', NULL, NULL),
        ('dataset_retrievals', 'duration', false, 'log_dataset_retrieval', NULL, NULL),
        ('generated_names', 'duration', false, 'log_generate_name', NULL, NULL),
        ('prompt_generations', 'duration', true, 'log_prompt_generation', NULL, NULL)
      ) AS t (source, lasting, adds_up, logger, finder, open)
      JOIN pg_catalog.pg_proc p ON p.pronamespace = '@extschema@'::regnamespace AND p.proname = t.logger,
      unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY AS a (name, type, number)
    GROUP BY t.source, t.lasting, t.logger, t.finder, t.open
  LOOP
    EXECUTE format($function$
CREATE FUNCTION batch_%1$s(events text[], identified boolean) RETURNS text[]
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  inserted bigint;
BEGIN
  IF NOT identified THEN
    INSERT INTO dify_observe.%1$s (%2$s)
    SELECT %3$s
    FROM %4$s;
    RETURN '{}';
  END IF;
  INSERT INTO dify_observe.%1$s (%2$s)
  SELECT %3$s
  FROM %4$s
  -- Not a join, which could be planned to read the whole table.
  WHERE CASE WHEN r.id IS NULL THEN true
             ELSE NOT EXISTS (SELECT FROM dify_observe.%1$s k
                              WHERE k.id = r.id AND k.created_at >= coalesce(id.at - interval '1 day', '-infinity')
                                AND k.created_at < coalesce(id.at + interval '1 day', 'infinity')) END
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS inserted = ROW_COUNT;
%5$s  RETURN '{}';
END $$;
COMMENT ON FUNCTION batch_%1$s(text[], boolean) IS 'Logs these events, arguments of %6$s, by one statement, those excepted whose id is there; returns those whose row was started and is not finished.';
$function$, kind.source, kind.columns, kind.given,
      format($source$dify_observe.batch_records(events) AS r (%1$s),
      LATERAL (SELECT dify_observe.id_time(r.id)) AS id (at),
      LATERAL (SELECT dify_observe.began_at(r.created_at, r.finished_at, r.%2$s, id.at)) AS began (at),
      LATERAL (SELECT dify_observe.ended_at(began.at, r.finished_at, r.%2$s)) AS ended (at)$source$,
        kind.fields, kind.lasting),
      CASE WHEN kind.finder IS NULL THEN '' ELSE format($finish$  IF inserted < cardinality(events) THEN
    RETURN ARRAY(SELECT e.event FROM unnest(events) AS e (event),
                   dify_observe.%1$s((e.event::json ->> 'id')::uuid, (e.event::json ->> 'created_at')::timestamptz, true) AS f
                 WHERE f.status IN (%2$s));
  END IF;
$finish$, kind.finder, kind.open) END, kind.logger);
  END LOOP;
END $template$;
