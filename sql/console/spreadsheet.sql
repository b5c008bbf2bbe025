-- CSV that people open in a spreadsheet, which takes a cell that begins like this for a formula and runs it. An apostrophe in front makes it text;
-- where there are apostrophes already one more is put, so that taking one away again gives what there was.
CREATE FUNCTION csv_cell(content text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT '"' || replace(regexp_replace(coalesce(content, ''), '^(?=''*[-=+@|%\t\r\n＝＋－＠])', ''''), '"', '""') || '"';
END;
COMMENT ON FUNCTION csv_cell(text) IS 'A quoted cell; what a spreadsheet would take for a formula begins with an apostrophe. csv_rows() takes it away.';

CREATE FUNCTION csv_rows(document text) RETURNS TABLE (line bigint, cells text[])
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  body text := ltrim(document, U&'\FEFF');
  pattern text := '("(?:[^"]|"")*"|[^,"\r\n]*)(,|\r\n|\n|\r|$)';
BEGIN
  IF length(body) <> (SELECT sum(length(m.part[1]) + length(m.part[2])) FROM regexp_matches(body, pattern, 'g') m (part)) THEN
    RAISE EXCEPTION 'document is no CSV' USING ERRCODE = 'invalid_parameter_value', COLUMN = 'document',
      DETAIL = 'A cell has a quote inside that is not doubled, or one that is not closed.', HINT = 'A cell with quotes is quoted itself, and its quotes are doubled: "say ""hi""".';
  END IF;
  RETURN QUERY
    SELECT n.line + 1, array_agg(regexp_replace(CASE WHEN n.part[1] LIKE '"%' THEN replace(substr(n.part[1], 2, length(n.part[1]) - 2), '""', '"') ELSE n.part[1] END,
                                                '^''(?=''*[-=+@|%\t\r\n＝＋－＠])', '') ORDER BY n.place)
    FROM (SELECT f.part, f.place, count(*) FILTER (WHERE f.part[2] <> ',') OVER (ORDER BY f.place) - (f.part[2] <> ',')::int AS line
          FROM regexp_matches(body, pattern, 'g') WITH ORDINALITY f (part, place)) n
    GROUP BY n.line HAVING bool_or(n.part[1] <> '') ORDER BY n.line;
END $$;
COMMENT ON FUNCTION csv_rows(text) IS 'The rows of a CSV document with their numbers, without empty ones; apostrophes of csv_cell() taken away. 22023 where it is none.';
