CREATE VIEW metrics AS
SELECT s.name, s.unit, s.labels, t.value, t.count, t.sum, t.min, t.max, s.bounds, t.buckets, s.start_time, t.updated_at
FROM series s JOIN state t ON t.series_id = s.id;
COMMENT ON VIEW metrics IS
  'Every metric series as it stands: cumulative since start_time, each event counted exactly once. Counters have value; histograms count, sum, min, max (seconds) and buckets over bounds (upper-inclusive, the last one open). dify.tokens.* count a run and again its nodes and its message: filter by operation_type, or see token_usage.';
