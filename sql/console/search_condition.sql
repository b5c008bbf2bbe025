-- What the index is asked for a word; null where it has nothing to answer.
CREATE FUNCTION term_condition(word text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  all_of int[] := dify_observe.wanted_terms(word);
  one_of int[] := dify_observe.wanted_any_term(word);
BEGIN
  RETURN 'dify_observe.content_terms(r.query, r.answer, r.inputs, r.outputs) ' || CASE
    WHEN all_of <> '{}' THEN format('OPERATOR(dify_observe.@>>) %L', all_of)
    WHEN one_of <> '{}' THEN format('OPERATOR(dify_observe.&&>) %L', one_of) END;
END $$;

-- Which rows contain all words: of each word its terms, where there are any and an index of them, and the word itself.
CREATE FUNCTION search_condition(words text[], indexed boolean) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 AS $$
DECLARE
  word text;
  conditions text[] := '{}';
  spellings text[];
BEGIN
  FOREACH word IN ARRAY words LOOP
    IF indexed THEN
      spellings := ARRAY(SELECT DISTINCT dify_observe.term_condition(s) FROM unnest(ARRAY[word, dify_observe.json_spelling(word)]) s);
      IF array_position(spellings, NULL) IS NULL THEN
        conditions := conditions || ('(' || array_to_string(spellings, ' OR ') || ')');
      END IF;
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
