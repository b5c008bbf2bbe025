CREATE VIEW worker_status AS
SELECT wanted.worker, a.pid, a.backend_start AS started_at, CASE WHEN a.pid IS NULL THEN 'not running' ELSE 'running' END AS state,
  coalesce(a.query, wanted.hint) AS message
FROM (VALUES
    ('launcher', NULL, 'Is dify_observe in shared_preload_libraries? Without it call export_now(), fold_metrics() and run_maintenance() yourself.'),
    ('worker', current_database(), 'It starts within seconds where the launcher runs. If it does not: is max_worker_processes exhausted? See the server log.')
  ) AS wanted (worker, database, hint)
  LEFT JOIN pg_catalog.pg_stat_activity a
    ON a.backend_type = 'dify_observe ' || wanted.worker AND a.datname IS NOT DISTINCT FROM wanted.database;
COMMENT ON VIEW worker_status IS
  'The launcher and this database''s worker: pid, since when, whether it is running, and what it says about itself (which needs pg_read_all_stats) or what to do.';
