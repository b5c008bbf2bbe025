CREATE PROCEDURE export_now(destination text DEFAULT NULL)
  LANGUAGE c AS 'MODULE_PATHNAME', 'export_now_wrapper';
COMMENT ON PROCEDURE export_now(text) IS
  'Sends what waits, and returns when everything committed before the call was sent or an attempt failed (the failure is a WARNING; see export_status). Wakes the worker where one is up, does the work itself otherwise. Not inside a transaction block. destination: default, or null for all.';

CREATE PROCEDURE fold_metrics()
  LANGUAGE c AS 'MODULE_PATHNAME', 'fold_metrics_wrapper';
COMMENT ON PROCEDURE fold_metrics() IS 'Counts everything committed before the call into the metrics. Wakes the worker where one is up, does the work itself otherwise. Not inside a transaction block.';

CREATE PROCEDURE run_maintenance()
  LANGUAGE c AS 'MODULE_PATHNAME', 'run_maintenance_wrapper';
COMMENT ON PROCEDURE run_maintenance() IS 'Makes the partitions of the next days, packs what rollups keep of members, and indexes days that are over where create_sort_index() was called; each part in its own transaction. Not inside a transaction block.';
