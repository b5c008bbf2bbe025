CREATE FUNCTION delete_annotation(annotation_id uuid DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
  IF annotation_id IS NULL THEN
    PERFORM dify_observe.check_given(jsonb_build_object('annotation_id', annotation_id));
  END IF;
  DELETE FROM dify_observe.annotations a WHERE a.id = annotation_id AND dify_observe.in_sight(a.tenant_id);
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION delete_annotation IS 'Removes an annotation with its earlier versions and its hits; false when it was gone already.';
