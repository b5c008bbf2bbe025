-- Erasure on request: everything of a user or a conversation, at once and in one transaction, exported or not.

CREATE FUNCTION erase_related(kind text, tenant_id uuid, user_id text, conversations uuid[]) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  everything CONSTANT bigint := 9223372036854775807;
  runs uuid[];
  messages uuid[];
  nodes uuid[];
  feedbacks uuid[];
  operations uuid[] := '{}';
  scopes uuid[] := '{}';
  all_ids uuid[];
  operation text;
  found record;
  removed bigint;
  counts jsonb := '{}';
BEGIN
  -- A hold that is being made is waited for, and one that is made later waits.
  LOCK TABLE dify_observe.retention_holds IN SHARE MODE;
  messages := ARRAY(SELECT m.id FROM dify_observe.messages m
                    WHERE m.conversation_id = ANY (conversations)
                       OR m.tenant_id = tenant_id AND user_id IN (m.user_id, m.end_user_id, m.account_id));
  runs := ARRAY(SELECT r.id FROM dify_observe.workflow_runs r
                WHERE r.tenant_id = tenant_id AND user_id IN (r.user_id, r.invoked_by) OR r.conversation_id = ANY (conversations) OR r.message_id = ANY (messages)
                   OR r.id = ANY (SELECT m.workflow_run_id FROM dify_observe.messages m WHERE m.id = ANY (messages)));
  -- With the runs that they called.
  runs := ARRAY(SELECT unnest(runs) UNION SELECT t.run_id FROM dify_observe.trace_roots t WHERE t.root_id = ANY (runs));
  messages := ARRAY(SELECT unnest(messages) UNION SELECT m.id FROM dify_observe.messages m WHERE m.workflow_run_id = ANY (runs));
  nodes := ARRAY(SELECT n.id FROM dify_observe.node_executions n
                 WHERE n.workflow_run_id = ANY (runs) OR n.message_id = ANY (messages) OR n.conversation_id = ANY (conversations)
                    OR n.tenant_id = tenant_id AND user_id IN (n.user_id, n.invoked_by));
  feedbacks := ARRAY(SELECT f.id FROM dify_observe.feedbacks f
                     WHERE f.message_id = ANY (messages) OR f.conversation_id = ANY (conversations) OR f.tenant_id = tenant_id AND f.user_id = user_id);
  FOR operation IN SELECT l.root FROM dify_observe.log_tables() l WHERE l.stage < 26 ORDER BY l.stage LOOP
    EXECUTE format('SELECT array_agg(o.id) AS ids, array_agg(DISTINCT o.app_id) || array_agg(DISTINCT o.tenant_id) AS apps FROM dify_observe.%I o '
                   'WHERE o.workflow_run_id = ANY ($1) OR o.message_id = ANY ($2) OR o.node_execution_id = ANY ($3) OR o.tenant_id = $4 AND %s OR %s', operation,
                   CASE operation WHEN 'tool_executions' THEN '$5 IN (o.user_id, o.created_by::text)' ELSE 'o.user_id = $5' END,
                   CASE operation WHEN 'generated_names' THEN 'o.conversation_id = ANY ($6)' ELSE '$6 IS NULL' END)
      INTO found USING runs, messages, nodes, tenant_id, user_id, conversations;
    operations := operations || found.ids;
    scopes := scopes || found.apps;
  END LOOP;
  PERFORM dify_observe.refuse_held(tenant_id, scopes || ARRAY(
    SELECT r.tenant_id FROM dify_observe.workflow_runs r WHERE r.id = ANY (runs) UNION SELECT n.tenant_id FROM dify_observe.node_executions n WHERE n.id = ANY (nodes)
    UNION SELECT m.tenant_id FROM dify_observe.messages m WHERE m.id = ANY (messages)
    UNION SELECT f.tenant_id FROM dify_observe.feedbacks f WHERE f.id = ANY (feedbacks)
    UNION SELECT r.app_id FROM dify_observe.workflow_runs r WHERE r.id = ANY (runs) UNION SELECT r.workflow_id FROM dify_observe.workflow_runs r WHERE r.id = ANY (runs)
    UNION SELECT n.app_id FROM dify_observe.node_executions n WHERE n.id = ANY (nodes) UNION SELECT n.workflow_id FROM dify_observe.node_executions n WHERE n.id = ANY (nodes)
    UNION SELECT m.app_id FROM dify_observe.messages m WHERE m.id = ANY (messages)
    UNION SELECT f.app_id FROM dify_observe.feedbacks f WHERE f.id = ANY (feedbacks)
    UNION SELECT c.app_id FROM dify_observe.conversations c WHERE c.id = ANY (conversations)));
  -- What the user once said of a message that somebody else has rated since.
  PERFORM dify_observe.retire_events(ARRAY(
    SELECT e.id FROM dify_observe.feedbacks f JOIN dify_observe.events e ON e.source_id = f.id AND e.event = 14
    WHERE f.tenant_id = tenant_id AND e.change ->> 'user_id' = user_id));
  all_ids := runs || messages || nodes || feedbacks || operations || conversations;
  -- A peer's reason for a refusal may cite what it refused.
  DELETE FROM dify_observe.export_rejections r
  WHERE r.event_id IN (SELECT e.id FROM dify_observe.events e WHERE e.source_id = ANY (all_ids));
  FOR operation IN SELECT l.root FROM dify_observe.log_tables() l WHERE l.stage < 26 ORDER BY l.stage LOOP
    counts := counts || jsonb_build_object(operation, dify_observe.remove_rows(operation, operations, everything));
  END LOOP;
  counts := counts || jsonb_build_object(
    'feedbacks', dify_observe.remove_rows('feedbacks', feedbacks, everything),
    'messages', dify_observe.remove_rows('messages', messages, everything),
    'node_executions', dify_observe.remove_rows('node_executions', nodes, everything),
    'workflow_runs', dify_observe.remove_rows('workflow_runs', runs, everything));
  -- What told that a row could not be read may cite it.
  PERFORM dify_observe.retire_events(ARRAY(SELECT e.id FROM dify_observe.events e WHERE e.event = 15 AND e.source_id = ANY (all_ids)));
  DELETE FROM dify_observe.trace_roots t WHERE t.run_id = ANY (runs);
  DELETE FROM dify_observe.conversations c WHERE c.id = ANY (conversations);
  GET DIAGNOSTICS removed = ROW_COUNT;
  counts := counts || jsonb_build_object('conversations', removed);
  counts := counts || dify_observe.erase_annotations(tenant_id, user_id, messages, conversations);
  PERFORM dify_observe.forget_members(tenant_id, user_id, conversations);
  -- What could not be logged, as far as its text names the user of this tenant, or of none.
  DELETE FROM dify_observe.quarantined_events q
  WHERE position(to_json(user_id)::text IN q.text) > 0
    AND (position(tenant_id::text IN lower(q.text)) > 0 OR q.text !~* '"tenant_id"\s*:\s*"[0-9a-f-]{36}"')
     OR EXISTS (SELECT FROM regexp_matches(lower(q.text), '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') named (ids)
                WHERE named.ids[1]::uuid = ANY (conversations || runs || messages || nodes));
  GET DIAGNOSTICS removed = ROW_COUNT;
  counts := counts || jsonb_build_object('quarantined_events', removed);
  counts := (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(counts) WHERE value <> '0');
  IF counts <> '{}' THEN
    INSERT INTO dify_observe.erasures (kind, counts) VALUES (kind, counts);
  END IF;
  RETURN counts;
