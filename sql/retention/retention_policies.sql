CREATE TABLE retention_policies (
  scope text NOT NULL CHECK (scope IN ('default', 'tenant', 'app', 'workflow')),
  scope_id uuid,
  keep interval CHECK (keep >= '0' AND keep <= '1000 years'),
  until timestamptz,
  keep_afterwards interval CHECK (keep_afterwards >= '0' AND keep_afterwards <= '1000 years'),
  changed_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (scope, scope_id),
  CHECK ((scope = 'default') = (scope_id IS NULL))
);
COMMENT ON TABLE retention_policies IS
  'How long logs are kept, by their own age: the narrowest scope that has a policy decides (workflow, app, tenant, default). Without a default policy dify_observe.workflow_log_retention_days is the default. Set by set_retention() and apply_plan().';
COMMENT ON COLUMN retention_policies.keep IS 'Null keeps for ever.';
COMMENT ON COLUMN retention_policies.until IS 'From then on keep_afterwards counts in the place of keep: the end of a subscription and its days of grace. Null: never.';

CREATE TABLE retention_holds (
  scope text NOT NULL CHECK (scope IN ('default', 'tenant', 'app', 'workflow')),
  scope_id uuid,
  until timestamptz,
  held_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (scope, scope_id),
  CHECK ((scope = 'default') = (scope_id IS NULL))
);
COMMENT ON TABLE retention_holds IS
  'What must not be removed whatever the policies say, nor erased, as for litigation; scope default holds everything. Set by hold(), ended by release_hold() or by time.';
COMMENT ON COLUMN retention_holds.until IS 'Null: until released.';
