-- What a chat application tells dify_observe. Every call stands for itself: copy the ones you need.
-- `\gset` keeps a result as a psql variable; an application keeps the id that each call returns.

\set ON_ERROR_STOP on
SET search_path = dify_observe;

\set tenant 550e8400-e29b-41d4-a716-446655440000
\set app 770e8400-e29b-41d4-a716-446655440002
\set workflow 880e8400-e29b-41d4-a716-446655440003
\set refunds_app 770e8400-e29b-41d4-a716-446655440004
\set refunds 880e8400-e29b-41d4-a716-446655440005
SELECT gen_random_uuid() AS conversation, now() - interval '20 seconds' AS began \gset

-- 1. An application is created.
SELECT log_app_created(tenant_id => :'tenant', app_id => :'app', mode => 'advanced-chat', name => 'Shop assistant');

-- 2. A customer asks. The run is told when it starts and again when it is over, and so is each of its nodes.
SELECT start_workflow_run(tenant_id => :'tenant', app_id => :'app', workflow_id => :'workflow',
  conversation_id => :'conversation', user_id => 'customer-7', invoked_by => 'customer-7', invoke_from => 'web-app',
  workflow_version => '2026-02-10', query => '退货期限是多久?', inputs => '{"query": "退货期限是多久?"}',
  created_at => :'began') AS run \gset

SELECT start_node_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'run', workflow_id => :'workflow',
  node_id => 'search', node_type => 'knowledge-retrieval', title => 'Search the handbook', index => 1,
  inputs => '{"query": "return period"}', created_at => timestamptz :'began' + interval '0.05 s') AS node \gset
SELECT :'node' AS search \gset
SELECT finish_node_execution(id => :'node', status => 'succeeded', elapsed_time => 0.31,
  dataset_ids => '{handbook-2026}', dataset_names => '{Shop handbook}', outputs => '{"documents": 3}');

SELECT start_node_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'run', workflow_id => :'workflow',
  node_id => 'write', node_type => 'llm', title => 'Write an answer', index => 2, predecessor_node_id => 'search',
  inputs => '{"prompt": "Answer from the handbook."}', created_at => timestamptz :'began' + interval '0.4 s') AS node \gset
SELECT finish_node_execution(id => :'node', status => 'succeeded', elapsed_time => 1.84,
  model_provider => 'openai', model_name => 'gpt-4o', input_tokens => 812, output_tokens => 64,
  total_price => 0.00267, currency => 'USD', outputs => '{"text": "30 天。"}');

-- Where start and end are told in one call, log_ does both.
SELECT log_node_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'run', workflow_id => :'workflow',
  node_id => 'answer', node_type => 'answer', title => 'Answer', index => 3, predecessor_node_id => 'write',
  status => 'succeeded', elapsed_time => 0.01, created_at => timestamptz :'began' + interval '2.25 s');

SELECT finish_workflow_run(id => :'run', status => 'succeeded', elapsed_time => 2.3, total_steps => 3,
  input_tokens => 812, output_tokens => 64, total_price => 0.00267, currency => 'USD', outputs => '{"answer": "30 天。"}');

SELECT log_message(tenant_id => :'tenant', app_id => :'app', conversation_id => :'conversation', workflow_run_id => :'run',
  status => 'normal', mode => 'advanced-chat', invoke_from => 'web-app', user_id => 'customer-7',
  query => '退货期限是多久?', answer => '30 天。', model_provider => 'openai', model_name => 'gpt-4o',
  input_tokens => 812, output_tokens => 64, total_price => 0.00267, currency => 'USD',
  duration => 2.3, time_to_first_token => 0.62, created_at => :'began') AS message \gset

-- What else happened in this turn, by one call: log_batch takes any mixture of events, thousands at a time.
SELECT * FROM log_batch(json_build_array(
  json_build_object('event', 'dify.moderation.check', 'tenant_id', :'tenant', 'app_id', :'app', 'workflow_run_id', :'run', 'message_id', :'message',
    'action', 'pass', 'flagged', false, 'query', '退货期限是多久?', 'created_at', timestamptz :'began'),
  json_build_object('event', 'dify.dataset.retrieval', 'tenant_id', :'tenant', 'app_id', :'app', 'workflow_run_id', :'run', 'message_id', :'message',
    'node_execution_id', :'search', 'status', 'succeeded', 'dataset_ids', ARRAY['handbook-2026'], 'dataset_names', ARRAY['Shop handbook'],
    'query', 'return period', 'document_count', 3, 'duration', 0.28, 'created_at', timestamptz :'began' + interval '0.06 s'),
  json_build_object('event', 'dify.suggested_question.generation', 'tenant_id', :'tenant', 'app_id', :'app', 'workflow_run_id', :'run',
    'message_id', :'message', 'status', 'succeeded', 'questions', json_build_array('Who pays for the parcel?', 'What about sale items?'), 'count', 2,
    'model_provider', 'openai', 'model_name', 'gpt-4o', 'total_tokens', 96, 'duration', 0.8, 'created_at', timestamptz :'began' + interval '3 s'),
  json_build_object('event', 'dify.generate_name.execution', 'tenant_id', :'tenant', 'app_id', :'app', 'conversation_id', :'conversation',
    'status', 'succeeded', 'outputs', 'Returning an order', 'duration', 0.5, 'created_at', timestamptz :'began' + interval '3 s')));

