CREATE FUNCTION log_app_created(tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, mode text DEFAULT NULL,
  name text DEFAULT NULL, created_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id, 'app_id', app_id));
  END IF;
  PERFORM dify_observe.check_app(app_id, 'created_at', created_at);
  IF dify_observe.is_told(app_id, 11, created_at) THEN
    RETURN app_id;
  END IF;
  INSERT INTO dify_observe.apps AS a (app_id, tenant_id, mode, name, created_at)
  VALUES (app_id, tenant_id, mode, name, coalesce(created_at, now()))
  ON CONFLICT ON CONSTRAINT apps_pkey DO UPDATE
  SET created_at = excluded.created_at, deleted_at = NULL,
      mode = coalesce(excluded.mode, a.mode), name = coalesce(excluded.name, a.name)
  WHERE a.created_at IS NULL OR a.deleted_at IS NOT NULL;
  RETURN app_id;
END $$;
COMMENT ON FUNCTION log_app_created IS
  'Logs that an app was created; emits dify.app.created, once: a repeated call changes nothing. Returns app_id. Required: tenant_id, app_id.';

CREATE FUNCTION log_app_updated(tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, mode text DEFAULT NULL,
  name text DEFAULT NULL, updated_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id, 'app_id', app_id));
  END IF;
  PERFORM dify_observe.check_app(app_id, 'updated_at', updated_at);
  IF dify_observe.is_told(app_id, 12, updated_at) THEN
    RETURN app_id;
  END IF;
  -- The clock, not the transaction's start: two changes in one transaction are two.
  INSERT INTO dify_observe.apps AS a (app_id, tenant_id, mode, name, created_at, updated_at)
  VALUES (app_id, tenant_id, mode, name, NULL, coalesce(updated_at, clock_timestamp()))
  ON CONFLICT ON CONSTRAINT apps_pkey DO UPDATE
  SET updated_at = excluded.updated_at, mode = coalesce(excluded.mode, a.mode), name = coalesce(excluded.name, a.name);
  RETURN app_id;
END $$;
COMMENT ON FUNCTION log_app_updated IS
  'Logs that an app was changed; emits dify.app.updated, once per updated_at. An app not known yet is added. Returns app_id. Required: tenant_id, app_id.';

CREATE FUNCTION log_app_deleted(tenant_id uuid DEFAULT NULL, app_id uuid DEFAULT NULL, deleted_at timestamptz DEFAULT NULL) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF tenant_id IS NULL OR app_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id, 'app_id', app_id));
  END IF;
  PERFORM dify_observe.check_app(app_id, 'deleted_at', deleted_at);
  IF dify_observe.is_told(app_id, 13, deleted_at) THEN
    RETURN app_id;
  END IF;
  INSERT INTO dify_observe.apps AS a (app_id, tenant_id, created_at, deleted_at)
  VALUES (app_id, tenant_id, NULL, coalesce(deleted_at, now()))
  ON CONFLICT ON CONSTRAINT apps_pkey DO UPDATE SET deleted_at = excluded.deleted_at
  WHERE a.deleted_at IS NULL;
  RETURN app_id;
END $$;
COMMENT ON FUNCTION log_app_deleted IS
  'Logs that an app was deleted; emits dify.app.deleted, once. The row stays, with what was logged. Returns app_id. Required: tenant_id, app_id.';

CREATE FUNCTION check_app(app_id uuid, argument text, at timestamptz) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF app_id = '00000000-0000-0000-0000-000000000000' THEN
    PERFORM dify_observe.check_ids(jsonb_build_object('app_id', app_id));
  END IF;
  IF at < '1970-01-01 00:00+00' OR at >= '2554-01-01 00:00+00' THEN
    PERFORM dify_observe.refuse_value(argument, at::text, 'a time from 1970 to 2553');
  END IF;
END $$;
