CREATE FUNCTION annotation_history(annotation_id uuid DEFAULT NULL)
  RETURNS TABLE (version int, question text, content text, note text, author text, written_at timestamptz, replaced_at timestamptz)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a.version, a.question, a.content, a.note, a.author, a.updated_at, NULL::timestamptz
  FROM annotations a WHERE a.id = annotation_history.annotation_id
  UNION ALL
  SELECT v.version, v.question, v.content, v.note, v.author, v.written_at, v.replaced_at
  FROM annotation_versions v WHERE v.annotation_id = annotation_history.annotation_id
  ORDER BY 1 DESC;
END;
COMMENT ON FUNCTION annotation_history(uuid) IS 'Every version of an annotation with its author, the present one first.';

CREATE FUNCTION annotation_hit_list(annotation_id uuid DEFAULT NULL)
  RETURNS TABLE (id uuid, created_at timestamptz, message_id uuid, score float8, question text, annotation_question text, annotation_content text,
    source text, user_id text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT h.id, h.created_at, h.message_id, h.score, h.question, h.annotation_question, h.annotation_content, h.source, h.user_id
  FROM annotation_hits h WHERE h.annotation_id = annotation_hit_list.annotation_id
  ORDER BY h.created_at DESC, h.id DESC;
END;
COMMENT ON FUNCTION annotation_hit_list(uuid) IS 'The messages that an annotation answered, the latest first, with what it said then.';
