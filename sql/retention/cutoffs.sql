CREATE FUNCTION log_tables() RETURNS TABLE (root text, events smallint[], unfinished text[], stage integer)
  LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  -- Children before runs, which may tell their workflow: these wait (retention_step) even for locks of theirs.
  SELECT * FROM (VALUES
    ('tool_executions', '{5}'::smallint[], '{}'::text[], 20), ('moderation_checks', '{6}', '{}', 21), ('suggested_questions', '{7}', '{}', 22),
    ('dataset_retrievals', '{8}', '{}', 23), ('generated_names', '{9}', '{}', 24), ('prompt_generations', '{10}', '{}', 25),
    ('messages', '{4}', '{running,paused}', 26), ('node_executions', '{2,3}', '{running,pending,paused}', 27),
    ('workflow_runs', '{1}', '{running,paused,scheduled}', 30)) AS t (root, events, unfinished, stage);
END;
COMMENT ON FUNCTION log_tables() IS 'The partitioned source tables: their event codes, the states that are not final, and the order in which retention takes them.';

CREATE FUNCTION retention_keeps() RETURNS TABLE (scope text, scope_id uuid, keep interval)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT r.scope, r.scope_id, CASE WHEN r.until <= now() THEN r.keep_afterwards ELSE r.keep END FROM retention_policies r
  UNION ALL
  SELECT 'default', NULL, make_interval(days => coalesce(current_setting('dify_observe.workflow_log_retention_days', true)::integer, 30))
  WHERE NOT EXISTS (SELECT FROM retention_policies r WHERE r.scope = 'default');
END;
COMMENT ON FUNCTION retention_keeps() IS 'Per policy, the default included, how long logs are kept now; null for ever.';

