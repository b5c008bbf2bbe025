CREATE FUNCTION html_chart(title text, unit text, points jsonb, time_zone text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  drawn text;
  legend text;
  largest float8;
  bound float8;
  first timestamptz;
  last timestamptz;
BEGIN
  SELECT max((p ->> 'value')::float8), min((p ->> 'at')::timestamptz), max((p ->> 'at')::timestamptz) INTO largest, first, last FROM jsonb_array_elements(points) p;
  IF largest IS NULL THEN
    RETURN '<figure><figcaption>' || dify_observe.html_text(title) || '</figcaption><p class="none">Nothing in this time.</p></figure>';
  END IF;
  -- The next of 1, 2, 5, 10, …
  bound := (SELECT min(b) FROM unnest(ARRAY[1, 2, 5, 10]) m, LATERAL (SELECT m * power(10::float8, floor(log(greatest(largest, 1e-9)::numeric))::float8) AS b) s WHERE b >= largest);
  bound := coalesce(bound, 1);
  WITH placed AS (
    SELECT p ->> 'series' AS series, (p ->> 'at')::timestamptz AS at, (p ->> 'value')::float8 AS value,
      dense_rank() OVER (ORDER BY p ->> 'series') - 1 AS number,
      round((50 + 580 * coalesce(extract(epoch FROM (p ->> 'at')::timestamptz - first) / nullif(extract(epoch FROM last - first), 0), 0.5))::numeric, 1) AS x,
      round((150 - 135 * (p ->> 'value')::float8 / bound)::numeric, 1) AS y
    FROM jsonb_array_elements(points) p
  ), lines AS (
    SELECT l.number, l.series, sum(l.value) AS sum,
      format('<polyline class="c%s" points="%s"/>', l.number % 6, string_agg(l.x || ',' || l.y, ' ' ORDER BY l.at))
      || CASE WHEN count(*) <= 100 THEN string_agg(format('<circle class="c%s" cx="%s" cy="%s" r="3"><title>%s %s: %s %s</title></circle>', l.number % 6, l.x, l.y,
           to_char(l.at AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), dify_observe.html_text(l.series), dify_observe.html_number(l.value), dify_observe.html_text(unit)), '' ORDER BY l.at)
         ELSE '' END AS drawing
    FROM placed l WHERE l.value IS NOT NULL GROUP BY l.number, l.series
  )
  SELECT string_agg(l.drawing, E'\n' ORDER BY l.number), string_agg(format('<span class="c%s">■ %s</span>', l.number % 6, dify_observe.html_text(l.series)), ' ' ORDER BY l.number)
  INTO drawn, legend FROM lines l;
  RETURN concat('<figure><figcaption>', dify_observe.html_text(title), ' <small>', legend, E'</small></figcaption>\n',
    '<svg viewBox="0 0 640 172" role="img"><path class="axis" d="M50 15V150H630M50 82.5H630M50 15H630"/>',
    format('<text x="46" y="154" text-anchor="end">0</text><text x="46" y="86" text-anchor="end">%s</text><text x="46" y="19" text-anchor="end">%s</text>',
           dify_observe.html_number(bound / 2), dify_observe.html_number(bound)),
    format('<text x="50" y="167">%s</text><text x="630" y="167" text-anchor="end">%s</text><text x="50" y="9">%s</text>', to_char(first AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'),
           to_char(last AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'), dify_observe.html_text(unit)),
    E'\n', drawn, E'</svg></figure>\n');
END $$;
COMMENT ON FUNCTION html_chart(text, text, jsonb, text) IS 'A line chart as SVG: points are [{"at": time, "series": name, "value": number}, ...]; a null leaves a gap out.';
