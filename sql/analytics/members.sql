-- Members with what they did, many in a few bytes each: a pack (src/members/). Packs can be added to packs, and told apart, some thirty times as fast as rows.

CREATE FUNCTION add_member(members internal, member bytea, amounts numeric[], price numeric) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'add_member_wrapper';
CREATE FUNCTION add_members(members internal, pack bytea) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'add_members_wrapper';
CREATE FUNCTION packed(members internal) RETURNS bytea
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'packed_wrapper';
CREATE FUNCTION tell_apart(members internal, pack bytea) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tell_apart_wrapper';
CREATE FUNCTION told_apart(members internal) RETURNS bigint
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'told_apart_wrapper';

CREATE AGGREGATE pack_members(member bytea, amounts numeric[], price numeric) (SFUNC = add_member, STYPE = internal, SSPACE = 20000, FINALFUNC = packed);
COMMENT ON AGGREGATE pack_members(bytea, numeric[], numeric) IS
  'Members as a pack. amounts: count, input_tokens, output_tokens, total_tokens, unpriced_input_tokens, unpriced_output_tokens.';

CREATE AGGREGATE merge_members(pack bytea) (SFUNC = add_members, STYPE = internal, SSPACE = 20000, FINALFUNC = packed);
COMMENT ON AGGREGATE merge_members(bytea) IS 'Packs as one, each member once with the sum of what it did.';

CREATE AGGREGATE distinct_members(pack bytea) (SFUNC = tell_apart, STYPE = internal, SSPACE = 20000, FINALFUNC = told_apart);
COMMENT ON AGGREGATE distinct_members(bytea) IS 'How many different members packs have.';

CREATE FUNCTION unpacked_members(pack bytea)
  RETURNS TABLE (member bytea, count numeric, input_tokens numeric, output_tokens numeric, total_tokens numeric, unpriced_input_tokens numeric,
    unpriced_output_tokens numeric, price numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000 AS 'MODULE_PATHNAME', 'unpacked_members_wrapper';
COMMENT ON FUNCTION unpacked_members(bytea) IS 'The members of a pack. One may come more than once: what is to be added up, a price that is too long for a pack, is a row of its own.';

CREATE FUNCTION renamed_members(pack bytea, pairs bytea) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'renamed_members_wrapper';
COMMENT ON FUNCTION renamed_members(bytea, bytea) IS
  'A pack with other hashes in the place of some, null where it has none of these. pairs: eight bytes of the old one and eight of the new one each, in the order of the old ones.';
