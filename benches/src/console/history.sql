-- {runs} runs over 30 days, each with a message of 2 KB and ten node executions, a tenth of the messages rated; the outputs of a run are what its
-- message answers. Prose of 20,000 made-up words as often as words are (Zipf), a tenth of it of 2,500 ideographs. Written without triggers, with the
-- events that these would have written.
SET synchronous_commit = off;
SELECT dify_observe.ensure_partitions(now() - interval '31 days', now() + interval '2 days');
UPDATE dify_observe.installation SET since = now() - interval '1 year';

CREATE SCHEMA made;
CREATE FUNCTION made.chance(n bigint, of bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'SELECT (hashint8extended(n, of) & 4294967295) / 4294967296.0';
CREATE FUNCTION made.rank(n bigint, of bigint, words int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'SELECT floor(exp(made.chance(n, of) * ln(words)))::int';
CREATE UNLOGGED TABLE made.words AS
  SELECT w AS rank, (SELECT string_agg(
      (ARRAY['b', 'c', 'd', 'f', 'g', 'h', 'l', 'm', 'n', 'p', 'r', 's', 't', 'w'])[1 + floor(14 * made.chance(w, k))::int]
      || (ARRAY['a', 'e', 'i', 'o', 'u'])[1 + floor(5 * made.chance(w, k + 10))::int]
      || (ARRAY['', '', 'n', 'r', 's', 't', 'l'])[1 + floor(7 * made.chance(w, k + 20))::int], '' ORDER BY k)
    FROM generate_series(1, CASE WHEN w < 100 THEN 1 WHEN w < 2000 THEN 2 ELSE 3 END) k) AS word,
    chr(19968 + floor(2500 * made.chance(w, 30))::int) || chr(19968 + floor(2500 * made.chance(w, 31))::int) AS ideographs
  FROM generate_series(1, 20000) w;
CREATE UNIQUE INDEX ON made.words (rank) INCLUDE (word, ideographs);
VACUUM ANALYZE made.words;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
CREATE UNLOGGED TABLE made.sentences AS
  SELECT s AS id, CASE WHEN s > 45000
      THEN (SELECT string_agg(w.ideographs, '' ORDER BY k) FROM generate_series(1, 80) k JOIN made.words w ON w.rank = made.rank(s, k, 20000)) || '。'
      ELSE (SELECT string_agg(w.word, ' ' ORDER BY k) FROM generate_series(1, 40) k JOIN made.words w ON w.rank = made.rank(s, k, 20000)) || '. ' END AS text
  FROM generate_series(1, 50000) s;
CREATE UNIQUE INDEX ON made.sentences (id) INCLUDE (text);
VACUUM ANALYZE made.sentences;

CREATE UNLOGGED TABLE made.turns AS
  SELECT n, at, dify_observe.uuid_v7(at) AS message, dify_observe.uuid_v7(at) AS run, c, md5('c' || c)::uuid AS conversation,
    'user-' || floor(20000 * made.chance(c, 40))::int AS person,
    'question number ' || n || CASE WHEN n % ({runs} / 10) = 7 THEN ' 独角兽 unicorn' ELSE '' END AS query,
    CASE WHEN n % 10 = 0
      THEN (SELECT string_agg(s.text, '') FROM generate_series(1, 4) k JOIN made.sentences s ON s.id = 45001 + floor(5000 * made.chance(n, 50 + k))::int)
      ELSE (SELECT string_agg(s.text, '') FROM generate_series(1, 9) k JOIN made.sentences s ON s.id = 1 + floor(45000 * made.chance(n, 50 + k))::int) END AS body
  FROM (SELECT n, now() - ({runs} - n + 1) * interval '30 days' / {runs} AS at, n / 200 * 40 + n % 40 AS c FROM generate_series(1::bigint, {runs}) n) t;

SET session_replication_role = replica;
INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, created_at, finished_at, elapsed_time, total_tokens, total_steps, status, workflow_version,
  triggered_from, invoke_from, from_source, user_id, conversation_id, message_id, total_price, currency, error, query, outputs)
SELECT run, '{tenant}', '{app}', '{app}', at, at + interval '2 s', n * 7919 % 1000 / 100.0, n * 31 % 5000, 10,
  CASE WHEN n % 97 = 0 THEN 'failed' WHEN n % 1000 = 3 THEN 'partial-succeeded' ELSE 'succeeded' END, 'v' || n / ({runs} / 9 + 1),
  CASE WHEN n % 50 = 0 THEN 'debugging' ELSE 'app-run' END, CASE WHEN n % 50 = 0 THEN 'debugger' ELSE 'web-app' END, 'api', person, conversation, message,
  n % 100 / 1000.0, 'USD', CASE WHEN n % 97 = 0 THEN 'HTTP 503 from the order service' END, query, jsonb_build_object('text', body) FROM made.turns;
INSERT INTO dify_observe.messages (id, tenant_id, app_id, conversation_id, workflow_run_id, created_at, finished_at, duration, time_to_first_token, input_tokens, output_tokens,
  total_tokens, status, invoke_from, from_source, mode, user_id, user_session_id, model_provider, model_name, total_price, currency, error, query, answer)
SELECT message, '{tenant}', '{app}', conversation, run, at, at + interval '2 s', n * 7919 % 1000 / 100.0, n % 100 / 100.0, n * 17 % 3000, n * 14 % 2000,
  n * 17 % 3000 + n * 14 % 2000, CASE WHEN n % 97 = 0 THEN 'error' ELSE 'normal' END, CASE WHEN n % 50 = 0 THEN 'debugger' ELSE 'web-app' END, 'api', 'advanced-chat', person,
  'session-' || c, 'openai', CASE WHEN n % 3 = 0 THEN 'gpt-4o' ELSE 'gpt-4o-mini' END, n % 100 / 1000.0, 'USD', CASE WHEN n % 97 = 0 THEN 'HTTP 503' END, query, body
FROM made.turns;
CREATE UNLOGGED TABLE made.nodes (k int, node text, before text, title text, kind text, fails boolean);
INSERT INTO made.nodes VALUES (0, 'start', NULL, 'Start', 'start', false), (1, 'classify', 'start', 'What is asked', 'question-classifier', false),
  (2, 'search', 'classify', 'Documents', 'knowledge-retrieval', false), (3, 'orders', 'classify', 'Orders', 'http-request', true), (4, 'merge', 'search', 'All that is known', 'variable-aggregator', false),
  (5, 'prompt', 'merge', 'Prompt', 'template-transform', false), (6, 'llm', 'prompt', 'Write', 'llm', false), (7, 'check', 'llm', 'Check', 'code', false),
  (8, 'polite', 'check', 'Is it polite', 'if-else', false), (9, 'answer', 'polite', 'Answer', 'answer', false);
INSERT INTO dify_observe.node_executions (id, tenant_id, app_id, workflow_id, workflow_run_id, created_at, finished_at, elapsed_time, total_tokens, index, status, node_id, node_type,
  title, predecessor_node_id, model_provider, model_name, total_price, currency, inputs, outputs)
SELECT dify_observe.uuid_v7(began), '{tenant}', '{app}', '{app}', run, began, began + interval '0.15 s', 0.15, CASE WHEN calls THEN n * 31 % 5000 END, k,
  CASE WHEN n % 97 = 0 AND fails THEN 'failed' ELSE 'succeeded' END, node, kind, title, before, CASE WHEN calls THEN 'openai' END, CASE WHEN calls THEN 'gpt-4o' END,
  CASE WHEN calls THEN 0.01 END, 'USD', jsonb_build_object('query', query), jsonb_build_object('text', md5(n::text))
FROM made.turns, made.nodes, LATERAL (SELECT at + k * interval '0.2 s' AS began, kind IN ('llm', 'question-classifier') AS calls) b;
INSERT INTO dify_observe.generated_names (id, tenant_id, app_id, conversation_id, created_at, status, outputs)
SELECT dify_observe.uuid_v7(min(at)), '{tenant}', '{app}', conversation, min(at), 'succeeded', to_jsonb('About ' || min(query)) FROM made.turns GROUP BY conversation;
INSERT INTO dify_observe.events (recorded_at, source_at, source_id, event, trace_id) SELECT at, at, run, 1, replace(run::text, '-', '') FROM made.turns;
INSERT INTO dify_observe.events (recorded_at, source_at, source_id, event, trace_id) SELECT at, at, message, 4, replace(run::text, '-', '') FROM made.turns;
INSERT INTO dify_observe.events (recorded_at, source_at, source_id, event, trace_id)
SELECT n.created_at, n.created_at, n.id, 2, replace(n.workflow_run_id::text, '-', '') FROM dify_observe.node_executions n;
RESET session_replication_role;
INSERT INTO dify_observe.feedbacks (tenant_id, app_id, message_id, conversation_id, rating, content, user_id, created_at)
SELECT '{tenant}', '{app}', message, conversation, CASE WHEN n % 3 = 0 THEN 'like' ELSE 'dislike' END,
  'comment ' || n || ' ' || (ARRAY['too slow', 'wrong answer', 'great', 'not helpful'])[1 + n / 10 % 4], person, at + interval '1 minute' FROM made.turns WHERE n % 10 = 0;
INSERT INTO dify_observe.annotations (tenant_id, app_id, message_id, conversation_id, question, content, author, created_at)
SELECT '{tenant}', '{app}', message, conversation, query, 'better ' || n, 'me', at FROM made.turns WHERE n % 100 = 0;
DROP TABLE made.turns;
RESET enable_hashjoin; RESET enable_mergejoin; RESET jit;
