CREATE FUNCTION set_retention(scope text DEFAULT NULL, scope_id uuid DEFAULT NULL, keep interval DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  PERFORM dify_observe.check_scope(scope, scope_id);
  IF NOT (keep >= '0' AND keep <= '1000 years') THEN
    PERFORM dify_observe.refuse_value('keep', keep::text, 'an interval from 0 to 1000 years, or null to keep for ever');
  END IF;
  INSERT INTO dify_observe.retention_policies AS p (scope, scope_id, keep) VALUES (scope, scope_id, keep)
  ON CONFLICT ON CONSTRAINT retention_policies_scope_scope_id_key DO UPDATE
  SET keep = excluded.keep, until = NULL, keep_afterwards = NULL, changed_at = now();
END $$;
COMMENT ON FUNCTION set_retention(text, uuid, interval) IS
  'Says how long the logs of a scope are kept: default (scope_id null), tenant, app or workflow; the narrowest that has a policy wins; keep null: for ever. Errors: 22004, 22023, 02000 unknown id. A policy is taken back by DELETE FROM retention_policies.';

CREATE FUNCTION apply_plan(tenant_id uuid DEFAULT NULL, plan text DEFAULT NULL, subscribed_until timestamptz DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF tenant_id IS NULL OR plan IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id, 'plan', plan));
  END IF;
  IF plan NOT IN ('sandbox', 'professional', 'team', 'self-hosted') THEN
    PERFORM dify_observe.refuse_value('plan', plan, 'sandbox, professional, team, self-hosted');
  END IF;
  IF subscribed_until IS NOT NULL AND (plan NOT IN ('professional', 'team') OR NOT isfinite(subscribed_until)) THEN
    PERFORM dify_observe.refuse_value('subscribed_until', subscribed_until::text, 'a time, with the plans professional and team; else null');
  END IF;
  PERFORM dify_observe.check_scope('tenant', tenant_id);
  INSERT INTO dify_observe.retention_policies AS p (scope, scope_id, keep, until, keep_afterwards)
  VALUES ('tenant', tenant_id, CASE plan WHEN 'sandbox' THEN interval '30 days' END, subscribed_until + interval '21 days',
          CASE WHEN subscribed_until IS NOT NULL THEN interval '30 days' END)
  ON CONFLICT ON CONSTRAINT retention_policies_scope_scope_id_key DO UPDATE
  SET keep = excluded.keep, until = excluded.until, keep_afterwards = excluded.keep_afterwards, changed_at = now();
END $$;
COMMENT ON FUNCTION apply_plan(uuid, text, timestamptz) IS
  'Gives a tenant the retention of a plan: sandbox keeps 30 days; professional and team keep for ever while subscribed, and 30 days once subscribed_until is 21 days ago; self-hosted keeps for ever. Errors: 22004, 22023, 02000 unknown tenant.';

CREATE FUNCTION hold(scope text DEFAULT NULL, scope_id uuid DEFAULT NULL, until timestamptz DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  PERFORM dify_observe.check_scope(scope, scope_id);
  IF until <= now() THEN
    PERFORM dify_observe.refuse_value('until', until::text, 'a time to come, or null until it is released');
  END IF;
  INSERT INTO dify_observe.retention_holds AS h (scope, scope_id, until) VALUES (scope, scope_id, until)
  ON CONFLICT ON CONSTRAINT retention_holds_scope_scope_id_key DO UPDATE SET until = excluded.until;
END $$;
COMMENT ON FUNCTION hold(text, uuid, timestamptz) IS
  'Keeps everything of a scope (default, tenant, app, workflow) whatever the policies say, until a time or (null) until release_hold(). Neither retention nor the erase functions touch it. Errors: 22004, 22023, 02000 unknown id.';

CREATE FUNCTION release_hold(scope text DEFAULT NULL, scope_id uuid DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF scope IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('scope', scope));
  END IF;
  DELETE FROM dify_observe.retention_holds h WHERE h.scope = scope AND h.scope_id IS NOT DISTINCT FROM scope_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no hold on % %', scope, coalesce(scope_id::text, 'as a whole')
      USING ERRCODE = '02000', DETAIL = 'It was released, has ended, or never was.', HINT = 'See dify_observe.retention_holds.';
  END IF;
END $$;
COMMENT ON FUNCTION release_hold(text, uuid) IS 'Ends a hold: the policies decide again. Errors: 22004, 02000 no such hold.';
