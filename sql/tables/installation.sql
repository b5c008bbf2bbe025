-- Not dumped: a restored or copied database is another one, which must not send the first one's history.
CREATE TABLE installation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  dboid oid NOT NULL,
  since timestamptz NOT NULL,
  instance_id uuid NOT NULL,
  restoring boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE installation IS 'Since when this database is itself: nothing recorded before is sent or counted. instance_id is exported as service.instance.id. restoring: between pre_restore() and post_restore().';
INSERT INTO installation (dboid, since, instance_id)
SELECT oid, clock_timestamp(), gen_random_uuid() FROM pg_catalog.pg_database WHERE datname = current_database();
