CREATE TABLE tenant_grants (
  role name NOT NULL,
  tenant_id uuid,
  UNIQUE NULLS NOT DISTINCT (role, tenant_id)
);
COMMENT ON TABLE tenant_grants IS
  'Which tenants'' rows the readers of setup_roles() see: those granted to a role, or to a role that it is a member of; tenant_id null: all. By name, so that a dump can be restored before the roles are made: a role of the same name sees the same.';
