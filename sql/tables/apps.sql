CREATE TABLE apps (
  app_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  mode text,
  name text,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz,
  deleted_at timestamptz,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT apps_times CHECK (
    (created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00') IS NOT FALSE
    AND (updated_at >= '1970-01-01 00:00+00' AND updated_at < '2554-01-01 00:00+00') IS NOT FALSE
    AND (deleted_at >= '1970-01-01 00:00+00' AND deleted_at < '2554-01-01 00:00+00') IS NOT FALSE)
);
COMMENT ON TABLE apps IS 'LLM applications. Created, changed and deleted ones emit dify.app.created, .updated and .deleted; rows stay after deletion.';
COMMENT ON COLUMN apps.created_at IS 'Null when only a change or the deletion was told.';
COMMENT ON COLUMN apps.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
