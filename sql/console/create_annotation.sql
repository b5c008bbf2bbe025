CREATE FUNCTION create_annotation(app_id uuid DEFAULT NULL, question text DEFAULT NULL, content text DEFAULT NULL, author text DEFAULT NULL,
  note text DEFAULT NULL, tenant_id uuid DEFAULT NULL, id uuid DEFAULT NULL, created_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  owner uuid := (SELECT a.tenant_id FROM dify_observe.apps a WHERE a.app_id = app_id);
BEGIN
  IF app_id IS NULL OR coalesce(question, '') = '' OR coalesce(content, '') = '' THEN
    PERFORM dify_observe.check_given(jsonb_build_object('app_id', app_id, 'question', nullif(question, ''), 'content', nullif(content, '')));
  END IF;
  -- Whose it is, is not told to others.
  IF owner <> tenant_id OR owner IS NOT NULL AND NOT dify_observe.in_sight(owner) THEN
    PERFORM dify_observe.refuse_absent('app', app_id);
  END IF;
  tenant_id := coalesce(tenant_id, owner);
  IF tenant_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id));
  END IF;
  IF NOT dify_observe.in_sight(tenant_id) THEN
    RAISE EXCEPTION 'this role may not write for the tenant %', tenant_id USING ERRCODE = 'insufficient_privilege', HINT = 'grant_tenant() lets it.';
  END IF;
  PERFORM dify_observe.check_ids(jsonb_build_object('app_id', app_id, 'id', id));
  IF NOT (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00') THEN
    PERFORM dify_observe.refuse_times(created_at, NULL, NULL);
  END IF;
  id := coalesce(id, dify_observe.uuid_v7(now()));
  INSERT INTO dify_observe.annotations (id, tenant_id, app_id, question, content, note, author, created_at, updated_at)
  VALUES (id, tenant_id, app_id, question, content, note, author, coalesce(created_at, now()), coalesce(created_at, now()))
  ON CONFLICT ON CONSTRAINT annotations_pkey DO NOTHING;
  RETURN id;
END $$;
COMMENT ON FUNCTION create_annotation IS
  'Stores a question with its answer, free of any message, and returns the annotation''s id. Required: app_id, question, content; tenant_id where the app is not known by log_app_created. An id that is known changes nothing. Errors: 22004 missing, 22023 wrong value, 02000 another tenant''s app, 42501 another tenant.';
