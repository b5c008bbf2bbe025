-- Where some rows must stay, the others go in batches: each one transaction over all tables that belong together.

CREATE FUNCTION batch_size() RETURNS integer
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(current_setting('dify_observe.workflow_log_cleanup_batch_size', true)::integer, 100);
END;
COMMENT ON FUNCTION batch_size() IS 'Rows of one table that one transaction of retention deletes.';

CREATE FUNCTION overdue_nodes(runs uuid[]) RETURNS uuid[]
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(array_agg(n.id), '{}') FROM workflow_runs r JOIN node_executions n ON n.workflow_run_id = r.id
  WHERE r.id = ANY (runs) AND n.status NOT IN ('running', 'pending', 'paused')
    AND n.created_at < retention_overdue(n.tenant_id, n.app_id, coalesce(n.workflow_id, r.workflow_id));
END;
COMMENT ON FUNCTION overdue_nodes(uuid[]) IS 'Node executions of these runs that are to be deleted row by row.';

CREATE FUNCTION overdue_runs(nodes uuid[]) RETURNS uuid[]
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(array_agg(r.id), '{}') FROM workflow_runs r
  WHERE r.id = ANY (SELECT n.workflow_run_id FROM node_executions n WHERE n.id = ANY (nodes)) AND r.status NOT IN ('running', 'paused', 'scheduled')
    AND r.created_at < retention_overdue(r.tenant_id, r.app_id, r.workflow_id);
END;
COMMENT ON FUNCTION overdue_runs(uuid[]) IS 'Runs of these node executions that are to be deleted row by row.';

CREATE FUNCTION delete_batch(w retention_work, allowed bigint, passed bigint) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  -- Short, as what the times in it are is found out anew for each batch.
  until bigint := least(w.next_block + 256, greatest(w.blocks, 1));
  chosen record;
  removed bigint := 0;
  discarded bigint := 0;
  nodes uuid[] := '{}';
  runs uuid[] := '{}';
BEGIN
  -- A stretch is read in the order of its rows, so the last one found is where to go on.
  EXECUTE format('SELECT array_agg(r.id::text) AS ids, max(r.place) AS last FROM (SELECT * FROM (%s) r WHERE r.at < r.overdue AND NOT r.unfinished LIMIT %s) r',
                 dify_observe.aged_rows(w.root, w.item, format('r.ctid > %L AND r.ctid < ''(%s,0)''', w.cursor, CASE WHEN until >= w.blocks THEN 4294967294 ELSE until END)),
                 dify_observe.batch_size()) INTO chosen;
  IF chosen.ids IS NULL THEN
    IF until >= w.blocks THEN
      RETURN dify_observe.leave(w.item);
    END IF;
    UPDATE dify_observe.retention_work t SET next_block = until, cursor = format('(%s,0)', until) WHERE t.item = w.item;
    RETURN 'more';
  END IF;
  IF w.root = 'events' THEN
    discarded := (SELECT count(*) FROM unnest(chosen.ids::bigint[]) id WHERE id > passed AND id <= allowed);
    PERFORM dify_observe.retire_events(ARRAY(SELECT id FROM unnest(chosen.ids::bigint[]) id WHERE id <= allowed));
  ELSE
    IF w.root = 'workflow_runs' THEN
      runs := chosen.ids::uuid[];
    ELSIF w.root = 'node_executions' THEN
      nodes := chosen.ids::uuid[];
      runs := dify_observe.overdue_runs(nodes);
    END IF;
    nodes := nodes || dify_observe.overdue_nodes(runs);
    IF allowed > passed THEN
      discarded := (SELECT count(*) FROM dify_observe.events e
                    WHERE e.source_id = ANY (chosen.ids::uuid[] || nodes || runs) AND e.id > passed AND e.id <= allowed);
    END IF;
    removed := dify_observe.remove_rows('node_executions', nodes, allowed) + dify_observe.remove_rows('workflow_runs', runs, allowed);
    DELETE FROM dify_observe.trace_roots t
    WHERE t.run_id = ANY (runs) AND NOT EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = t.run_id AND r.created_at = t.created_at);
    IF w.root NOT IN ('workflow_runs', 'node_executions') THEN
      removed := removed + dify_observe.remove_rows(w.root, chosen.ids::uuid[], allowed);
    END IF;
  END IF;
  UPDATE dify_observe.retention_work t SET cursor = chosen.last::text WHERE t.item = w.item;
  UPDATE dify_observe.retention_runs r
  SET batches = r.batches + 1, rows_removed = r.rows_removed + removed, events_discarded = r.events_discarded + discarded WHERE r.finished_at IS NULL;
  RETURN 'batch';
END $$;
COMMENT ON FUNCTION delete_batch(retention_work, bigint, bigint) IS
  'Deletes the next batch of long expired rows of a partition with their events, runs together with their nodes; in one transaction. What waits for export stays.';
