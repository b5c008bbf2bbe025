-- Where some rows must stay, the others go in batches: each one transaction over all tables that belong together.

CREATE FUNCTION batch_size() RETURNS integer
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(current_setting('dify_observe.workflow_log_cleanup_batch_size', true)::integer, 100);
END;
COMMENT ON FUNCTION batch_size() IS 'Rows of one table that one transaction of retention deletes.';

CREATE FUNCTION latest_overdue() RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT max(c.overdue) FROM retention_cutoffs() c;
END;
COMMENT ON FUNCTION latest_overdue() IS 'Nothing younger is deleted row by row, whoever it belongs to.';

-- Those below ask for each scope once, not for each row, and never for younger partitions. With the ids they tell when the rows began: then only the
-- partitions of that time have to be looked into for them.

CREATE FUNCTION overdue_runs(nodes uuid[], nodes_from timestamptz, nodes_to timestamptz, OUT ids uuid[], OUT earliest timestamptz, OUT latest timestamptz)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  no_younger timestamptz := dify_observe.latest_overdue();
  runs uuid[] := ARRAY(SELECT DISTINCT n.workflow_run_id FROM dify_observe.node_executions n
                       WHERE n.id = ANY (nodes) AND n.created_at >= nodes_from AND n.created_at <= nodes_to);
BEGIN
  WITH ended AS MATERIALIZED (
    SELECT r.id, r.created_at, r.tenant_id, r.app_id, r.workflow_id FROM dify_observe.workflow_runs r
    WHERE r.id = ANY (runs) AND r.created_at < no_younger AND r.status NOT IN ('running', 'paused', 'scheduled')
  ), scopes AS MATERIALIZED (
    SELECT s.*, dify_observe.retention_overdue(s.tenant_id, s.app_id, s.workflow_id) AS overdue FROM (SELECT DISTINCT e.tenant_id, e.app_id, e.workflow_id FROM ended e) s
  )
  SELECT coalesce(array_agg(e.id), '{}'), min(e.created_at), max(e.created_at) INTO ids, earliest, latest
  FROM ended e JOIN scopes s USING (tenant_id, app_id) WHERE e.workflow_id IS NOT DISTINCT FROM s.workflow_id AND e.created_at < s.overdue;
END $$;
COMMENT ON FUNCTION overdue_runs(uuid[], timestamptz, timestamptz) IS 'Runs of these node executions, which began in this time, that are to be deleted row by row.';

CREATE FUNCTION overdue_nodes(runs uuid[], runs_from timestamptz, runs_to timestamptz, OUT ids uuid[], OUT earliest timestamptz, OUT latest timestamptz)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  no_younger timestamptz := dify_observe.latest_overdue();
BEGIN
  WITH ended AS MATERIALIZED (
    SELECT n.id, n.created_at, n.tenant_id, n.app_id, coalesce(n.workflow_id, r.workflow_id) AS workflow_id
    FROM dify_observe.node_executions n
      JOIN (SELECT r.id, r.workflow_id FROM dify_observe.workflow_runs r WHERE r.id = ANY (runs) AND r.created_at >= runs_from AND r.created_at <= runs_to OFFSET 0) r
        ON n.workflow_run_id = r.id
    WHERE n.workflow_run_id = ANY (runs) AND n.created_at < no_younger AND n.status NOT IN ('running', 'pending', 'paused')
  ), scopes AS MATERIALIZED (
    SELECT s.*, dify_observe.retention_overdue(s.tenant_id, s.app_id, s.workflow_id) AS overdue FROM (SELECT DISTINCT e.tenant_id, e.app_id, e.workflow_id FROM ended e) s
  )
  SELECT coalesce(array_agg(e.id), '{}'), min(e.created_at), max(e.created_at) INTO ids, earliest, latest
  FROM ended e JOIN scopes s USING (tenant_id, app_id) WHERE e.workflow_id IS NOT DISTINCT FROM s.workflow_id AND e.created_at < s.overdue;
END $$;
COMMENT ON FUNCTION overdue_nodes(uuid[], timestamptz, timestamptz) IS 'Node executions of these runs, which began in this time, that are to be deleted row by row.';

