CREATE FUNCTION is_content(column_name name) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT column_name = ANY ('{query,answer,inputs,outputs,files,message_file_data,process_data,configuration,metadata,parameters,config,file_url,preset_response,questions,documents,instruction,output,content,note,question,annotation_question,annotation_content}'::name[]);
END;
COMMENT ON FUNCTION is_content(name) IS
  'Whether columns of this name hold what users, models and authors wrote, or documents of any shape that may. Errors and warnings do not count as content.';

CREATE FUNCTION columns_without_content(source regclass) RETURNS text
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND NOT is_content(a.attname);
END;
COMMENT ON FUNCTION columns_without_content(regclass) IS 'The columns that dify_observe_reader_without_content may read, as a list for GRANT.';
