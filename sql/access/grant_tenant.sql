CREATE FUNCTION grant_tenant(role name DEFAULT NULL, tenant_id uuid DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('role', role));
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
    PERFORM dify_observe.refuse_value('role', role, 'the name of a role that exists');
  END IF;
  INSERT INTO dify_observe.tenant_grants (role, tenant_id) VALUES (role, tenant_id) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION grant_tenant(name, uuid) IS
  'Lets a reader see the rows of a tenant, or of all (null). Granted to dify_observe_reader, every reader sees it. Errors: 22004, 22023.';

CREATE FUNCTION revoke_tenant(role name DEFAULT NULL, tenant_id uuid DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  PERFORM dify_observe.check_given(jsonb_build_object('role', role));
  DELETE FROM dify_observe.tenant_grants g WHERE g.role = role AND g.tenant_id IS NOT DISTINCT FROM tenant_id;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION revoke_tenant(name, uuid) IS 'Takes a grant of grant_tenant() back; false where there was none. null: the grant of all tenants.';