CREATE FUNCTION given_up(ids uuid[], allowed bigint, passed bigint) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF allowed <= passed THEN
    RETURN 0;
  END IF;
  RETURN (SELECT count(*) FROM dify_observe.events e WHERE e.source_id = ANY (ids) AND e.id > passed AND e.id <= allowed);
END $$;
COMMENT ON FUNCTION given_up(uuid[], bigint, bigint) IS 'How many events of these rows somebody has not had and may go all the same.';

CREATE FUNCTION delete_batch(w retention_work, allowed bigint, passed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  -- Short, as what the times in it are is found out anew for each batch.
  until bigint := least(w.next_block + 256, greatest(w.blocks, 1));
  chosen record;
  removed bigint := 0;
  discarded bigint := 0;
  nodes record;
  runs record;
BEGIN
  -- A stretch is read in the order of its rows, so the last one found is where to go on.
  EXECUTE format('SELECT array_agg(r.id::text) AS ids, max(r.place) AS last, min(r.at) AS earliest, max(r.at) AS latest FROM (SELECT * FROM (%s) r WHERE r.at < r.overdue AND NOT r.unfinished LIMIT %s) r',
                 dify_observe.aged_rows(w.root, w.item, format('r.ctid > %L AND r.ctid < ''(%s,0)''', w.cursor, CASE WHEN until >= w.blocks THEN 4294967294 ELSE until END)),
                 dify_observe.batch_size()) INTO chosen;
  IF chosen.ids IS NULL THEN
    IF until >= w.blocks THEN
      w.changes := -1;
      RETURN dify_observe.leave(w);
    END IF;
    UPDATE dify_observe.retention_work t SET next_block = until, cursor = format('(%s,0)', until) WHERE t.item = w.item;
    RETURN 'more';
  END IF;
  IF w.root = 'events' THEN
    discarded := (SELECT count(*) FROM unnest(chosen.ids::bigint[]) id WHERE id > passed AND id <= allowed);
    PERFORM dify_observe.retire_events(ARRAY(SELECT id FROM unnest(chosen.ids::bigint[]) id WHERE id <= allowed), chosen.earliest, chosen.latest);
  ELSIF w.root IN ('workflow_runs', 'node_executions') THEN
    IF w.root = 'workflow_runs' THEN
      SELECT chosen.ids::uuid[] AS ids, chosen.earliest, chosen.latest INTO runs;
    ELSE
      SELECT * INTO runs FROM dify_observe.overdue_runs(chosen.ids::uuid[], chosen.earliest, chosen.latest);
    END IF;
    SELECT * INTO nodes FROM dify_observe.overdue_nodes(runs.ids, runs.earliest, runs.latest);
    IF w.root = 'node_executions' THEN
      SELECT ARRAY(SELECT unnest(nodes.ids) UNION SELECT unnest(chosen.ids::uuid[])) AS ids,
             least(nodes.earliest, chosen.earliest) AS earliest, greatest(nodes.latest, chosen.latest) AS latest INTO nodes;
    END IF;
    discarded := dify_observe.given_up(nodes.ids || runs.ids, allowed, passed);
    removed := dify_observe.remove_rows('node_executions', nodes.ids, allowed, nodes.earliest, nodes.latest)
      + dify_observe.remove_rows('workflow_runs', runs.ids, allowed, runs.earliest, runs.latest);
    DELETE FROM dify_observe.trace_roots t
    WHERE t.run_id = ANY (runs.ids) AND NOT EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = t.run_id AND r.created_at = t.created_at);
  ELSE
    discarded := dify_observe.given_up(chosen.ids::uuid[], allowed, passed);
    removed := dify_observe.remove_rows(w.root, chosen.ids::uuid[], allowed, chosen.earliest, chosen.latest);
  END IF;
  UPDATE dify_observe.retention_work t SET cursor = chosen.last::text WHERE t.item = w.item;
  UPDATE dify_observe.retention_runs r
  SET batches = r.batches + 1, rows_removed = r.rows_removed + removed, events_discarded = r.events_discarded + discarded WHERE r.finished_at IS NULL;
  RETURN 'batch';
END $$;
COMMENT ON FUNCTION delete_batch(retention_work, bigint, bigint) IS
  'Deletes the next batch of long expired rows of a partition with their events, runs together with their nodes; in one transaction. What waits for export stays.';
