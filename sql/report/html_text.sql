-- Whatever was logged comes into the page through this function alone.
CREATE FUNCTION html_text(content text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT regexp_replace(replace(replace(replace(replace(replace(coalesce(content, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
                        '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '�', 'g');
END;
COMMENT ON FUNCTION html_text(text) IS 'As text of a page, or inside of a quoted attribute: no markup, no control characters, nothing that turns the direction of what follows.';

CREATE FUNCTION html_row(VARIADIC cells text[]) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT '<tr>' || string_agg('<td>' || html_text(c.cell) || '</td>', '' ORDER BY c.place) || E'</tr>\n' FROM unnest(cells) WITH ORDINALITY c (cell, place);
END;

CREATE FUNCTION html_table(headers text[], rows text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN rows IS NULL THEN '<p class="none">None.</p>' ELSE
    '<div class="wide"><table><thead><tr>' || (SELECT string_agg('<th>' || html_text(h.name) || '</th>', '' ORDER BY h.place) FROM unnest(headers) WITH ORDINALITY h (name, place))
    || E'</tr></thead><tbody>\n' || rows || '</tbody></table></div>' END;
END;
COMMENT ON FUNCTION html_table(text[], text) IS 'A table of rows of html_row(); None. where there are none.';

CREATE FUNCTION html_number(value float8) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN value IS NULL THEN '' WHEN abs(value) >= 1e9 THEN round((value / 1e9)::numeric, 1) || ' G' WHEN abs(value) >= 1e6 THEN round((value / 1e6)::numeric, 1) || ' M'
    WHEN abs(value) >= 1e4 THEN round((value / 1e3)::numeric, 1) || ' k' WHEN abs(value) >= 100 THEN round(value::numeric, 0)::text
    ELSE trim_scale(round(value::numeric, CASE WHEN abs(value) >= 1 THEN 2 ELSE 4 END))::text END;
END;
COMMENT ON FUNCTION html_number(float8) IS 'To about three digits: 12.3 k, 4.5 M.';
