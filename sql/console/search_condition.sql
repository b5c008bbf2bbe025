-- Which rows contain all words: of each word its terms, where there are any and an index of them, and the word itself.
CREATE FUNCTION search_condition(words text[], indexed boolean) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  word text;
  plain int[];
  escaped int[];
  conditions text[] := '{}';
BEGIN
  FOREACH word IN ARRAY words LOOP
    plain := dify_observe.wanted_terms(word);
    escaped := dify_observe.wanted_terms(dify_observe.json_spelling(word));
    IF indexed AND least(cardinality(plain), cardinality(escaped)) > 0 THEN
      conditions := conditions || format(CASE WHEN plain = escaped THEN '%1$s %2$L' ELSE '(%1$s %2$L OR %1$s %3$L)' END,
        'dify_observe.content_terms(r.query, r.answer, r.inputs, r.outputs) OPERATOR(dify_observe.@>>)', plain, escaped);
    END IF;
    conditions := conditions || format('(dify_observe.contains_words(r.query, %1$L) OR dify_observe.contains_words(r.answer, %1$L)'
      ' OR dify_observe.contains_words(r.inputs::text, %2$L) OR dify_observe.contains_words(r.outputs::text, %2$L))', word, dify_observe.json_spelling(word));
  END LOOP;
  RETURN array_to_string(conditions, ' AND ');
END $$;

-- Some words around the place where the word is; null where it is not.
CREATE FUNCTION snippet(content text, word text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place int := strpos(lower(content), lower(word));
  first int := greatest(place - 60, 1);
BEGIN
  IF place > 0 THEN
    RETURN CASE WHEN first > 1 THEN '…' ELSE '' END || substr(content, first, place - first + length(word) + 60)
      || CASE WHEN length(content) >= place + length(word) + 60 THEN '…' ELSE '' END;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION snippet(text, text) IS 'Up to sixty characters on both sides of the first place where the word is, capitals or not.';
