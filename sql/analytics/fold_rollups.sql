-- The fold adds up a part of the events and asks here which combinations the sums belong to: known ones, new ones, or what is left of an app's labels beyond the
-- cap. Thousands may be new, and nothing says so to the planner: hashed, each is the same work. is_priced is false where money would be a mixture of currencies: that came after the cap is in no sum.
CREATE FUNCTION rollup_dimension_ids(kind text[], tenant_id text[], app_id text[], debug text[], compat text[], part_of_run text[], failed text[], status text[],
    invoke_from text[], model_provider text[], model_name text[], node_type text[], workflow_version text[], currency text[])
  RETURNS TABLE (number bigint, dimension integer, is_priced boolean)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT g.number, g.labels, d.id AS known
    FROM (SELECT u.number, ARRAY[u.kind, u.tenant_id, u.app_id, u.debug, u.compat, u.part_of_run, u.failed, u.status, u.invoke_from, u.model_provider, u.model_name,
            u.node_type, u.workflow_version, u.currency] AS labels
          FROM unnest(kind, tenant_id, app_id, debug, compat, part_of_run, failed, status, invoke_from, model_provider, model_name, node_type, workflow_version,
            currency) WITH ORDINALITY AS u (kind, tenant_id, app_id, debug, compat, part_of_run, failed, status, invoke_from, model_provider, model_name, node_type,
            workflow_version, currency, number)) g
      LEFT JOIN LATERAL (SELECT o.id FROM dify_observe.rollup_dimensions o WHERE o.labels = g.labels LIMIT 1) d ON true
  ), apps AS MATERIALIZED (
    -- How many there are: asked once for all that is new of an app, which may be thousands. Not IS NOT DISTINCT FROM, for which there is no index.
    SELECT g.kind, g.app, g.currency,
      CASE g.app
        WHEN '' THEN (SELECT count(*) FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id IS NULL)
        ELSE (SELECT count(*) FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id = g.app::uuid) END AS there,
      CASE g.app
        WHEN '' THEN EXISTS (SELECT FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id IS NULL AND o.currency = g.currency)
        ELSE EXISTS (SELECT FROM dify_observe.rollup_dimensions o WHERE o.kind = g.kind AND o.app_id = g.app::uuid AND o.currency = g.currency) END AS has_currency
    FROM (SELECT DISTINCT n.labels[1] AS kind, n.labels[3] AS app, n.labels[14] AS currency FROM given n WHERE n.known IS NULL) g
  ), ranked AS (
    SELECT g.number, g.labels, g.known, a.has_currency,
      a.there + row_number() OVER (PARTITION BY g.known IS NULL, a.kind, a.app ORDER BY g.number) <= 1000 AS fits
    FROM given g LEFT JOIN apps a ON g.known IS NULL AND a.kind = g.labels[1] AND a.app = g.labels[3] AND a.currency = g.labels[14]
  ), combinations AS MATERIALIZED (
    SELECT r.number, r.labels, r.known, CASE
        WHEN r.known IS NOT NULL OR r.fits THEN r.labels
        ELSE r.labels[1:7] || array_fill('(other)'::text, ARRAY[6])
          || CASE WHEN r.has_currency OR bool_or(r.fits) OVER (PARTITION BY r.known IS NULL, r.labels[1], r.labels[3], r.labels[14])
               THEN r.labels[14] ELSE '(other)' END
        END AS kept
    FROM ranked r
  ), missing AS MATERIALIZED (
    SELECT k.kept, (SELECT o.id FROM dify_observe.rollup_dimensions o WHERE o.labels = k.kept) AS id
    FROM (SELECT DISTINCT c.kept FROM combinations c WHERE c.known IS NULL) k
  ), added AS (
    INSERT INTO dify_observe.rollup_dimensions AS o (labels) SELECT m.kept FROM missing m WHERE m.id IS NULL
    RETURNING o.id, o.labels AS kept
  ), settled AS (
    SELECT m.kept, m.id FROM missing m WHERE m.id IS NOT NULL UNION ALL SELECT a.kept, a.id FROM added a
  )
  SELECT c.number, coalesce(c.known, s.id), c.kept[14] = c.labels[14]
  FROM combinations c LEFT JOIN settled s ON c.known IS NULL AND s.kept = c.kept;
END $$;
COMMENT ON FUNCTION rollup_dimension_ids(text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]) IS
  'The dimensions of these combinations of labels, numbered as they were given: made where they are new and their app has room. For the fold.';
