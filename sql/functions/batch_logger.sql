-- The logging function of an event, whose arguments are the event's fields.
CREATE FUNCTION batch_logger(event_name text) RETURNS regproc
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT ('dify_observe.' || CASE event_name
    WHEN 'dify.workflow.run' THEN 'log_workflow_run' WHEN 'dify.node.execution' THEN 'log_node_execution'
    WHEN 'dify.node.execution.draft' THEN 'log_node_execution' WHEN 'dify.message.run' THEN 'log_message'
    WHEN 'dify.tool.execution' THEN 'log_tool_execution' WHEN 'dify.moderation.check' THEN 'log_moderation_check'
    WHEN 'dify.suggested_question.generation' THEN 'log_suggested_questions' WHEN 'dify.dataset.retrieval' THEN 'log_dataset_retrieval'
    WHEN 'dify.generate_name.execution' THEN 'log_generate_name' WHEN 'dify.prompt_generation.execution' THEN 'log_prompt_generation'
    WHEN 'dify.app.created' THEN 'log_app_created' WHEN 'dify.app.updated' THEN 'log_app_updated'
    WHEN 'dify.app.deleted' THEN 'log_app_deleted' WHEN 'dify.feedback.created' THEN 'log_feedback' END)::regproc;
END;
COMMENT ON FUNCTION batch_logger(text) IS 'The function that logs the event of this name; null for a name that cannot be logged.';

CREATE FUNCTION batch_rank(event_name text) RETURNS integer
  LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE event_name WHEN 'dify.workflow.run' THEN 1 WHEN 'dify.node.execution' THEN 2 WHEN 'dify.node.execution.draft' THEN 2
                         WHEN 'dify.message.run' THEN 3 ELSE 4 END;
END;
COMMENT ON FUNCTION batch_rank(text) IS 'Runs are logged before what is in them and messages before what belongs to them, so that traces are found.';
