-- Comments are taken apart and counted in one pass of the library (src/complaints.rs): as rows, their words would be several times as many, and sorted.

CREATE FUNCTION add_complaint(complaints internal, comment text, disliked boolean, message uuid, at timestamptz) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'add_complaint_wrapper';
CREATE FUNCTION most_frequent_complaints(complaints internal) RETURNS jsonb
  LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'most_frequent_complaints_wrapper';

CREATE AGGREGATE complaint_words(comment text, disliked boolean, message uuid, at timestamptz)
  (SFUNC = add_complaint, STYPE = internal, SSPACE = 20000, FINALFUNC = most_frequent_complaints);
COMMENT ON AGGREGATE complaint_words(text, boolean, uuid, timestamptz) IS
  'The 1000 words (of three letters and more, pairs of ideographs) that most disliking comments have: pattern, dislikes, likes, and the messages of the latest three. A word counts once in a comment.';

CREATE FUNCTION feedback_patterns(app_id uuid DEFAULT NULL, start timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, by text DEFAULT 'word',
  page_size int DEFAULT 50, include_debug boolean DEFAULT false)
  RETURNS TABLE (pattern text, dislikes bigint, likes bigint, dislike_share numeric, messages uuid[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET extra_float_digits = 1 SET jit = off AS $$
#variable_conflict use_variable
DECLARE
  times record;
  rated text;
  keys text := CASE by
    WHEN 'word' THEN ''
    WHEN 'model' THEN 'SELECT f.model_name'
    WHEN 'version' THEN 'SELECT r.workflow_version FROM dify_observe.workflow_runs r
                         WHERE r.id = f.workflow_run_id AND r.created_at >= f.said_at - interval ''1 day'' AND r.created_at < f.said_at + interval ''1 day''
                           AND r.created_at BETWEEN %1$L AND %2$L'
    WHEN 'node' THEN 'SELECT DISTINCT concat_ws('' '', coalesce(n.title, n.node_id), CASE WHEN n.status IN (''failed'', ''exception'') THEN ''('' || n.status || '')'' END)
                      FROM dify_observe.node_executions n WHERE n.workflow_run_id = f.workflow_run_id
                        AND n.created_at >= f.said_at - interval ''1 day'' AND n.created_at < f.said_at + interval ''1 day''
                        AND n.created_at BETWEEN %1$L AND %2$L' END;
BEGIN
  PERFORM dify_observe.check_range(app_id, start, until);
  IF keys IS NULL THEN
    PERFORM dify_observe.refuse_value('by', by, 'word, model, node, version');
  END IF;
  IF page_size IS NULL OR page_size NOT BETWEEN 1 AND 1000 THEN
    PERFORM dify_observe.refuse_value('page_size', page_size::text, '1 to 1000');
  END IF;
  -- When the messages were, as far as their ids tell, so that partitions that hold none of them are left alone. For words only those of which the rollups do not
  -- know whether they come from a debugger.
  SELECT CASE WHEN count(*) = 0 THEN 'infinity' WHEN bool_and(t.at IS NOT NULL) THEN min(t.at) - interval '1 hour' END AS first,
    CASE WHEN bool_and(t.at IS NOT NULL) THEN max(t.at) + interval '1 day' END AS last INTO times
  FROM (SELECT dify_observe.id_time(f.message_id) AS at FROM dify_observe.feedbacks f
        WHERE f.app_id = app_id AND f.rating IS NOT NULL AND f.created_at >= coalesce(start, '-infinity') AND f.created_at < coalesce(until, 'infinity')
          AND (by <> 'word' OR NOT EXISTS (SELECT FROM dify_observe.rollup_feedback r WHERE r.feedback_id = f.id AND r.known))) t;
  rated := format(
    'SELECT f.rating, f.message_id, f.created_at, %s
     FROM dify_observe.feedbacks f LEFT JOIN (SELECT m.id, m.created_at, m.model_name, m.workflow_run_id, m.invoke_from FROM dify_observe.messages m
                                              WHERE m.app_id = $1 AND m.created_at >= %L AND m.created_at < %L) m ON m.id = f.message_id
     WHERE f.app_id = $1 AND f.rating IS NOT NULL AND f.created_at >= coalesce($2, ''-infinity'') AND f.created_at < coalesce($3, ''infinity'')
       AND ($4 OR NOT dify_observe.is_debug(m.invoke_from, NULL) AND NOT EXISTS (SELECT FROM dify_observe.rollup_feedback r WHERE r.feedback_id = f.id AND r.debug))',
    CASE by WHEN 'word' THEN 'f.content' ELSE 'm.created_at AS said_at, m.model_name, m.workflow_run_id' END, coalesce(times.first, '-infinity'), coalesce(times.last, 'infinity'));
  IF by = 'word' THEN
    RETURN QUERY EXECUTE format(
      'SELECT p.pattern, p.dislikes, p.likes, round(p.dislikes::numeric / (p.dislikes + p.likes), 4), p.messages
       FROM jsonb_to_recordset((SELECT dify_observe.complaint_words(f.content, f.rating = ''dislike'', f.message_id, f.created_at) FROM (%s) f))
         AS p (pattern text, dislikes bigint, likes bigint, messages uuid[])
       ORDER BY p.dislikes DESC, p.likes, p.pattern COLLATE "C" LIMIT $5', rated) USING app_id, start, until, include_debug, page_size;
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT k.pattern, count(*) FILTER (WHERE f.rating = ''dislike''), count(*) FILTER (WHERE f.rating = ''like''),
       round(avg((f.rating = ''dislike'')::int), 4), (array_agg(f.message_id ORDER BY f.created_at DESC, f.message_id) FILTER (WHERE f.rating = ''dislike''))[1:3]
     FROM (%s) f CROSS JOIN LATERAL (%s) k (pattern)
     WHERE k.pattern <> ''''
     GROUP BY k.pattern HAVING count(*) FILTER (WHERE f.rating = ''dislike'') > 0
     ORDER BY 2 DESC, 3, 1 LIMIT $5', rated,
    format(keys, coalesce(times.first - interval '1 day', '-infinity'), coalesce(times.last + interval '1 day', 'infinity')))
  USING app_id, start, until, include_debug, page_size;
END $$;
COMMENT ON FUNCTION feedback_patterns IS
  'What disliked messages have in common, the most frequent first: words of the comments (pairs of ideographs), the model, the workflow version, or the nodes that ran for them, failed ones told apart (by: word, model, version, node). Ratings are counted once per message and source; messages: the latest three disliked. Errors: 22004, 22023.';
