CREATE FUNCTION emit_feedback() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
BEGIN
  IF TG_OP = 'INSERT' AND NEW.xid <> pg_current_xact_id() THEN
    RETURN NULL;
  END IF;
  INSERT INTO dify_observe.events (event, source_id, trace_id, change)
  VALUES (14, NEW.id, replace(dify_observe.message_trace(NEW.message_id, NEW.created_at, true)::text, '-', ''),
          jsonb_build_object('at', NEW.created_at, 'rating', NEW.rating, 'content', NEW.content, 'user_id', NEW.user_id));
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON feedbacks FOR EACH ROW EXECUTE FUNCTION emit_feedback();
CREATE TRIGGER emit_changed AFTER UPDATE ON feedbacks FOR EACH ROW
  WHEN (NEW.rating IS DISTINCT FROM OLD.rating OR NEW.content IS DISTINCT FROM OLD.content)
  EXECUTE FUNCTION emit_feedback();
