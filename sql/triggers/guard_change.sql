CREATE FUNCTION refuse_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'id and created_at of a row of % never change, and a finished row is not reopened', TG_TABLE_NAME
    USING ERRCODE = 'check_violation',
          DETAIL = format('Row %s, created at %s, status %s; the change says id %s, created at %s, status %s.',
                          OLD.id, OLD.created_at, coalesce(to_jsonb(OLD) ->> 'status', 'none'),
                          NEW.id, NEW.created_at, coalesce(to_jsonb(NEW) ->> 'status', 'none'));
END $$;

CREATE TRIGGER a_guard BEFORE UPDATE ON workflow_runs FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at
        OR (NEW.status IN ('running', 'paused', 'scheduled') AND OLD.status NOT IN ('running', 'paused', 'scheduled')))
  EXECUTE FUNCTION refuse_change();

CREATE TRIGGER a_guard BEFORE UPDATE ON node_executions FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at
        OR (NEW.status IN ('running', 'pending', 'paused') AND OLD.status NOT IN ('running', 'pending', 'paused')))
  EXECUTE FUNCTION refuse_change();

CREATE TRIGGER a_guard BEFORE UPDATE ON messages FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at
        OR (NEW.status IN ('running', 'paused') AND OLD.status NOT IN ('running', 'paused')))
  EXECUTE FUNCTION refuse_change();

CREATE TRIGGER a_guard BEFORE UPDATE ON tool_executions FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_guard BEFORE UPDATE ON moderation_checks FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_guard BEFORE UPDATE ON suggested_questions FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_guard BEFORE UPDATE ON dataset_retrievals FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_guard BEFORE UPDATE ON generated_names FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_guard BEFORE UPDATE ON prompt_generations FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at) EXECUTE FUNCTION refuse_change();
