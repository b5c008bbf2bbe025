-- Ids come from the identity alone, one at a time: reading by position depends on both.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  source_at timestamptz,
  source_id uuid NOT NULL,
  event smallint NOT NULL,
  trace_id text,
  change jsonb
) PARTITION BY RANGE (recorded_at);

CREATE TABLE events_default PARTITION OF events DEFAULT;
ALTER TABLE events_default ADD PRIMARY KEY (id);
CREATE INDEX ON events_default (source_id);
CREATE INDEX ON events_default USING brin (recorded_at, source_at, trace_id);

-- A range that is summarised while it is being filled would cost every row an update of its summary; VACUUM summarises full ones.
SELECT brin_desummarize_range('events_default_recorded_at_source_at_trace_id_idx', 0);

COMMENT ON TABLE events IS
  'One slim row per event, written by triggers in the logging transaction: the exporter''s queue and the input of the metrics. What an event says is in its source row; read it as companion_logs.';
COMMENT ON COLUMN events.event IS '1 dify.workflow.run, 2 dify.node.execution, 3 dify.node.execution.draft, 4 dify.message.run, 5 dify.tool.execution, 6 dify.moderation.check, 7 dify.suggested_question.generation, 8 dify.dataset.retrieval, 9 dify.generate_name.execution, 10 dify.prompt_generation.execution, 11 dify.app.created, 12 dify.app.updated, 13 dify.app.deleted, 14 dify.feedback.created, 15 dify.telemetry.rehydration_failed.';
COMMENT ON COLUMN events.source_at IS 'created_at of the source row, which names its partition; null for plain tables.';
COMMENT ON COLUMN events.trace_id IS 'OTLP trace id, settled when the event was written; null for app events. As text, since an index on an expression costs every insert a fifth of its time.';
COMMENT ON COLUMN events.change IS 'What the source row does not keep: an app change (at, tenant_id, mode), feedback as it was given (at, rating, content, user_id), a source row that is gone (at, event, tenant_id, payload_type, error).';
