-- Which tenants a role sees. Only members of the readers' roles are limited: who was granted a table or a view by hand sees what it was granted, as
-- before setup_roles(). With builtin functions alone, so that a reader of a view needs no EXECUTE.

CREATE VIEW sights AS
SELECT r.rolname AS role,
  r.rolsuper OR NOT member.reader OR member.admin OR granted.everything AS everything, coalesce(granted.tenants, '{}') AS tenants
FROM pg_catalog.pg_roles r,
  LATERAL (SELECT coalesce(bool_or(g.rolname = 'dify_observe_admin'), false) AS admin, coalesce(bool_or(g.rolname <> 'dify_observe_admin'), false) AS reader
           FROM pg_catalog.pg_roles g
           WHERE g.rolname IN ('dify_observe_admin', 'dify_observe_reader', 'dify_observe_reader_without_content') AND pg_has_role(r.oid, g.oid, 'USAGE')) member,
  LATERAL (SELECT coalesce(bool_or(t.tenant_id IS NULL), false) AS everything, array_remove(array_agg(t.tenant_id), NULL) AS tenants
           FROM tenant_grants t JOIN pg_catalog.pg_roles g ON g.rolname = t.role WHERE pg_has_role(r.oid, g.oid, 'USAGE')) granted;
COMMENT ON VIEW sights IS 'What each role sees: everything, or the rows of some tenants.';

CREATE VIEW sight AS SELECT s.everything, s.tenants FROM sights s WHERE s.role = current_user;
COMMENT ON VIEW sight IS 'What the present role sees. One row.';

-- For functions that run with their owner's rights: the role that the session acts as, whatever function it is in.
CREATE FUNCTION in_sight(tenant_id uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  RETURN (SELECT s.everything OR tenant_id = ANY (s.tenants) FROM dify_observe.sights s
          WHERE s.role = coalesce(nullif(current_setting('role'), 'none'), session_user));
END $$;
COMMENT ON FUNCTION in_sight(uuid) IS 'Whether the role that the session acts as sees the rows of the tenant.';
