CREATE FUNCTION setup_roles() RETURNS TABLE (role name, may text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
  made name;
  found record;
BEGIN
  FOREACH made IN ARRAY '{dify_observe_writer,dify_observe_reader,dify_observe_reader_without_content,dify_observe_annotator,dify_observe_admin}'::name[] LOOP
    IF to_regrole(made) IS NULL THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', made);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA dify_observe TO %I', made);
  END LOOP;
  GRANT dify_observe_reader TO dify_observe_annotator;

  -- Guarded before they are granted.
  INSERT INTO dify_observe.access_setup DEFAULT VALUES ON CONFLICT (singleton) DO UPDATE SET set_up_at = now();
  FOR found IN SELECT t.source FROM dify_observe.readable_tables() t LOOP
    EXECUTE format('GRANT SELECT ON %s TO dify_observe_reader', found.source);
    EXECUTE format('GRANT SELECT (%s) ON %s TO dify_observe_reader_without_content', dify_observe.columns_without_content(found.source), found.source);
  END LOOP;
  GRANT SELECT ON dify_observe.sight, dify_observe.prices, dify_observe.companion_logs, dify_observe.token_usage, dify_observe.rollup_points,
    dify_observe.open_rows, dify_observe.feedback_points TO dify_observe_reader, dify_observe_reader_without_content;
  GRANT SELECT ON dify_observe.companion_log_details TO dify_observe_reader;

  FOR found IN SELECT p.oid::regprocedure AS routine, p.prokind, p.proname
               FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'dify_observe'::regnamespace LOOP
    EXECUTE format('GRANT EXECUTE ON %s %s TO dify_observe_admin', CASE found.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, found.routine);
    IF found.proname ~ '^(log|start|finish)_' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO dify_observe_writer', found.routine);
    END IF;
    IF found.proname ~ '^(create_annotation|annotate_message|update_annotation|delete_annotation|import_annotations)$' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO dify_observe_annotator', found.routine);
    END IF;
  END LOOP;

  FOR found IN SELECT f AS routine FROM dify_observe.functions_of_readers() f LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO dify_observe_reader, dify_observe_reader_without_content', found.routine);
  END LOOP;

  FOR found IN SELECT c.oid::regclass AS relation, c.relkind FROM pg_catalog.pg_class c
               WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND NOT c.relispartition LOOP
    EXECUTE format(CASE found.relkind WHEN 'S' THEN 'GRANT USAGE, SELECT ON SEQUENCE %s TO dify_observe_admin' WHEN 'v' THEN 'GRANT SELECT ON %s TO dify_observe_admin'
                                      ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO dify_observe_admin' END, found.relation);
  END LOOP;
  GRANT USAGE ON FOREIGN DATA WRAPPER dify_observe TO dify_observe_admin;

  RETURN QUERY VALUES
    ('dify_observe_writer'::name, 'log: log_, start_ and finish_ functions; reads nothing'),
    ('dify_observe_reader', 'read lists, details, search, export and statistics of granted tenants, with content'),
    ('dify_observe_reader_without_content', 'read the same without what users, models and authors wrote; no search, no export'),
    ('dify_observe_annotator', 'what a reader may, and annotate'),
    ('dify_observe_admin', 'everything of every tenant');
END $$;
COMMENT ON FUNCTION setup_roles() IS
  'Makes five roles to be granted to people and programs, gives them what they need, and switches row-level security on, so that the readers see only tenants of grant_tenant(). Call it again after an update. For a superuser. It waits at most 10 seconds for each table''s lock (55P03: nothing was changed, call it again).';
