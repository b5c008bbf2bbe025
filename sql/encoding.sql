DO $$
BEGIN
  IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
    RAISE EXCEPTION 'dify_observe needs a database with the encoding UTF8' USING ERRCODE = 'feature_not_supported',
      DETAIL = pg_catalog.format('This one has %s.', pg_catalog.getdatabaseencoding()),
      HINT = 'What is sent by OTLP is UTF-8: CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
  END IF;
END $$;
