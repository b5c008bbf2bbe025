CREATE FUNCTION wake_on_commit() RETURNS boolean
  LANGUAGE c VOLATILE PARALLEL RESTRICTED
  AS 'MODULE_PATHNAME', 'wake_on_commit_wrapper';
COMMENT ON FUNCTION wake_on_commit() IS 'Wakes this database''s worker when the running transaction commits; true. Does nothing without shared_preload_libraries.';
