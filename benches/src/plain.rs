//! The baseline: our tables again, without anything of ours that runs.

use dify_observe_tests::Cluster;

/// The same tables, partitions, constraints and indexes.
pub const PLAIN: &str = "plain";

const ALIKE: &str = "
CREATE SCHEMA plain;
DO $$
DECLARE
  root record;
  leaf record;
BEGIN
  FOR root IN SELECT c.oid, c.relname, 'PARTITION BY ' || pg_get_partkeydef(c.oid) AS key FROM pg_class c
              WHERE c.relnamespace = 'dify_observe'::regnamespace
                AND (c.relkind = 'p' AND c.relname <> 'events' OR c.relname = 'feedbacks') LOOP
    EXECUTE format('CREATE TABLE plain.%1$I (LIKE dify_observe.%1$I INCLUDING ALL) %2$s', root.relname, root.key);
    FOR leaf IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = root.oid LOOP
      EXECUTE format('CREATE TABLE plain.%1$I (LIKE dify_observe.%1$I INCLUDING ALL)', leaf.relname);
      EXECUTE format('ALTER TABLE plain.%I ATTACH PARTITION plain.%I %s', root.relname, leaf.relname, leaf.bound);
    END LOOP;
  END LOOP;
END $$";

pub fn create(cluster: &Cluster, database: &str) {
    cluster.sql(database, ALIKE);
}
