CREATE TABLE access_setup (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  set_up_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE access_setup IS
  'That setup_roles() was called, and last when. A dump has the readers'' grants and this row, and neither row-level security nor policies, as they belong to an extension''s tables: so the row''s own trigger brings them back.';

CREATE FUNCTION readable_tables() RETURNS TABLE (source regclass, condition text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT ('dify_observe.' || t.name)::regclass,
    '(SELECT s.everything FROM dify_observe.sight s) OR tenant_id = ANY ((SELECT s.tenants FROM dify_observe.sight s)::uuid[])'
  FROM unnest('{apps,conversations,workflow_runs,node_executions,messages,tool_executions,moderation_checks,suggested_questions,dataset_retrievals,generated_names,prompt_generations,feedbacks,annotations,annotation_hits,rollup_dimensions,rollup_conversations,rollup_feedback}'::text[]) t (name)
  UNION ALL
  -- What has no tenant is seen with what it belongs to.
  SELECT 'dify_observe.annotation_versions', 'annotation_id IN (SELECT a.id FROM dify_observe.annotations a)'
  UNION ALL
  SELECT 'dify_observe.trace_roots', 'EXISTS (SELECT FROM dify_observe.workflow_runs r WHERE r.id = run_id AND r.created_at = trace_roots.created_at)'
  UNION ALL
  SELECT ('dify_observe.' || t.name)::regclass, 'dimension IN (SELECT d.id FROM dify_observe.rollup_dimensions d)'
  FROM unnest('{rollup_usage,rollup_latency,rollup_members,rollup_packs}'::text[]) t (name);
END;
COMMENT ON FUNCTION readable_tables() IS 'The tables that readers may read, and which of their rows.';

-- Everyone else sees and writes what his grants allow, readers see their tenants' rows only.
CREATE FUNCTION guard_readers() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  guarded record;
BEGIN
  -- A dump that is restored before the roles are made has granted them nothing.
  IF to_regrole('dify_observe_reader') IS NULL OR to_regrole('dify_observe_reader_without_content') IS NULL THEN
    RETURN NULL;
  END IF;
  FOR guarded IN SELECT t.source, t.condition FROM dify_observe.readable_tables() t LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = guarded.source AND p.polname = 'dify_observe_everyone') THEN
      EXECUTE format('CREATE POLICY dify_observe_everyone ON %s USING (true) WITH CHECK (true)', guarded.source);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = guarded.source AND p.polname = 'dify_observe_tenants') THEN
      EXECUTE format('CREATE POLICY dify_observe_tenants ON %s AS RESTRICTIVE TO dify_observe_reader, dify_observe_reader_without_content USING (%s)',
                     guarded.source, guarded.condition);
    END IF;
    IF NOT (SELECT c.relrowsecurity FROM pg_catalog.pg_class c WHERE c.oid = guarded.source) THEN
      EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded.source);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER guard_readers AFTER INSERT OR UPDATE ON access_setup FOR EACH STATEMENT EXECUTE FUNCTION guard_readers();
