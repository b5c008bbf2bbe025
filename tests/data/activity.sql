-- One of everything that is told to the outside, at known times and under known ids. activity.json says what must arrive.
SET search_path = dify_observe;

SELECT log_app_created(tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  mode => 'advanced-chat', name => 'Shop assistant', created_at => '2026-02-10 19:30:00Z');
SELECT log_app_updated(tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  updated_at => '2026-02-10 19:30:01.25Z');

-- A chatflow run: retrieval from two datasets, a try that is repeated, an llm node, an answer node, two messages.
SELECT start_workflow_run(id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', conversation_id => 'cccccccc-0000-4000-8000-000000000001',
  message_id => 'dddddddd-0000-4000-8000-000000000001', user_id => 'customer-7', invoked_by => 'customer-7', invoke_from => 'web-app',
  workflow_version => '2026-02-10', query => '退货期限是多久?', inputs => '{"query": "退货期限是多久?"}',
  created_at => '2026-02-10 19:30:10.000001Z');
SELECT start_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000001', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', node_id => 'search', node_type => 'knowledge-retrieval',
  title => 'Search the handbook', index => 1, inputs => '{"query": "return period"}', created_at => '2026-02-10 19:30:10.05Z');
SELECT finish_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000001', status => 'succeeded', elapsed_time => 0.31,
  dataset_ids => '{handbook,faq}', dataset_names => '{Shop handbook,"Frequent \"questions\""}', plugin_name => 'search',
  outputs => '{"documents": 3}', process_data => '"found 3"');
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000007', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  node_id => 'write', node_type => 'llm', status => 'retry', elapsed_time => 0.005, model_provider => 'openai', model_name => 'gpt-4o',
  created_at => '2026-02-10 19:30:10.39Z');
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000002', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', node_id => 'write', node_type => 'llm', title => 'Write an answer', index => 2,
  predecessor_node_id => 'search', iteration_id => 'it', loop_id => 'lo', parallel_id => 'pa', invoked_by => 'customer-7',
  user_id => 'customer-7', message_id => 'dddddddd-0000-4000-8000-000000000001', conversation_id => 'cccccccc-0000-4000-8000-000000000001',
  status => 'succeeded', elapsed_time => 1.84, model_provider => 'openai', model_name => 'gpt-4o', input_tokens => 812,
  output_tokens => 64, total_price => 0.00267, currency => 'USD', inputs => '{"prompt": "Answer."}', outputs => '{"text": "30 天。"}',
  created_at => '2026-02-10 19:30:10.4Z');
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000003', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  node_id => 'answer', node_type => 'answer', title => 'Answer', index => 3, predecessor_node_id => 'write', status => 'succeeded',
  created_at => '2026-02-10 19:30:12.25Z', finished_at => '2026-02-10 19:30:12.26Z');
SELECT finish_workflow_run(id => '11111111-1111-4111-8111-111111111111', status => 'succeeded', elapsed_time => 2.3, total_steps => 3,
  input_tokens => 812, output_tokens => 64, total_price => 0.00267, currency => 'USD', outputs => '{"answer": "30 天。"}');
SELECT log_message(id => 'dddddddd-0000-4000-8000-000000000001', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  conversation_id => 'cccccccc-0000-4000-8000-000000000001', status => 'normal', mode => 'advanced-chat', invoke_from => 'web-app',
  user_id => 'customer-7', query => '退货期限是多久?', answer => '30 天。', model_provider => 'openai', model_name => 'gpt-4o',
  input_tokens => 812, output_tokens => 64, duration => 2.3, time_to_first_token => 0.62, created_at => '2026-02-10 19:30:10.000001Z');
SELECT log_message(id => 'dddddddd-0000-4000-8000-000000000004', workflow_run_id => '11111111-1111-4111-8111-111111111111',
  node_execution_id => 'aaaaaaaa-0000-4000-8000-000000000002',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', status => 'succeeded',
  duration => 1, created_at => '2026-02-10 19:30:11Z');
SELECT log_feedback(message_id => 'dddddddd-0000-4000-8000-000000000001',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', rating => 'like',
  user_id => 'customer-7', created_at => '2026-02-10 19:30:30Z');

-- A run that fails, its message, and feedback that is given and withdrawn.
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000004', workflow_run_id => '22222222-2222-4222-8222-222222222222',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  node_id => 'orders', node_type => 'http-request', status => 'failed', error => 'order service: HTTP 503', elapsed_time => 5.02,
  created_at => '2026-02-10 19:30:40.02Z');
