CREATE TYPE listed_run AS (
  id uuid, created_at timestamptz, finished_at timestamptz, status text, elapsed_time float8, total_tokens bigint, total_steps int, total_price numeric,
  currency text, workflow_id uuid, workflow_version text, triggered_from text, invoke_from text, from_source text, user_id text, user_session_id text,
  conversation_id uuid, message_id uuid, parent_workflow_run_id uuid, error text, input_summary text, output_summary text, cursor text, total bigint
);
COMMENT ON TYPE listed_run IS 'A row of run_list. error and the summaries are the first 200 characters; elapsed_time in seconds; cursor begins the next page; total only where asked for.';

CREATE FUNCTION run_list(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
  status text DEFAULT NULL, triggered_from text DEFAULT NULL, invoke_from text DEFAULT NULL, from_source text DEFAULT NULL,
  user_id text DEFAULT NULL, user_session_id text DEFAULT NULL, workflow_id uuid DEFAULT NULL, workflow_version text DEFAULT NULL,
  conversation_id uuid DEFAULT NULL, model_name text DEFAULT NULL, keyword text DEFAULT NULL, error text DEFAULT NULL,
  min_elapsed_time float8 DEFAULT NULL, min_total_tokens bigint DEFAULT NULL, min_total_price numeric DEFAULT NULL,
  sort text DEFAULT '-created_at', after text DEFAULT NULL, page_size int DEFAULT 20, with_total boolean DEFAULT false,
  include_debug boolean DEFAULT false)
  RETURNS SETOF listed_run
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  source text := 'dify_observe.workflow_runs';
  in_text text := quote_literal(dify_observe.containing(keyword));
  in_json text := quote_literal(dify_observe.containing_json(keyword));
  filter text;
  ids uuid[];
  times timestamptz[];
  cursors text[];
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  filter := concat_ws(' AND ',
    'r.app_id = ' || quote_literal(app_id),
    'r.status = ' || quote_literal(status),
    'r.triggered_from = ' || quote_literal(triggered_from),
    'r.invoke_from = ' || quote_literal(invoke_from),
    'r.from_source = ' || quote_literal(from_source),
    'r.user_id = ' || quote_literal(user_id),
    'r.user_session_id = ' || quote_literal(user_session_id),
    'r.workflow_id = ' || quote_literal(workflow_id),
    'r.workflow_version = ' || quote_literal(workflow_version),
    'r.conversation_id = ' || quote_literal(conversation_id),
    'r.error ILIKE ' || quote_literal(dify_observe.containing(error)),
    'r.elapsed_time >= ' || quote_literal(min_elapsed_time),
    'r.total_tokens >= ' || quote_literal(min_total_tokens),
    'r.total_price >= ' || quote_literal(min_total_price),
    'EXISTS (SELECT FROM dify_observe.node_executions n WHERE n.workflow_run_id = r.id AND n.created_at >= r.created_at - interval ''1 hour'' AND n.model_name = '
      || quote_literal(model_name) || ')',
    '(r.query ILIKE ' || in_text || ' OR r.inputs::text ILIKE ' || in_json || ' OR r.outputs::text ILIKE ' || in_json
      || ' OR r.user_session_id ILIKE ' || in_text || ' OR r.id::text = lower(' || quote_literal(keyword) || '))',
    CASE WHEN include_debug OR dify_observe.is_debug(invoke_from, triggered_from) THEN NULL
         ELSE 'NOT dify_observe.is_debug(r.invoke_from, r.triggered_from)' END);
  SELECT array_agg(p.id), array_agg(p.created_at), array_agg(p.cursor) INTO ids, times, cursors
  FROM dify_observe.page_of(source, filter, start, until, sort, dify_observe.list_sorts('workflow_runs'), after, page_size) p;
  RETURN QUERY EXECUTE format(
    'SELECT r.id, r.created_at, r.finished_at, r.status, r.elapsed_time, r.total_tokens, r.total_steps, r.total_price, r.currency, r.workflow_id,
       r.workflow_version, r.triggered_from, r.invoke_from, r.from_source, r.user_id, r.user_session_id, r.conversation_id, r.message_id,
       r.parent_workflow_run_id, left(r.error, 200), %s, %s, p.cursor, $4
     FROM unnest($1, $2, $3) WITH ORDINALITY p (id, created_at, cursor, place)
       JOIN dify_observe.workflow_runs r ON r.id = p.id AND r.created_at = p.created_at AND r.created_at BETWEEN %L AND %L
     ORDER BY p.place',
    dify_observe.content_column('workflow_runs', 'inputs', 'coalesce(left(r.query, 200), dify_observe.summary(r.inputs))'),
    dify_observe.content_column('workflow_runs', 'outputs', 'dify_observe.summary(r.outputs)'),
    (SELECT min(t) FROM unnest(times) t), (SELECT max(t) FROM unnest(times) t))
  USING ids, times, cursors, CASE WHEN with_total THEN dify_observe.count_of(source, filter, start, until) END;
END $$;
COMMENT ON FUNCTION run_list IS
  'A page of an app''s runs: latest first, 20 at a time, without debugging. start is included, until is not. keyword: anywhere in query, inputs, outputs and session, or the id; error: anywhere in it. sort: created_at, finished_at, elapsed_time, total_tokens, total_steps, total_price, a minus in front for the largest first. The next page: the cursor of the last row as after. total is counted only with_total. triggered_from => ''debugging'' is the run history of a draft. elapsed_time in seconds; summaries are the first 200 characters. Errors: 22004, 22023.';
