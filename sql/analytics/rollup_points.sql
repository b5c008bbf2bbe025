-- What rows add to the rollups, for statistics of what the fold has not counted. labels is the key of rollup_dimensions.

CREATE VIEW run_points AS
SELECT m.id AS source_id, m.created_at, m.open, m.kind, m.tenant_id, m.app_id, date_bin('15 minutes', m.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY[m.kind, m.tenant_id::text, coalesce(m.app_id::text, ''), m.debug::text, m.compat::text, m.part_of_run::text, m.failed::text,
    rollup_label(m.status), rollup_label(m.invoke_from), rollup_label(m.model_provider), rollup_label(m.model_name), rollup_label(m.node_type),
    rollup_label(m.workflow_version), rollup_label(m.currency)] AS labels,
  m.input_tokens, m.output_tokens, coalesce(m.total_tokens, coalesce(m.input_tokens, 0)::numeric + coalesce(m.output_tokens, 0)) AS total_tokens, m.total_price,
  m.duration_us, m.first_token_us, m.actor, m.actor_id, m.conversation_id
FROM measured_workflow_runs m;
COMMENT ON VIEW run_points IS 'What workflow runs add to the rollups.';

CREATE VIEW node_points AS
SELECT m.id AS source_id, m.created_at, m.open, m.kind, m.tenant_id, m.app_id, date_bin('15 minutes', m.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY[m.kind, m.tenant_id::text, coalesce(m.app_id::text, ''), m.debug::text, m.compat::text, m.part_of_run::text, m.failed::text,
    rollup_label(m.status), rollup_label(m.invoke_from), rollup_label(m.model_provider), rollup_label(m.model_name), rollup_label(m.node_type),
    rollup_label(m.workflow_version), rollup_label(m.currency)] AS labels,
  m.input_tokens, m.output_tokens, coalesce(m.total_tokens, coalesce(m.input_tokens, 0)::numeric + coalesce(m.output_tokens, 0)) AS total_tokens, m.total_price,
  m.duration_us, m.first_token_us, m.actor, m.actor_id, m.conversation_id
FROM measured_node_executions m;
COMMENT ON VIEW node_points IS 'What node executions add to the rollups; actor is null where nothing was used.';

CREATE VIEW message_points AS
SELECT m.id AS source_id, m.created_at, m.open, m.kind, m.tenant_id, m.app_id, date_bin('15 minutes', m.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY[m.kind, m.tenant_id::text, coalesce(m.app_id::text, ''), m.debug::text, m.compat::text, m.part_of_run::text, m.failed::text,
    rollup_label(m.status), rollup_label(m.invoke_from), rollup_label(m.model_provider), rollup_label(m.model_name), rollup_label(m.node_type),
    rollup_label(m.workflow_version), rollup_label(m.currency)] AS labels,
  m.input_tokens, m.output_tokens, coalesce(m.total_tokens, coalesce(m.input_tokens, 0)::numeric + coalesce(m.output_tokens, 0)) AS total_tokens, m.total_price,
  m.duration_us, m.first_token_us, m.actor, m.actor_id, m.conversation_id
FROM measured_messages m;
COMMENT ON VIEW message_points IS 'What messages add to the rollups.';

CREATE VIEW prompt_generation_points AS
SELECT m.id AS source_id, m.created_at, m.open, m.kind, m.tenant_id, m.app_id, date_bin('15 minutes', m.created_at, '1970-01-01 00:00+00') AS quarter,
  ARRAY[m.kind, m.tenant_id::text, coalesce(m.app_id::text, ''), m.debug::text, m.compat::text, m.part_of_run::text, m.failed::text,
    rollup_label(m.status), rollup_label(m.invoke_from), rollup_label(m.model_provider), rollup_label(m.model_name), rollup_label(m.node_type),
    rollup_label(m.workflow_version), rollup_label(m.currency)] AS labels,
  m.input_tokens, m.output_tokens, coalesce(m.total_tokens, coalesce(m.input_tokens, 0)::numeric + coalesce(m.output_tokens, 0)) AS total_tokens, m.total_price,
  m.duration_us, m.first_token_us, m.actor, m.actor_id, m.conversation_id
FROM measured_prompt_generations m;
COMMENT ON VIEW prompt_generation_points IS 'What prompt generations add to the rollups.';

-- A barrier around the whole, or a reader's own condition would see the rows of other tenants before they are left out: around a mere UNION ALL it is none.
CREATE VIEW rollup_points WITH (security_barrier) AS
SELECT p.* FROM (
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN run_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event = 1
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN node_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event IN (2, 3)
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN message_points p ON p.source_id = e.source_id AND p.created_at = e.source_at WHERE e.event = 4
  UNION ALL
  SELECT e.id, e.xid, e.recorded_at, p.* FROM events e JOIN prompt_generation_points p ON p.source_id = e.source_id AND p.created_at = e.source_at
  WHERE e.event = 10) p
WHERE (SELECT s.everything FROM sight s) OR p.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]);
COMMENT ON VIEW rollup_points IS 'What each event adds to the rollups: the input of statistics for what is not folded yet.';

CREATE VIEW open_rows WITH (security_barrier) AS
SELECT p.* FROM (SELECT * FROM run_points UNION ALL SELECT * FROM message_points) p
WHERE p.open AND ((SELECT s.everything FROM sight s) OR p.tenant_id = ANY ((SELECT s.tenants FROM sight s)::uuid[]));
COMMENT ON VIEW open_rows IS 'Runs and messages that are not finished, as far as the role sees them.';
