-- What fits into a column of a terminal: control characters would end the line, or worse, and wide characters take two places.
CREATE FUNCTION terminal_text(words text, width int) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  clean text := regexp_replace(left(words, 2 * width), '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]', ' ', 'g');
  wide text := '[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]';
  taken int;
BEGIN
  LOOP
    taken := length(clean) + regexp_count(clean, wide);
    EXIT WHEN taken <= width;
    clean := left(clean, -1);
  END LOOP;
  RETURN clean || repeat(' ', width - taken);
END $$;

CREATE FUNCTION run_waterfall(run_id uuid DEFAULT NULL) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  width constant int := 40;
  total float8;
  line record;
  first int;
BEGIN
  FOR line IN SELECT t.*, max(t.offset_seconds + coalesce(t.seconds, 0)) OVER () AS whole FROM dify_observe.run_tracing(run_id) t ORDER BY t.place LOOP
    total := nullif(line.whole, 0);
    first := least(coalesce(floor(line.offset_seconds / total * width)::int, 0), width - 1);
    RETURN NEXT rtrim(concat(
      CASE WHEN line.critical AND line.depth > 0 THEN '* ' ELSE '  ' END,
      dify_observe.terminal_text(repeat('  ', least(line.depth, 10))
        || coalesce('[' || coalesce(line.iteration_index, line.loop_index) || '] ', '')
        || CASE line.kind WHEN 'run' THEN 'run ' || line.id ELSE coalesce(nullif(line.title, ''), line.node_id) || ' (' || line.node_type || ')' END, 44),
      ' |', repeat(' ', first),
      rpad(repeat('#', greatest(1, least(ceil(coalesce(line.seconds, 0) / total * width)::int, width - first))), width - first), '|',
      lpad(coalesce(round(line.seconds::numeric, 3)::text || ' s', '?'), 12),
      lpad(coalesce(line.total_tokens || ' tok', ''), 12),
      lpad(coalesce(trim_scale(line.total_price) || ' ' || coalesce(line.currency, ''), ''), 16), '  ',
      CASE WHEN line.status IN ('succeeded', 'normal') THEN '' ELSE line.status END,
      coalesce(': ' || btrim(dify_observe.terminal_text(line.error, 60)), '')));
  END LOOP;
END $$;
COMMENT ON FUNCTION run_waterfall(uuid) IS
  'A run as a drawing for psql (\pset format unaligned, or psql -At): one line per run and node with its place in time, duration, tokens, price, and what went wrong. * marks the path that made the run take its time; [2] the turn of an iteration or loop.';
