CREATE FUNCTION round_half_even(value numeric, digits integer) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN abs(value - trunc(value, digits)) * power(10::numeric, digits) = 0.5 AND mod(trunc(value * power(10::numeric, digits)), 2) = 0
    THEN trunc(value, digits) ELSE round(value, digits) END;
END;
COMMENT ON FUNCTION round_half_even(numeric, integer) IS 'Rounds as the original system does: a half to the even neighbour. round() goes away from zero.';
