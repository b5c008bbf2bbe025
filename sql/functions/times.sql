-- When something began and ended, where that was not given: the one place that says what follows from what. Each is one
-- expression, which Postgres puts in the place of its call.

CREATE FUNCTION began_at(created_at timestamptz, finished_at timestamptz, seconds float8, id_at timestamptz) RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(created_at, CASE WHEN id_at <= coalesce(finished_at, id_at) THEN id_at END,
                  coalesce(finished_at, now()) - make_interval(secs => coalesce(seconds, 0)));
END;
COMMENT ON FUNCTION began_at(timestamptz, timestamptz, float8, timestamptz) IS
  'The beginning: as given, else when the id was made, else the end or now, less the seconds it took.';

CREATE FUNCTION ended_at(created_at timestamptz, finished_at timestamptz, seconds float8) RETURNS timestamptz
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(finished_at, created_at + make_interval(secs => seconds), greatest(now(), created_at));
END;
COMMENT ON FUNCTION ended_at(timestamptz, timestamptz, float8) IS 'The end: as given, else the beginning and the seconds it took, else now.';
