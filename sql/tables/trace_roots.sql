CREATE TABLE trace_roots (
  run_id uuid PRIMARY KEY,
  root_id uuid NOT NULL,
  created_at timestamptz NOT NULL
);
-- Has rows of nested runs only: what is inside a run is found by it.
CREATE INDEX ON trace_roots (root_id);
COMMENT ON TABLE trace_roots IS
  'The outermost run of every nested run, settled when the run is logged. A plain table: what happens inside a run finds its trace with one probe, however many partitions there are.';
