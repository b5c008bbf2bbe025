CREATE FUNCTION emit_app_change() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  woken boolean := dify_observe.wake_on_commit();
  event smallint;
  at timestamptz;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.xid <> pg_current_xact_id() THEN
      RETURN NULL;
    END IF;
    event := CASE WHEN NEW.created_at IS NOT NULL THEN 11 WHEN NEW.deleted_at IS NOT NULL THEN 13 ELSE 12 END;
  ELSE
    event := CASE WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN 13
                  WHEN NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL THEN 11
                  ELSE 12 END;
  END IF;
  at := CASE event WHEN 11 THEN NEW.created_at WHEN 12 THEN NEW.updated_at ELSE NEW.deleted_at END;
  INSERT INTO dify_observe.events (event, source_id, change)
  VALUES (event, NEW.app_id, jsonb_build_object('at', coalesce(at, now()), 'tenant_id', NEW.tenant_id, 'mode', NEW.mode));
  RETURN NULL;
END $$;

CREATE TRIGGER emit AFTER INSERT ON apps FOR EACH ROW EXECUTE FUNCTION emit_app_change();
CREATE TRIGGER emit_changed AFTER UPDATE ON apps FOR EACH ROW
  WHEN (NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.updated_at IS DISTINCT FROM OLD.updated_at
        OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at)
  EXECUTE FUNCTION emit_app_change();
