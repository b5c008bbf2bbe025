-- The launcher learns of this database when CREATE EXTENSION commits.
SELECT wake_on_commit();
