-- Tokens and money.

-- A row of usage as amounts, each in one currency: what was told in the currency it was told in, what the table prices says of the rest in that table's.
CREATE FUNCTION cost_items(currency text, model_provider text, model_name text, quarter timestamptz, count bigint, input_tokens numeric, output_tokens numeric,
  total_tokens numeric, price numeric, unpriced_input_tokens numeric, unpriced_output_tokens numeric)
  RETURNS TABLE (currency text, count bigint, input_tokens numeric, output_tokens numeric, total_tokens numeric, price numeric, estimated numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT i.currency, i.count, i.input_tokens, i.output_tokens, i.total_tokens, i.price, i.estimated
  FROM (SELECT 1) one
    LEFT JOIN LATERAL price_at(cost_items.model_provider, cost_items.model_name, cost_items.quarter) p
      ON cost_items.unpriced_input_tokens + cost_items.unpriced_output_tokens > 0,
    LATERAL (VALUES
      (coalesce(nullif(cost_items.currency, ''), p.currency), cost_items.count, cost_items.input_tokens, cost_items.output_tokens, cost_items.total_tokens,
       CASE WHEN cost_items.currency = '' THEN 0 ELSE cost_items.price END, 0),
      (NULL, 0, 0, 0, 0, CASE WHEN cost_items.currency = '' THEN cost_items.price ELSE 0 END, 0),
      (p.currency, 0, 0, 0, 0, 0,
       (cost_items.unpriced_input_tokens * p.input_price + cost_items.unpriced_output_tokens * p.output_price) * 0.000001)
    ) AS i (currency, count, input_tokens, output_tokens, total_tokens, price, estimated)
  WHERE i.count > 0 OR i.price > 0 OR i.estimated > 0;
END;
COMMENT ON FUNCTION cost_items IS 'A row of usage as amounts by currency; estimated is what prices fills in.';

CREATE FUNCTION stats_token_costs(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, token_count numeric, total_price numeric, estimated_price numeric, currency text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, coalesce(sum(CASE WHEN compat THEN u.input_tokens + u.output_tokens ELSE i.total_tokens END), 0),
    coalesce(sum(CASE WHEN compat THEN u.price ELSE i.price + i.estimated END), 0), CASE WHEN NOT coalesce(compat, false) THEN coalesce(sum(i.estimated), 0) END,
    CASE WHEN compat THEN 'USD' ELSE i.currency END
  FROM stat_usage('message', app_id, tenant_id, start, until, time_zone, stats_token_costs.bucket, include_debug, compat) u
    LEFT JOIN LATERAL cost_items(u.currency, u.model_provider, u.model_name, u.quarter, u.count, u.input_tokens, u.output_tokens, u.total_tokens, u.price,
      u.unpriced_input_tokens, u.unpriced_output_tokens) i ON compat IS NOT TRUE AND u.count IS NOT NULL
  GROUP BY u.bucket, u.starts_at, 6 HAVING fill OR count(u.count) > 0 ORDER BY u.starts_at, 6;
END;
COMMENT ON FUNCTION stats_token_costs IS 'Tokens and price of messages per bucket and currency (null: no price is known). total_price contains estimated_price, which the table prices fills in. In the compat form one row: tokens as input and output were told, prices of all currencies added up as if they were USD, nothing filled in.';

CREATE FUNCTION stats_workflow_token_costs(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', include_debug boolean DEFAULT false, compat boolean DEFAULT false, fill boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, token_count numeric, total_price numeric, estimated_price numeric, currency text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, coalesce(sum(CASE WHEN compat THEN u.total_tokens ELSE i.total_tokens END), 0),
    CASE WHEN NOT coalesce(compat, false) THEN coalesce(sum(i.price + i.estimated), 0) END, CASE WHEN NOT coalesce(compat, false) THEN coalesce(sum(i.estimated), 0) END,
    i.currency
  FROM stat_usage('run', app_id, tenant_id, start, until, time_zone, stats_workflow_token_costs.bucket, include_debug, compat) u
    LEFT JOIN LATERAL cost_items(u.currency, u.model_provider, u.model_name, u.quarter, u.count, u.input_tokens, u.output_tokens, u.total_tokens, u.price,
      u.unpriced_input_tokens, u.unpriced_output_tokens) i ON compat IS NOT TRUE AND u.count IS NOT NULL
  GROUP BY u.bucket, u.starts_at, 6 HAVING fill OR count(u.count) > 0 ORDER BY u.starts_at, 6;
END;
COMMENT ON FUNCTION stats_workflow_token_costs IS 'Tokens and price of workflow runs per bucket and currency (null: no price is known). In the compat form one row without a price. Not to be added to stats_token_costs: a chat turn tells the tokens of its run again.';

CREATE FUNCTION checked_key(by text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF by IS NULL OR by NOT IN ('app', 'user', 'model', 'provider', 'version', 'node_type', 'status', 'invoke_from') THEN
    PERFORM dify_observe.refuse_value('by', by, 'app, user, model, provider, version, node_type, status, invoke_from');
  END IF;
  RETURN by;
END $$;
COMMENT ON FUNCTION checked_key(text) IS 'What a breakdown can be by. 22023 for anything else.';

CREATE FUNCTION stats_usage_breakdown(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, time_zone text DEFAULT 'UTC',
  bucket text DEFAULT 'day', by text DEFAULT 'model', include_debug boolean DEFAULT false, tenant_id uuid DEFAULT NULL)
  RETURNS TABLE (bucket timestamp, starts_at timestamptz, kind text, part_of_run boolean, key text, currency text, count bigint, failed bigint,
    input_tokens numeric, output_tokens numeric, total_tokens numeric, total_price numeric, estimated_price numeric)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT u.bucket, u.starts_at, u.kind, u.part_of_run, u.key, u.currency, u.count, u.failed, u.input_tokens, u.output_tokens, u.total_tokens, u.total_price, u.estimated_price
  FROM (
    SELECT s.bucket, s.starts_at, s.kind, s.part_of_run, s.key, i.currency, sum(i.count)::bigint AS count, coalesce(sum(i.count) FILTER (WHERE s.failed), 0)::bigint AS failed,
      sum(i.input_tokens) AS input_tokens, sum(i.output_tokens) AS output_tokens, sum(i.total_tokens) AS total_tokens, sum(i.price + i.estimated) AS total_price,
      sum(i.estimated) AS estimated_price
    FROM (
      SELECT s.*, CASE stats_usage_breakdown.by WHEN 'app' THEN s.app::text WHEN 'model' THEN s.model_name WHEN 'provider' THEN s.model_provider
          WHEN 'version' THEN s.workflow_version WHEN 'node_type' THEN s.node_type WHEN 'status' THEN s.status ELSE s.invoke_from END AS key
      FROM stat_usage(CASE checked_key(stats_usage_breakdown.by) WHEN 'version' THEN 'run' WHEN 'node_type' THEN 'node' END, stats_usage_breakdown.app_id, stats_usage_breakdown.tenant_id,
        stats_usage_breakdown.start, stats_usage_breakdown.until, stats_usage_breakdown.time_zone, stats_usage_breakdown.bucket, stats_usage_breakdown.include_debug, false) s
      WHERE stats_usage_breakdown.by <> 'user' AND s.count IS NOT NULL AND (stats_usage_breakdown.by NOT IN ('model', 'provider') OR s.kind <> 'run')
        AND (stats_usage_breakdown.by <> 'invoke_from' OR s.kind IN ('run', 'message'))
    ) s, LATERAL cost_items(s.currency, s.model_provider, s.model_name, s.quarter, s.count, s.input_tokens, s.output_tokens, s.total_tokens, s.price,
        s.unpriced_input_tokens, s.unpriced_output_tokens) i
    GROUP BY s.bucket, s.starts_at, s.kind, s.part_of_run, s.key, i.currency
    UNION ALL
    SELECT s.bucket, s.starts_at, s.kind, s.part_of_run, s.key, s.currency, s.count, s.failed, s.input_tokens, s.output_tokens, s.total_tokens, s.total_price, s.estimated_price
    FROM usage_by_user(stats_usage_breakdown.app_id, stats_usage_breakdown.tenant_id, stats_usage_breakdown.start, stats_usage_breakdown.until,
      stats_usage_breakdown.time_zone, stats_usage_breakdown.bucket, stats_usage_breakdown.include_debug) s
    WHERE stats_usage_breakdown.by = 'user') u
  ORDER BY u.starts_at, 12 DESC, 11 DESC, u.kind, u.key;
END;
COMMENT ON FUNCTION stats_usage_breakdown IS
  'Counts, failures, tokens and price by app, user, model, provider, version, node_type, status or invoke_from, the dearest first; an empty key is unknown. One row per kind, part_of_run and currency: never add up kinds, as a run tells again what its nodes told, and a chat turn (part_of_run) what its run told. Users are member_hash() as hex; of nodes only those that told tokens or a price count for a user. 22023 for another "by".';
