-- What charts are drawn from once the rows are gone: sums by quarter hour (UTC) of created_at, so that a day, an hour or a month of any time zone is a
-- sum of whole quarters, also where clocks differ by :30 or :45. Written by the fold alone, in one transaction with its position.

-- One array is the key, found by its hash: arrays that differ in their last labels take long to compare in a tree. The columns are there to be read.
CREATE TABLE rollup_dimensions (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  labels text[] NOT NULL,
  kind text NOT NULL GENERATED ALWAYS AS (labels[1]) STORED,
  tenant_id uuid NOT NULL GENERATED ALWAYS AS (labels[2]::uuid) STORED,
  app_id uuid GENERATED ALWAYS AS (nullif(labels[3], '')::uuid) STORED,
  debug boolean NOT NULL GENERATED ALWAYS AS (labels[4]::boolean) STORED,
  compat boolean NOT NULL GENERATED ALWAYS AS (labels[5]::boolean) STORED,
  part_of_run boolean NOT NULL GENERATED ALWAYS AS (labels[6]::boolean) STORED,
  failed boolean NOT NULL GENERATED ALWAYS AS (labels[7]::boolean) STORED,
  status text NOT NULL GENERATED ALWAYS AS (labels[8]) STORED,
  invoke_from text NOT NULL GENERATED ALWAYS AS (labels[9]) STORED,
  model_provider text NOT NULL GENERATED ALWAYS AS (labels[10]) STORED,
  model_name text NOT NULL GENERATED ALWAYS AS (labels[11]) STORED,
  node_type text NOT NULL GENERATED ALWAYS AS (labels[12]) STORED,
  workflow_version text NOT NULL GENERATED ALWAYS AS (labels[13]) STORED,
  currency text NOT NULL GENERATED ALWAYS AS (labels[14]) STORED,
  EXCLUDE USING hash (labels WITH =)
);
CREATE INDEX ON rollup_dimensions (app_id, kind);
COMMENT ON TABLE rollup_dimensions IS
  'The combinations by which rollups are kept apart; a text is empty when unknown and (other) where an app has more than 1000 combinations of a kind.';
COMMENT ON COLUMN rollup_dimensions.kind IS 'message, run, node or prompt_generation. Never add one kind to another: a run tells the tokens of its nodes again, a chat turn those of its run.';
COMMENT ON COLUMN rollup_dimensions.debug IS 'A draft or prompt generation, or called from a debugger: left out of statistics unless include_debug.';
COMMENT ON COLUMN rollup_dimensions.compat IS 'What the original system counts: messages whose invoke_from is known and not debugger, runs whose triggered_from is app-run.';
COMMENT ON COLUMN rollup_dimensions.part_of_run IS 'A message of a run, a nested run, a node of a run: what it used is told by the run too.';

CREATE TABLE rollup_usage (
  dimension integer,
  quarter timestamptz,
  count bigint NOT NULL,
  input_tokens numeric NOT NULL,
  output_tokens numeric NOT NULL,
  total_tokens numeric NOT NULL,
  price numeric NOT NULL,
  unpriced_input_tokens numeric NOT NULL,
  unpriced_output_tokens numeric NOT NULL,
  PRIMARY KEY (dimension, quarter)
) WITH (fillfactor = 70);
COMMENT ON TABLE rollup_usage IS 'How many there were per combination and quarter hour, and what they used. No foreign key: checking it would cost the fold as much as writing.';
COMMENT ON COLUMN rollup_usage.total_tokens IS 'The total that was told, else input and output as far as they were.';
COMMENT ON COLUMN rollup_usage.price IS 'Of the rows that told a price, in the combination''s currency.';
COMMENT ON COLUMN rollup_usage.unpriced_input_tokens IS 'Of the rows that told no price: what the table prices prices when asked. Tokens of an unknown side count as input.';

CREATE TABLE rollup_latency (
  dimension integer,
  quarter timestamptz,
  measure text,
  count bigint NOT NULL,
  sum_us numeric NOT NULL,
  buckets smallint[] NOT NULL,
  counts bigint[] NOT NULL,
  PRIMARY KEY (dimension, quarter, measure)
) WITH (fillfactor = 70);
COMMENT ON TABLE rollup_latency IS 'Durations and times to first token (measure duration, first_token) as sums of microseconds and histograms: counts[i] of them lie in latency_bucket() buckets[i].';

CREATE TABLE rollup_members (
  dimension integer,
  quarter timestamptz,
  what text,
  member bytea,
  count bigint NOT NULL,
  input_tokens numeric NOT NULL,
  output_tokens numeric NOT NULL,
  total_tokens numeric NOT NULL,
  price numeric NOT NULL,
  unpriced_input_tokens numeric NOT NULL,
  unpriced_output_tokens numeric NOT NULL,
  PRIMARY KEY (dimension, quarter, what, member)
) WITH (fillfactor = 70);
COMMENT ON TABLE rollup_members IS 'Who and which conversation, as keyed hashes (member_hash): distinct ones can be counted over any time, and nobody can be read from them. Of nodes only those that told tokens or a price.';
COMMENT ON COLUMN rollup_members.what IS 'end_user (told as end_user_id), account (account_id), user (user_id alone), nobody (none of them), conversation.';

CREATE TABLE rollup_conversations (
  tenant_id uuid,
  app_id uuid,
  member bytea,
  first_quarter timestamptz NOT NULL,
  messages bigint NOT NULL,
  compat_messages bigint NOT NULL,
  debug_messages bigint NOT NULL,
  PRIMARY KEY (app_id, tenant_id, member)
) WITH (fillfactor = 70);
CREATE INDEX ON rollup_conversations (app_id, first_quarter);
COMMENT ON TABLE rollup_conversations IS 'Every conversation, as a keyed hash: when its first message was created, and how many there are. messages leaves debugging out, debug_messages is that, compat_messages what the original counts.';

CREATE TABLE rollup_feedback (
  feedback_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  app_id uuid NOT NULL,
  message_id uuid NOT NULL,
  from_source text NOT NULL,
  rating text,
  quarter timestamptz NOT NULL,
  known boolean NOT NULL,
  debug boolean NOT NULL,
  compat boolean NOT NULL
);
CREATE INDEX ON rollup_feedback (app_id, quarter);
CREATE INDEX ON rollup_feedback (message_id) WHERE NOT known;
COMMENT ON TABLE rollup_feedback IS 'Each feedback as it stands (rating null: withdrawn), without its text and author, in the quarter hour of its message; that of the feedback itself while the message is not known.';

-- Made by the first fold that has something to count, as a row that CREATE EXTENSION makes would meet the dump's.
CREATE TABLE rollup_key (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  key bytea NOT NULL
);
COMMENT ON TABLE rollup_key IS 'The secret of member_hash(). Dumped with the rollups: without it a restored database would count everybody anew. Grant it to nobody.';

CREATE TABLE rollup_position (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  since timestamptz NOT NULL,
  passed bigint NOT NULL,
  skipped jsonb NOT NULL
);
COMMENT ON TABLE rollup_position IS 'Which events are in the rollups: ids up to passed, but those of the skipped transactions. Dumped with them, unlike the position of the metrics, so that a restored database goes on where its rollups end.';
COMMENT ON COLUMN rollup_position.since IS 'The installation that wrote it; another one first adds what was logged and not yet counted there.';
