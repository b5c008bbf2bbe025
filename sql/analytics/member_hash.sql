CREATE FUNCTION member_hash(value text) RETURNS bytea
  LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Before the first fold there is no key, and nothing kept to compare with.
  RETURN substr(sha256(coalesce((SELECT k.key FROM dify_observe.rollup_key k), '') || convert_to(value, 'UTF8')), 1, 8);
END $$;
COMMENT ON FUNCTION member_hash(text) IS
  'What rollups keep in place of a user or conversation id: 8 bytes of a SHA-256 with the secret of rollup_key. Who may call it can find a known id in the rollups.';
