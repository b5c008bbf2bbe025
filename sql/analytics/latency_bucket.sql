-- Logarithmic: each bucket ends 10 % above the one before it, so its geometric middle is off by at most 4.9 %.
CREATE FUNCTION latency_bucket(microseconds bigint) RETURNS smallint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN microseconds > 1 THEN ceil(ln(microseconds::float8) / ln(1.1::float8)) ELSE 0 END::smallint;
END;
COMMENT ON FUNCTION latency_bucket(bigint) IS 'The bucket of a duration: n holds what is over 1.1 ^ (n - 1) and up to 1.1 ^ n microseconds, 0 what is up to one.';

CREATE FUNCTION latency_seconds(bucket smallint) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN bucket > 0 THEN power(1.1::float8, bucket - 0.5::float8) / 1000000 WHEN bucket <= 0 THEN 0 END;
END;
COMMENT ON FUNCTION latency_seconds(smallint) IS 'What a duration of the bucket is taken for, in seconds: off by at most 4.9 %, or one microsecond.';

CREATE FUNCTION add_latencies(latencies internal, buckets smallint[], counts bigint[]) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'add_latencies_wrapper';
CREATE FUNCTION latency_percentiles(latencies internal) RETURNS smallint[]
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'latency_percentiles_wrapper';
CREATE AGGREGATE latency_percentiles(buckets smallint[], counts bigint[]) (SFUNC = add_latencies, STYPE = internal, SSPACE = 20000, FINALFUNC = latency_percentiles);
COMMENT ON AGGREGATE latency_percentiles(smallint[], bigint[]) IS 'The buckets of the 50th, 90th, 95th and 99th percentile of histograms.';
