CREATE TABLE dataset_retrievals (
  id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  message_id uuid,
  workflow_run_id uuid,
  node_execution_id uuid,
  parent_trace_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  duration float8,
  document_count int,
  status text NOT NULL,
  dataset_ids text[],
  dataset_names text[],
  query text,
  user_id text,
  error text,
  documents jsonb,
  metadata jsonb,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT dataset_retrievals_status CHECK (status IN ('succeeded', 'failed', 'error')),
  CONSTRAINT dataset_retrievals_amounts CHECK (
    (duration >= 0 AND duration < 2e10) IS NOT FALSE
    AND (document_count >= 0) IS NOT FALSE),
  CONSTRAINT dataset_retrievals_datasets CHECK (
    (greatest(array_ndims(dataset_ids), array_ndims(dataset_names)) = 1) IS NOT FALSE
    AND array_position(dataset_ids, NULL) IS NULL AND array_position(dataset_names, NULL) IS NULL
    AND (greatest(cardinality(dataset_ids), cardinality(dataset_names)) <= 100) IS NOT FALSE),
  CONSTRAINT dataset_retrievals_times CHECK (
    created_at >= '1970-01-01 00:00+00' AND created_at < '2554-01-01 00:00+00'
    AND (finished_at >= created_at AND finished_at < '2554-01-01 00:00+00') IS NOT FALSE),
  -- Without IN: its stored form reads differently after a dump and restore, which then cannot attach the partitions.
  CONSTRAINT dataset_retrievals_ids CHECK (
    id <> '00000000-0000-0000-0000-000000000000'
    AND message_id <> '00000000-0000-0000-0000-000000000000'
    AND workflow_run_id <> '00000000-0000-0000-0000-000000000000'
    AND node_execution_id <> '00000000-0000-0000-0000-000000000000'
    AND parent_trace_id <> '00000000-0000-0000-0000-000000000000')
) PARTITION BY RANGE (created_at);

CREATE TABLE dataset_retrievals_default PARTITION OF dataset_retrievals DEFAULT;
ALTER TABLE dataset_retrievals_default ADD PRIMARY KEY (id);
CREATE INDEX ON dataset_retrievals_default (app_id, created_at);

COMMENT ON TABLE dataset_retrievals IS
  'Knowledge base retrievals, partitioned by created_at (UTC months). Each emits dify.dataset.retrieval, once. Columns are the arguments of log_dataset_retrieval.';
COMMENT ON COLUMN dataset_retrievals.duration IS 'Seconds.';
COMMENT ON COLUMN dataset_retrievals.xid IS 'The inserting transaction: a row that comes with another one (restore, copy) emits nothing.';