-- 3. The customer likes the answer.
SELECT log_feedback(tenant_id => :'tenant', app_id => :'app', message_id => :'message', rating => 'like',
  user_id => 'customer-7', conversation_id => :'conversation');

-- 4. A run that fails, and with it the message. The customer does not like that.
SELECT start_workflow_run(tenant_id => :'tenant', app_id => :'app', workflow_id => :'workflow',
  conversation_id => :'conversation', user_id => 'customer-7', invoked_by => 'customer-7', invoke_from => 'web-app',
  workflow_version => '2026-02-10', query => 'Where is order 1107?', created_at => timestamptz :'began' + interval '8 s') AS run \gset
SELECT log_node_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'run', workflow_id => :'workflow',
  node_id => 'orders', node_type => 'http-request', title => 'Ask the order service', index => 1, status => 'failed',
  error => 'order service: HTTP 503', elapsed_time => 5.02, created_at => timestamptz :'began' + interval '8.02 s');
SELECT finish_workflow_run(id => :'run', status => 'failed', error => 'order service: HTTP 503',
  elapsed_time => 5.06, total_steps => 1);
SELECT log_message(tenant_id => :'tenant', app_id => :'app', conversation_id => :'conversation', workflow_run_id => :'run',
  status => 'error', error => 'order service: HTTP 503', mode => 'advanced-chat', invoke_from => 'web-app',
  user_id => 'customer-7', query => 'Where is order 1107?', duration => 5.06,
  created_at => timestamptz :'began' + interval '8 s') AS message \gset
SELECT log_feedback(tenant_id => :'tenant', app_id => :'app', message_id => :'message', rating => 'dislike',
  content => 'I only wanted to know where it is.', user_id => 'customer-7', conversation_id => :'conversation');

-- 5. A workflow that calls another one: the inner run names the outer run and the tool node that called it, and both are
--    one trace.
SELECT start_workflow_run(tenant_id => :'tenant', app_id => :'app', workflow_id => :'workflow', user_id => 'customer-7',
  invoked_by => 'customer-7', invoke_from => 'service-api', workflow_version => '2026-02-10',
  created_at => timestamptz :'began' + interval '15 s') AS outer_run \gset
SELECT start_node_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'outer_run', workflow_id => :'workflow',
  node_id => 'refund', node_type => 'tool', title => 'Refund the order', index => 1, plugin_name => 'refunds',
  inputs => '{"order": 1107}', created_at => timestamptz :'began' + interval '15.05 s') AS tool_node \gset

SELECT start_workflow_run(tenant_id => :'tenant', app_id => :'refunds_app', workflow_id => :'refunds', user_id => 'customer-7',
  invoked_by => 'customer-7', invoke_from => 'service-api', workflow_version => '2026-01-30',
  parent_workflow_run_id => :'outer_run', parent_node_execution_id => :'tool_node', parent_app_id => :'app',
  created_at => timestamptz :'began' + interval '15.1 s') AS inner_run \gset
SELECT log_node_execution(tenant_id => :'tenant', app_id => :'refunds_app', workflow_run_id => :'inner_run', workflow_id => :'refunds',
  node_id => 'decide', node_type => 'llm', title => 'Decide on the refund', index => 1, status => 'succeeded',
  model_provider => 'anthropic', model_name => 'claude-sonnet', input_tokens => 1204, output_tokens => 37,
  total_price => 0.00417, currency => 'USD', elapsed_time => 1.2, created_at => timestamptz :'began' + interval '15.15 s');
SELECT finish_workflow_run(id => :'inner_run', status => 'succeeded', elapsed_time => 1.3, total_steps => 1,
  input_tokens => 1204, output_tokens => 37, total_price => 0.00417, currency => 'USD', outputs => '{"refund": true}');

SELECT log_tool_execution(tenant_id => :'tenant', app_id => :'app', workflow_run_id => :'outer_run', node_execution_id => :'tool_node',
  tool_name => 'refund_order', status => 'succeeded', inputs => '{"order": 1107}', outputs => '{"refund": true}', duration => 1.4,
  created_at => timestamptz :'began' + interval '15.06 s');
SELECT finish_node_execution(id => :'tool_node', status => 'succeeded', elapsed_time => 1.45, outputs => '{"refund": true}');
SELECT finish_workflow_run(id => :'outer_run', status => 'succeeded', elapsed_time => 1.55, total_steps => 1,
  input_tokens => 1204, output_tokens => 37, total_price => 0.00417, currency => 'USD', outputs => '{"done": true}');