END $$;

-- An annotation tells of the message that it was made of. Those that are free of messages are the team's.
CREATE FUNCTION erase_annotations(tenant_id uuid, user_id text, messages uuid[], conversations uuid[]) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  annotations bigint;
  hits bigint;
BEGIN
  DELETE FROM dify_observe.annotation_hits h WHERE h.message_id = ANY (messages) OR h.tenant_id = tenant_id AND h.user_id = user_id;
  GET DIAGNOSTICS hits = ROW_COUNT;
  DELETE FROM dify_observe.annotations a WHERE a.message_id = ANY (messages) OR a.conversation_id = ANY (conversations);
  GET DIAGNOSTICS annotations = ROW_COUNT;
  UPDATE dify_observe.annotation_versions v SET author = NULL
  FROM dify_observe.annotations a WHERE a.id = v.annotation_id AND a.tenant_id = tenant_id AND v.author = user_id;
  UPDATE dify_observe.annotations a SET author = NULL WHERE a.tenant_id = tenant_id AND a.author = user_id;
  RETURN jsonb_build_object('annotations', annotations, 'annotation_hits', hits);
END $$;
COMMENT ON FUNCTION erase_annotations(uuid, text, uuid[], uuid[]) IS
  'Erases the annotations of these messages and conversations with their versions, and what they and the user asked that annotations answered; as an author the user becomes unknown.';

