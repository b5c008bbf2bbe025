CREATE FUNCTION retention_step() RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  w dify_observe.retention_work;
  run dify_observe.retention_runs;
  locked boolean := false;
BEGIN
  -- One step at a time, whoever takes it.
  SELECT * INTO run FROM dify_observe.retention_runs r WHERE r.finished_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'done';
  END IF;
  -- In order: rows go after their events, summaries after their rows.
  SELECT * INTO w FROM dify_observe.retention_work t
  WHERE t.not_before <= clock_timestamp() AND t.stage / 5 = (SELECT min(first.stage / 5) FROM dify_observe.retention_work first)
  ORDER BY t.stage, t.lower, t.item LIMIT 1;
  IF w.item IS NULL THEN
    IF EXISTS (SELECT FROM dify_observe.retention_work) THEN
      RETURN 'wait';
    END IF;
    UPDATE dify_observe.retention_runs r SET finished_at = clock_timestamp() WHERE r.id = run.id;
    IF run.events_discarded > 0 THEN
      RAISE LOG 'dify_observe: retention has removed % events that were not exported or counted yet, as max_backlog_age or max_backlog_bytes says; see dify_observe.retention_runs', run.events_discarded;
    END IF;
    RETURN 'done';
  END IF;
  -- A partition may have gone meanwhile by another hand.
  IF w.kind = 'leaf' AND to_regclass(format('dify_observe.%I', w.item)) IS NULL THEN
    RETURN dify_observe.done_with(w.item);
  END IF;
  -- A hold that is being made now is waited for, and one that is made later waits: none is missed.
  IF w.phase <> 'survey' OR w.kind = 'table' THEN
    BEGIN
      PERFORM set_config('lock_timeout', coalesce(current_setting('dify_observe.retention_lock_timeout', true), '100ms'), true);
      LOCK TABLE dify_observe.retention_holds, dify_observe.retention_policies IN SHARE MODE;
      -- Here, where it can be refused: a fold that takes its time would end the run further down.
      PERFORM FROM dify_observe.export_progress p WHERE p.destination = 'fold' FOR UPDATE;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      locked := true;
    END;
    IF locked THEN
      RETURN dify_observe.try_later(w.item, ARRAY['retention_holds', 'retention_policies', 'export_progress']);
    END IF;
  END IF;
  RETURN CASE w.kind
    WHEN 'references' THEN dify_observe.find_references(w)
    WHEN 'table' THEN CASE w.item WHEN 'conversations' THEN dify_observe.sweep_conversations(w, run.allowed) ELSE dify_observe.sweep_table(w, run.allowed) END
    WHEN 'shells' THEN dify_observe.drop_shells(w)
    ELSE CASE w.phase
      WHEN 'whole' THEN dify_observe.remove_whole(w, run.allowed, run.passed)
      WHEN 'survey' THEN dify_observe.survey_leaf(w, run.allowed)
      WHEN 'empty' THEN dify_observe.empty_leaf(w, run.allowed, run.passed)
      ELSE dify_observe.delete_batch(w, run.allowed, run.passed) END END;
END $$;
COMMENT ON FUNCTION retention_step() IS
  'Does the next short piece of the unfinished run, to be committed by itself: more (there is more), batch (the same, after a rest), swept (the same, after a rest where a standby is behind), wait (for a lock that was refused), done.';

CREATE PROCEDURE run_retention()
  LANGUAGE c AS 'MODULE_PATHNAME', 'run_retention_wrapper';
COMMENT ON PROCEDURE run_retention() IS
  'Removes what has expired, each piece in its own transaction, whether or not workflow_log_cleanup_enabled is on, and returns when that is done; see retention_preview() for what and retention_runs for how it went. Not inside a transaction block.';
