CREATE TABLE series (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  digest bytea NOT NULL UNIQUE,
  name text NOT NULL,
  unit text NOT NULL,
  labels jsonb NOT NULL,
  bounds float8[],
  start_time timestamptz NOT NULL
);
COMMENT ON TABLE series IS 'Every metric series ever counted: name, unit, labels, histogram bounds in seconds. The digest is over all of them.';

CREATE TABLE state (
  series_id bigint PRIMARY KEY REFERENCES series,
  value numeric,
  count bigint,
  sum numeric,
  min float8,
  max float8,
  buckets bigint[],
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE state IS 'The running totals: value of a counter; count, sum, min, max (seconds) and buckets of a histogram. Changed by the fold alone, in one transaction with its position.';