-- Charts keep their numbers, so a hash stays; but not one that anybody could find again by the id.
CREATE FUNCTION forget_members(tenant_id uuid, user_id text, conversations uuid[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET synchronize_seqscans = off AS $$
#variable_conflict use_variable
DECLARE
  old bytea[] := ARRAY(SELECT dify_observe.member_hash(id)
                       FROM (SELECT user_id AS id WHERE user_id IS NOT NULL UNION SELECT unnest(conversations)::text) ids ORDER BY 1);
  new bytea[] := ARRAY(SELECT substr(uuid_send(gen_random_uuid()), 1, 8) FROM unnest(old));
  pairs bytea := (SELECT string_agg(f.old || f.new, '' ORDER BY f.old) FROM unnest(old, new) f (old, new));
BEGIN
  -- What is being packed is in neither table until it is committed.
  LOCK TABLE dify_observe.rollup_packs IN ROW EXCLUSIVE MODE;
  UPDATE dify_observe.rollup_packs p SET members = dify_observe.renamed_members(p.members, pairs)
  WHERE dify_observe.renamed_members(p.members, pairs) IS NOT NULL AND p.dimension IN (SELECT d.id FROM dify_observe.rollup_dimensions d WHERE d.tenant_id = tenant_id);
  UPDATE dify_observe.rollup_members m SET member = f.new FROM unnest(old, new) f (old, new)
  WHERE m.member = f.old AND m.dimension IN (SELECT d.id FROM dify_observe.rollup_dimensions d WHERE d.tenant_id = tenant_id);
  UPDATE dify_observe.rollup_conversations c SET member = f.new FROM unnest(old, new) f (old, new)
  WHERE c.member = f.old AND c.tenant_id = tenant_id
    AND c.app_id IN (SELECT d.app_id FROM dify_observe.rollup_dimensions d WHERE d.tenant_id = tenant_id);
END $$;
COMMENT ON FUNCTION forget_members(uuid, text, uuid[]) IS
  'Replaces the keyed hashes of a user and of conversations in the rollups by random ones: distinct counts stay the same, and the key leads to nobody.';

CREATE FUNCTION refuse_held(tenant_id uuid, scopes uuid[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  held record;
BEGIN
  SELECT h.scope, h.scope_id, h.until INTO held FROM dify_observe.retention_holds h
  WHERE (h.until IS NULL OR h.until > now()) AND (h.scope = 'default' OR h.scope_id = tenant_id OR h.scope_id = ANY (scopes)) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is a hold on % %', held.scope, coalesce(held.scope_id::text, 'as a whole')
      USING ERRCODE = 'object_in_use', DETAIL = format('It lasts until %s. Nothing was erased.', coalesce(held.until::text, 'it is released')),
            HINT = 'release_hold() ends it.';
  END IF;
END $$;

CREATE FUNCTION erase_user(tenant_id uuid DEFAULT NULL, user_id text DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  counts jsonb;
BEGIN
  IF tenant_id IS NULL OR user_id IS NULL OR user_id = '' THEN
    PERFORM dify_observe.check_given(jsonb_build_object('tenant_id', tenant_id, 'user_id', nullif(user_id, '')));
  END IF;
  PERFORM dify_observe.check_scope('tenant', tenant_id);
  counts := dify_observe.erase_related('user', tenant_id, user_id,
    ARRAY(SELECT c.id FROM dify_observe.conversations c WHERE c.tenant_id = tenant_id AND c.user_id = user_id
          UNION SELECT r.conversation_id FROM dify_observe.workflow_runs r WHERE r.tenant_id = tenant_id AND r.user_id = user_id AND r.conversation_id IS NOT NULL
          UNION SELECT m.conversation_id FROM dify_observe.messages m
          WHERE m.tenant_id = tenant_id AND user_id IN (m.user_id, m.end_user_id, m.account_id) AND m.conversation_id IS NOT NULL));
  IF counts = '{}' THEN
    RAISE EXCEPTION 'there is nothing of such a user'
      USING ERRCODE = '02000', DETAIL = 'No row of this tenant names the user.', HINT = 'user_id is as it was logged: user_id, end_user_id or account_id.';
  END IF;
  RETURN counts;
END $$;
COMMENT ON FUNCTION erase_user(uuid, text) IS
  'Erases everything of a user of a tenant, in one transaction: conversations with all their messages, runs with what happened in them, operations, feedback, annotations of the messages, companion logs and quarantined texts. Metrics and charts keep their numbers. Returns how many rows of which table; erasures keeps that as a receipt. Reads all logs: there is no index by user. Errors: 22004, 02000 unknown, 55006 held.';

CREATE FUNCTION erase_conversation(conversation_id uuid DEFAULT NULL) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  tenant_id uuid;
  counts jsonb;
BEGIN
  IF conversation_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('conversation_id', conversation_id));
  END IF;
  tenant_id := coalesce((SELECT c.tenant_id FROM dify_observe.conversations c WHERE c.id = conversation_id),
                        (SELECT m.tenant_id FROM dify_observe.messages m WHERE m.conversation_id = conversation_id LIMIT 1),
                        (SELECT r.tenant_id FROM dify_observe.workflow_runs r WHERE r.conversation_id = conversation_id LIMIT 1),
                        (SELECT n.tenant_id FROM dify_observe.node_executions n WHERE n.conversation_id = conversation_id LIMIT 1));
  counts := dify_observe.erase_related('conversation', tenant_id, NULL, ARRAY[conversation_id]);
  IF counts = '{}' THEN
    RAISE EXCEPTION 'there is no conversation with the id %', conversation_id
      USING ERRCODE = '02000', DETAIL = 'Nothing was ever logged for it, or it was removed.', HINT = 'Is it the id of a message?';
  END IF;
  RETURN counts;
END $$;
COMMENT ON FUNCTION erase_conversation(uuid) IS
  'Erases a conversation in one transaction: its messages, their runs with what happened in them, operations, feedback, annotations of its messages, companion logs and quarantined texts. Metrics and charts keep their numbers. Returns how many rows of which table; erasures keeps that as a receipt. Errors: 22004, 02000 unknown, 55006 held.';
