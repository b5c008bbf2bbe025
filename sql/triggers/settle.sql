-- What follows from other columns is filled in, the same for a plain INSERT and an UPDATE that finishes as for a logging call.
-- Postgres parses a WHEN clause anew for every INSERT statement: those on INSERT are as short as can be.

CREATE FUNCTION settle_run() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.id := coalesce(NEW.id, dify_observe.uuid_v7(NEW.created_at));
  IF NEW.status NOT IN ('running', 'pending', 'paused', 'scheduled') THEN
    NEW.total_tokens := coalesce(NEW.total_tokens, NEW.input_tokens + NEW.output_tokens);
    NEW.finished_at := dify_observe.ended_at(NEW.created_at, NEW.finished_at, NEW.elapsed_time);
    NEW.elapsed_time := coalesce(NEW.elapsed_time, extract(epoch FROM NEW.finished_at - NEW.created_at));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION settle_run() IS 'Completes a workflow run or node execution: id, total tokens, and once final its end and elapsed time.';

CREATE TRIGGER b_settle BEFORE INSERT ON workflow_runs FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.total_tokens IS NULL AND NEW.input_tokens IS NOT NULL
        OR (NEW.finished_at IS NULL OR NEW.elapsed_time IS NULL) AND NEW.status <> 'running')
  EXECUTE FUNCTION settle_run();
CREATE TRIGGER b_settle_update BEFORE UPDATE ON workflow_runs FOR EACH ROW
  WHEN (OLD.status IN ('running', 'paused', 'scheduled') AND NEW.status NOT IN ('running', 'paused', 'scheduled'))
  EXECUTE FUNCTION settle_run();

CREATE TRIGGER b_settle BEFORE INSERT ON node_executions FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.total_tokens IS NULL AND NEW.input_tokens IS NOT NULL
        OR (NEW.finished_at IS NULL OR NEW.elapsed_time IS NULL) AND NEW.status <> 'running')
  EXECUTE FUNCTION settle_run();
CREATE TRIGGER b_settle_update BEFORE UPDATE ON node_executions FOR EACH ROW
  WHEN (OLD.status IN ('running', 'pending', 'paused') AND NEW.status NOT IN ('running', 'pending', 'paused'))
  EXECUTE FUNCTION settle_run();

CREATE FUNCTION settle_message() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.id := coalesce(NEW.id, dify_observe.uuid_v7(NEW.created_at));
  NEW.user_id := coalesce(NEW.user_id, NEW.end_user_id, NEW.account_id);
  IF NEW.status NOT IN ('running', 'paused') THEN
    NEW.total_tokens := coalesce(NEW.total_tokens, NEW.input_tokens + NEW.output_tokens);
    NEW.finished_at := dify_observe.ended_at(NEW.created_at, NEW.finished_at, NEW.duration);
    NEW.duration := coalesce(NEW.duration, extract(epoch FROM NEW.finished_at - NEW.created_at));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION settle_message() IS 'Completes a message: id, user, total tokens, and once final its end and duration.';

CREATE TRIGGER b_settle BEFORE INSERT ON messages FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.total_tokens IS NULL AND NEW.input_tokens IS NOT NULL
        OR NEW.user_id IS NULL AND (NEW.end_user_id IS NOT NULL OR NEW.account_id IS NOT NULL)
        OR (NEW.finished_at IS NULL OR NEW.duration IS NULL) AND NEW.status <> 'running')
  EXECUTE FUNCTION settle_message();
CREATE TRIGGER b_settle_update BEFORE UPDATE ON messages FOR EACH ROW
  WHEN (OLD.status IN ('running', 'paused') AND NEW.status NOT IN ('running', 'paused'))
  EXECUTE FUNCTION settle_message();

CREATE FUNCTION settle_operation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.id := coalesce(NEW.id, dify_observe.uuid_v7(NEW.created_at));
  NEW.finished_at := dify_observe.ended_at(NEW.created_at, NEW.finished_at, NEW.duration);
  NEW.duration := coalesce(NEW.duration, extract(epoch FROM NEW.finished_at - NEW.created_at));
  RETURN NEW;
END $$;
COMMENT ON FUNCTION settle_operation() IS 'Completes an operation: id, end and duration.';

CREATE FUNCTION settle_tokens() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.total_tokens := NEW.input_tokens + NEW.output_tokens;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION settle_tokens() IS 'Adds up the tokens of an operation whose total was not given.';

CREATE TRIGGER b_settle BEFORE INSERT ON tool_executions FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle BEFORE INSERT ON moderation_checks FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle BEFORE INSERT ON suggested_questions FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle BEFORE INSERT ON dataset_retrievals FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle BEFORE INSERT ON generated_names FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle BEFORE INSERT ON prompt_generations FOR EACH ROW
  WHEN (NEW.id IS NULL OR NEW.finished_at IS NULL OR NEW.duration IS NULL) EXECUTE FUNCTION settle_operation();
CREATE TRIGGER b_settle_tokens BEFORE INSERT ON prompt_generations FOR EACH ROW
  WHEN (NEW.total_tokens IS NULL AND NEW.input_tokens IS NOT NULL) EXECUTE FUNCTION settle_tokens();