SELECT log_workflow_run(id => '22222222-2222-4222-8222-222222222222',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', status => 'failed', error => 'order service: HTTP 503', elapsed_time => 5.06,
  invoke_from => 'web-app', created_at => '2026-02-10 19:30:40Z');
SELECT log_message(id => 'dddddddd-0000-4000-8000-000000000002', workflow_run_id => '22222222-2222-4222-8222-222222222222',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', status => 'error',
  error => 'order service: HTTP 503', query => 'Where is order "1107"?', invoke_from => 'web-app', duration => 5.06,
  created_at => '2026-02-10 19:30:40Z');
SELECT log_feedback(message_id => 'dddddddd-0000-4000-8000-000000000002',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', rating => 'dislike',
  content => 'I only wanted to know where it is.', created_at => '2026-02-10 19:30:50Z');
SELECT log_feedback(message_id => 'dddddddd-0000-4000-8000-000000000002',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  created_at => '2026-02-10 19:30:55.5Z');

-- A run in a run in a run: one trace.
SELECT start_workflow_run(id => '33333333-3333-4333-8333-333333333333',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', invoke_from => 'service-api', created_at => '2026-02-10 19:31:00Z');
SELECT start_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000005', workflow_run_id => '33333333-3333-4333-8333-333333333333',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  node_id => 'refund', node_type => 'tool', plugin_name => 'refunds', inputs => '{"order": 1107}', created_at => '2026-02-10 19:31:00.05Z');
SELECT start_workflow_run(id => '44444444-4444-4444-8444-444444444444',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440004',
  workflow_id => '880e8400-e29b-41d4-a716-446655440005', parent_workflow_run_id => '33333333-3333-4333-8333-333333333333',
  parent_node_execution_id => 'aaaaaaaa-0000-4000-8000-000000000005', parent_app_id => '770e8400-e29b-41d4-a716-446655440002',
  created_at => '2026-02-10 19:31:00.1Z');
SELECT log_workflow_run(id => '55555555-5555-4555-8555-555555555555', status => 'stopped', elapsed_time => 0.5,
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440004',
  workflow_id => '880e8400-e29b-41d4-a716-446655440005', parent_workflow_run_id => '44444444-4444-4444-8444-444444444444',
  created_at => '2026-02-10 19:31:00.2Z');
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000006', workflow_run_id => '44444444-4444-4444-8444-444444444444',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440004',
  node_id => 'decide', node_type => 'llm', status => 'succeeded', elapsed_time => 1.2, model_provider => 'anthropic',
  model_name => 'claude', input_tokens => 1204, output_tokens => 0, created_at => '2026-02-10 19:31:00.15Z');
SELECT finish_workflow_run(id => '44444444-4444-4444-8444-444444444444', status => 'succeeded', elapsed_time => 1.3);
SELECT finish_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000005', status => 'succeeded', elapsed_time => 1.45, outputs => '{"done": true}');
SELECT finish_workflow_run(id => '33333333-3333-4333-8333-333333333333', status => 'succeeded', elapsed_time => 1.55);

-- A preview of a single node that fails, a message outside every run, runs with warnings, and the end of the app.
SELECT log_node_execution(id => 'aaaaaaaa-0000-4000-8000-000000000008', draft => true,
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', node_id => 'write', node_type => 'agent', status => 'exception',
  error => 'model overloaded', elapsed_time => 0.8, user_id => 'dev-1', total_tokens => 5, created_at => '2026-02-10 19:31:10Z');
SELECT log_message(id => 'dddddddd-0000-4000-8000-000000000003',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', status => 'normal',
  end_user_id => 'visitor-3', account_id => 'account-1', inputs => '{"n": 72.50, "q": "Öffnungszeiten?"}', outputs => '"9 to 5"',
  created_at => '2026-02-10 19:31:20Z', finished_at => '2026-02-10 19:31:21.5Z');
SELECT log_workflow_run(id => '66666666-6666-4666-8666-666666666666', status => 'partial-succeeded', elapsed_time => 1, error => 'one branch',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', created_at => '2026-02-10 19:31:30Z');
SELECT log_workflow_run(id => '77777777-7777-4777-8777-777777777777', status => 'succeeded', elapsed_time => 0, error => '',
  tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002', warnings => '["slow"]',
  workflow_id => '880e8400-e29b-41d4-a716-446655440003', created_at => '2026-02-10 19:31:31Z');
SELECT log_app_deleted(tenant_id => '550e8400-e29b-41d4-a716-446655440000', app_id => '770e8400-e29b-41d4-a716-446655440002',
  deleted_at => '2026-02-10 19:31:40Z');
