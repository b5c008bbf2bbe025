-- The index of search_logs. Its functions and its operator tell nothing of what they are given but by their answer: LEAKPROOF, so that a role
-- that sees only some tenants' rows can use it too. pg_trgm would not do: see docs/decisions.md.

CREATE FUNCTION search_terms(content text) RETURNS int[]
  LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 500
  AS 'MODULE_PATHNAME', 'search_terms_wrapper';
COMMENT ON FUNCTION search_terms(text) IS
  'The pieces by which a text is found, as numbers: of every word pairs of ideographs, kana and hangul, fours of other letters, in small letters, in any locale.';

CREATE FUNCTION wanted_terms(words text) RETURNS int[]
  LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'wanted_terms_wrapper';
COMMENT ON FUNCTION wanted_terms(text) IS 'Pieces that every text with the word has; none for a word of three letters or less, or a single ideograph.';

CREATE FUNCTION wanted_any_term(word text) RETURNS int[]
  LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'wanted_any_term_wrapper';
COMMENT ON FUNCTION wanted_any_term(text) IS 'Pieces of which every text with a word of three letters has one: its letters and whatever follows them. None for any other word.';

CREATE FUNCTION contains_words(content text, words text) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'contains_words_wrapper';
COMMENT ON FUNCTION contains_words(text, text) IS 'Whether the words are in the text, capitals or not, the same in every locale, which ILIKE is not; and it takes a tenth of the time.';

-- In PL/pgSQL, since SQL would be inlined, and not all that it is made of is leakproof.
CREATE FUNCTION content_terms(query text, answer text, inputs jsonb, outputs jsonb) RETURNS int[]
  LANGUAGE plpgsql IMMUTABLE LEAKPROOF PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN dify_observe.search_terms(coalesce(query, '') || E'\n' || coalesce(answer, '') || E'\n' || coalesce(inputs::text, '') || E'\n' || coalesce(outputs::text, ''));
END $$;
COMMENT ON FUNCTION content_terms(text, text, jsonb, jsonb) IS 'What the indexes of create_search_index() hold of a message, or of a run, which has no answer.';

CREATE FUNCTION contains_terms(terms int[], wanted int[]) RETURNS boolean
  LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'arraycontains';
COMMENT ON FUNCTION contains_terms(int[], int[]) IS 'Whether all wanted terms are among the terms.';

CREATE FUNCTION contains_any_term(terms int[], wanted int[]) RETURNS boolean
  LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'arrayoverlap';
COMMENT ON FUNCTION contains_any_term(int[], int[]) IS 'Whether one of the wanted terms is among the terms.';

CREATE OPERATOR @>> (LEFTARG = int[], RIGHTARG = int[], FUNCTION = contains_terms, RESTRICT = contsel, JOIN = contjoinsel);
CREATE OPERATOR &&> (LEFTARG = int[], RIGHTARG = int[], FUNCTION = contains_any_term, RESTRICT = contsel, JOIN = contjoinsel);

CREATE OPERATOR CLASS search_ops FOR TYPE int[] USING gin AS
  OPERATOR 1 &&> (int[], int[]),
  OPERATOR 2 @>> (int[], int[]),
  FUNCTION 1 pg_catalog.btint4cmp(int, int),
  FUNCTION 2 pg_catalog.ginarrayextract(anyarray, internal, internal),
  FUNCTION 3 pg_catalog.ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  FUNCTION 4 pg_catalog.ginarrayconsistent(internal, smallint, anyarray, int, internal, internal, internal, internal),
  FUNCTION 6 pg_catalog.ginarraytriconsistent(internal, smallint, anyarray, int, internal, internal, internal),
  STORAGE int;
