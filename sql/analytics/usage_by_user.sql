-- Prices hold for a model and a time, so members are merged as far as one price holds, and each is priced once, not once a quarter hour. No part of the
-- query around it: what is expected of so many joins would have all of it compiled, and sorted on disk. What a pack says of each currency is told of the pack, not of
-- each of its members.
CREATE FUNCTION usage_by_user(app_id uuid, tenant_id uuid, start timestamptz, until timestamptz, time_zone text, size text, include_debug boolean)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, part_of_run boolean, key text, currency text, count bigint, failed bigint,
    input_tokens numeric, output_tokens numeric, total_tokens numeric, total_price numeric, estimated_price numeric)
  LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET jit = off SET work_mem = '32MB' AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT u.bucket, u.starts_at, u.kind, u.part_of_run, coalesce(encode(u.member, 'hex'), ''), u.currency, u.count::bigint, coalesce(u.failed, 0)::bigint, u.input_tokens,
      u.output_tokens, u.total_tokens, u.price + u.estimated, u.estimated
    FROM (
      SELECT g.bucket, g.starts_at, g.kind, g.part_of_run, CASE WHEN NOT g.nobody THEN m.member END AS member, i.currency,
        coalesce(sum(CASE WHEN i.told THEN m.count END), 0) AS count, sum(CASE WHEN i.told AND g.failed THEN m.count END) AS failed,
        coalesce(sum(CASE WHEN i.told THEN m.input_tokens END), 0) AS input_tokens, coalesce(sum(CASE WHEN i.told THEN m.output_tokens END), 0) AS output_tokens,
        coalesce(sum(CASE WHEN i.told THEN m.total_tokens END), 0) AS total_tokens, coalesce(sum(CASE WHEN i.priced THEN m.price END), 0) AS price,
        coalesce(sum(CASE WHEN i.estimated THEN (m.unpriced_input_tokens * g.input_price + m.unpriced_output_tokens * g.output_price) * 0.000001 END), 0) AS estimated
      FROM (
        SELECT s.bucket, s.starts_at, s.kind, s.part_of_run, s.failed, s.what = 'nobody' AS nobody, nullif(s.currency, '') AS currency, p.currency AS price_currency,
          p.input_price, p.output_price, dify_observe.merge_members(s.members) AS members
        FROM dify_observe.stat_members(NULL, '{end_user,account,user,nobody}', usage_by_user.app_id, usage_by_user.tenant_id, usage_by_user.start, usage_by_user.until,
            usage_by_user.time_zone, usage_by_user.size, usage_by_user.include_debug, false) s
          LEFT JOIN LATERAL dify_observe.price_at(s.model_provider, s.model_name, s.quarter) p ON s.unpriced
        WHERE s.what IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      ) g, LATERAL (VALUES
        (true, coalesce(g.currency, g.price_currency), true, g.currency IS NOT NULL, false),
        (g.currency IS NULL, NULL, false, true, false),
        (g.price_currency IS NOT NULL, g.price_currency, false, false, true)
      ) AS i (is_there, currency, told, priced, estimated), LATERAL dify_observe.unpacked_members(g.members) m
      WHERE i.is_there AND (i.told OR i.priced AND m.price > 0 OR i.estimated AND m.unpriced_input_tokens + m.unpriced_output_tokens > 0)
      GROUP BY 1, 2, 3, 4, 5, 6
    ) u;
END $$;
COMMENT ON FUNCTION usage_by_user IS 'stats_usage_breakdown() by user. What each used is in amounts by currency, as in cost_items(); key is empty where nobody was told.';