CREATE FUNCTION retention_cutoffs() RETURNS TABLE (scope text, scope_id uuid, cutoff timestamptz, overdue timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.scope, p.scope_id, coalesce(now() - p.keep, '-infinity'),
         coalesce(now() - p.keep - CASE WHEN p.keep >= interval '1 day' THEN interval '1 day' ELSE interval '0' END, '-infinity')
  FROM retention_keeps() p;
END;
COMMENT ON FUNCTION retention_cutoffs() IS
  'Per policy: what is older than cutoff has expired, and goes with its whole partition; what is older than overdue is deleted row by row where the partition must stay. -infinity keeps for ever.';

CREATE FUNCTION retention_rules() RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT md5(concat(current_setting('dify_observe.workflow_log_retention_days', true),
    (SELECT string_agg(concat(p, p.until <= now()), ';' ORDER BY p.scope, p.scope_id) FROM retention_policies p),
    (SELECT string_agg(h::text, ';' ORDER BY h.scope, h.scope_id) FROM retention_holds h WHERE h.until IS NULL OR h.until > now())));
END;
COMMENT ON FUNCTION retention_rules() IS 'Changes when a policy, a hold or the default does, also by the time that it was to end.';

-- With a plan of its own, made once: a query that holds it would plan all partitions of the runs.
CREATE FUNCTION workflow_of_run(run_id uuid) RETURNS uuid
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  RETURN (SELECT r.workflow_id FROM dify_observe.workflow_runs r WHERE r.id = run_id LIMIT 1);
END $$;
COMMENT ON FUNCTION workflow_of_run(uuid) IS 'The workflow of a run, whenever that began; null where the run is gone.';

-- A query over one partition: id, time, place, whether it is unfinished, since when it has expired (cutoff, overdue).
-- Policies are joined, since asking for each row would take longer than everything else. Other tables are looked into between literal times, as a plan
-- that knows all their partitions takes longer than the look: so it is found out first what times that are.
CREATE FUNCTION aged_rows(root text, leaf text, condition text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  narrow boolean := EXISTS (SELECT FROM dify_observe.retention_policies p WHERE p.scope <> 'default');
  held boolean := EXISTS (SELECT FROM dify_observe.retention_holds h WHERE h.until IS NULL OR h.until > now());
  by_workflow boolean := EXISTS (SELECT FROM dify_observe.retention_policies p WHERE p.scope = 'workflow')
                         OR EXISTS (SELECT FROM dify_observe.retention_holds h WHERE h.scope = 'workflow');
  earliest timestamptz;
  latest timestamptz;
  kinds smallint[];
  scopes text := '';
  cutoff text := CASE WHEN narrow THEN 'coalesce(w.%1$s, a.%1$s, t.%1$s, d.%1$s)' ELSE 'd.%1$s' END;
BEGIN
  IF (narrow OR held) AND (by_workflow OR root = 'events') THEN
    EXECUTE format('SELECT min(r.%1$I), max(r.%1$I), %2$s FROM ONLY dify_observe.%3$I r WHERE %4$s',
                   CASE root WHEN 'events' THEN 'source_at' ELSE 'created_at' END,
                   CASE root WHEN 'events' THEN 'array_agg(DISTINCT r.event)' ELSE 'NULL::smallint[]' END, leaf, condition) INTO earliest, latest, kinds;
  END IF;
  IF root = 'events' AND (narrow OR held) THEN
    scopes := (
      SELECT 'LEFT JOIN LATERAL (' || coalesce(string_agg(format(
          'SELECT x.tenant_id, x.app_id, %1$s, %2$s, x.created_at FROM dify_observe.%3$I x '
          'WHERE r.event = ANY (%4$L) AND x.id = r.source_id AND x.created_at = r.source_at AND x.created_at >= %5$L AND x.created_at <= %6$L',
          CASE WHEN l.root IN ('workflow_runs', 'node_executions') THEN 'x.workflow_id' ELSE 'NULL::uuid' END,
          CASE l.root WHEN 'workflow_runs' THEN 'NULL::uuid' ELSE 'x.workflow_run_id' END, l.root, l.events, earliest, latest), ' UNION ALL ') || ' UNION ALL ', '')
        || 'SELECT f.tenant_id, f.app_id, NULL::uuid, NULL::uuid, NULL::timestamptz FROM dify_observe.feedbacks f WHERE r.event = 14 AND f.id = r.source_id'
           ' UNION ALL SELECT (r.change ->> ''tenant_id'')::uuid, CASE WHEN r.event < 14 THEN r.source_id END, NULL, NULL, NULL WHERE r.event IN (11, 12, 13, 15)'
           ' OFFSET 0) x (tenant_id, app_id, workflow_id, workflow_run_id, created_at) ON true'
      FROM dify_observe.log_tables() l WHERE l.events && kinds);
  ELSIF narrow OR held THEN
    scopes := format('CROSS JOIN LATERAL (SELECT r.tenant_id, r.app_id, %s AS workflow_id, %s AS workflow_run_id, r.created_at) x',
                     CASE WHEN root IN ('workflow_runs', 'node_executions') THEN 'r.workflow_id' ELSE 'NULL::uuid' END,
                     CASE root WHEN 'workflow_runs' THEN 'NULL::uuid' ELSE 'r.workflow_run_id' END);
  END IF;
  IF narrow OR held THEN
    -- Of a row that does not tell its workflow its run does, which mostly is near in time.
    scopes := scopes || format(' LEFT JOIN LATERAL (SELECT x.tenant_id, x.app_id, %s AS workflow_id) s ON true', CASE WHEN by_workflow THEN format(
      'coalesce(x.workflow_id, (SELECT own.workflow_id FROM dify_observe.workflow_runs own WHERE own.id = x.workflow_run_id '
      'AND own.created_at >= x.created_at - interval ''1 day'' AND own.created_at <= x.created_at + interval ''1 hour'' '
      'AND own.created_at >= %L AND own.created_at <= %L LIMIT 1), dify_observe.workflow_of_run(x.workflow_run_id))', earliest - interval '1 day', latest + interval '1 hour') ELSE 'x.workflow_id' END);
  END IF;
  IF narrow THEN
    scopes := scopes || ' LEFT JOIN cutoffs t ON t.scope = ''tenant'' AND t.scope_id = s.tenant_id'
                        ' LEFT JOIN cutoffs a ON a.scope = ''app'' AND a.scope_id = s.app_id'
                        ' LEFT JOIN cutoffs w ON w.scope = ''workflow'' AND w.scope_id = s.workflow_id';
  END IF;
  IF held THEN
    cutoff := 'CASE WHEN EXISTS (SELECT FROM dify_observe.retention_holds h WHERE (h.until IS NULL OR h.until > now()) AND (h.scope = ''default'' OR h.scope_id = '
              'CASE h.scope WHEN ''tenant'' THEN s.tenant_id WHEN ''app'' THEN s.app_id ELSE s.workflow_id END)) THEN ''-infinity'' ELSE ' || cutoff || ' END';
  END IF;
  RETURN format('WITH cutoffs AS MATERIALIZED (SELECT * FROM dify_observe.retention_cutoffs()) '
                'SELECT r.id, r.%I AS at, r.ctid AS place, %s AS unfinished, %s AS cutoff, %s AS overdue '
                'FROM ONLY dify_observe.%I r CROSS JOIN cutoffs d %s WHERE d.scope = ''default'' AND %s',
    CASE root WHEN 'events' THEN 'recorded_at' ELSE 'created_at' END,
    coalesce((SELECT format('r.status = ANY (%L)', l.unfinished) FROM dify_observe.log_tables() l WHERE l.root = root AND l.unfinished <> '{}'), 'false'),
    format(cutoff, 'cutoff'), format(cutoff, 'overdue'), leaf, scopes, condition);
END $$;
COMMENT ON FUNCTION aged_rows(text, text, text) IS 'The query that tells of each row of a partition (r, with a condition on it) whether it is unfinished and since when it has expired.';

CREATE FUNCTION retention_overdue(tenant_id uuid, app_id uuid, workflow_id uuid) RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE WHEN EXISTS (SELECT FROM retention_holds h WHERE (h.until IS NULL OR h.until > now())
      AND (h.scope = 'default' OR h.scope_id = CASE h.scope WHEN 'tenant' THEN tenant_id WHEN 'app' THEN app_id ELSE workflow_id END)) THEN '-infinity'
    ELSE (SELECT c.overdue FROM retention_cutoffs() c
          WHERE c.scope = 'default' OR c.scope_id = CASE c.scope WHEN 'tenant' THEN tenant_id WHEN 'app' THEN app_id ELSE workflow_id END
          ORDER BY array_position(ARRAY['workflow', 'app', 'tenant', 'default'], c.scope) LIMIT 1) END;
END;
COMMENT ON FUNCTION retention_overdue(uuid, uuid, uuid) IS 'What is older than this is deleted row by row, for one scope; holds included.';
