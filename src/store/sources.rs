//! The source row of an event as JSON, under the names of the record's fields, times in microseconds.

/// A query expression over `events e`; `$4` says whether content is wanted. Scalar subqueries, so that the planner cannot
/// choose anything but one probe per event.
pub fn of_event() -> String {
    let spans = format!(
        "WHEN 1 THEN {} WHEN 4 THEN {}",
        row("workflow_runs", RUN),
        row("messages", MESSAGE)
    );
    let operations: String = OPERATIONS
        .iter()
        .map(|(code, table, own)| {
            // A moderation check has no status.
            let status = if *code == 6 { "NULL" } else { "r.status" };
            let operation = OPERATION.replace("{status}", status);
            format!(
                "WHEN {code} THEN {} ",
                row(table, &format!("{operation}, {own}"))
            )
        })
        .collect();
    format!(
        "CASE e.event {spans} {operations} \
         WHEN 11 THEN {APP} WHEN 12 THEN {APP} WHEN 13 THEN {APP} WHEN 14 THEN {FEEDBACK} WHEN 15 THEN {FAILURE} \
         WHEN 2 THEN {node} WHEN 3 THEN {node} END",
        node = row("node_executions", NODE)
    )
}

fn row(table: &str, columns: &str) -> String {
    format!(
        "(SELECT row_to_json(s)::text FROM (SELECT {columns} FROM dify_observe.{table} r \
         WHERE r.id = e.source_id AND r.created_at = e.source_at) s)"
    )
}

const RUN: &str = "r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_version, r.status, \
    CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs, CASE WHEN $4 THEN r.query END AS query, \
    CASE WHEN $4 THEN r.files END AS files, r.error, coalesce(r.warnings NOT IN ('[]', '{}', 'null', '\"\"'), false) AS warned, r.triggered_from, r.invoke_from, \
    r.from_source, r.conversation_id, r.message_id, r.workflow_app_log_id, r.invoked_by, r.user_id, r.user_session_id, r.input_tokens, \
    r.output_tokens, r.total_tokens, r.total_steps, r.total_price, r.currency, r.elapsed_time, (extract(epoch FROM r.created_at) * 1000000)::bigint AS created_at, \
    (extract(epoch FROM coalesce(r.finished_at, r.created_at)) * 1000000)::bigint AS finished_at, r.parent_trace_id, \
    r.parent_workflow_run_id, r.parent_node_execution_id, r.parent_app_id";

const NODE: &str = "r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_run_id, r.node_id, r.node_type, \
    r.title, r.status, r.index, r.predecessor_node_id, r.iteration_id, r.iteration_index, r.loop_id, \
    r.loop_index, r.parallel_id, r.retry_index, \
    CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs, \
    CASE WHEN $4 THEN r.process_data END AS process_data, r.error, r.elapsed_time, r.invoked_by, r.user_id, r.message_id, \
    r.conversation_id, r.model_provider, r.model_name, r.input_tokens, r.output_tokens, r.total_tokens, r.total_price, r.currency, \
    r.plugin_name, r.plugin_id, r.dataset_ids, r.dataset_names, (extract(epoch FROM r.created_at) * 1000000)::bigint AS created_at, \
    (extract(epoch FROM coalesce(r.finished_at, r.created_at)) * 1000000)::bigint AS finished_at";

const MESSAGE: &str = "r.id, r.tenant_id, r.app_id, r.status, r.conversation_id, r.workflow_run_id, \
    r.node_execution_id, r.invoke_from, r.from_source, r.mode, r.agent_based, r.user_id, r.user_session_id, r.end_user_id, r.account_id, \
    CASE WHEN $4 THEN r.query END AS query, CASE WHEN $4 THEN r.answer END AS answer, \
    CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs, \
    CASE WHEN $4 THEN r.files END AS files, CASE WHEN $4 THEN r.message_file_data END AS message_file_data, r.model_provider, r.model_name, r.input_tokens, r.output_tokens, r.total_tokens, \
    r.total_price, r.currency, r.error, r.duration, r.time_to_first_token, (extract(epoch FROM r.created_at) * 1000000)::bigint AS created_at, \
    (extract(epoch FROM coalesce(r.finished_at, r.created_at)) * 1000000)::bigint AS finished_at";

const OPERATION: &str = "(SELECT o FROM (SELECT r.id, r.tenant_id, r.app_id, r.user_id, r.message_id, r.workflow_run_id, \
    r.node_execution_id, {status} AS status, r.error, r.duration, (extract(epoch FROM r.created_at) * 1000000)::bigint AS created_at, \
    (extract(epoch FROM coalesce(r.finished_at, r.created_at)) * 1000000)::bigint AS finished_at) o) AS operation";

/// Code, table, and what is its own.
const OPERATIONS: [(i16, &str, &str); 6] = [
    (
        5,
        "tool_executions",
        "r.tool_name, CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs, \
         CASE WHEN $4 THEN r.parameters END AS parameters, CASE WHEN $4 THEN r.config END AS config, \
         CASE WHEN $4 THEN r.file_url END AS file_url, r.message_file_id, r.created_by_role, r.created_by",
    ),
    (
        6,
        "moderation_checks",
        "r.type, r.action, r.flagged, r.categories, r.workflow_app_log_id, CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.query END AS query, \
         CASE WHEN $4 THEN r.preset_response END AS preset_response",
    ),
    (
        7,
        "suggested_questions",
        "r.count, CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.questions END AS questions, \
         r.model_provider, r.model_name, r.total_tokens",
    ),
    (
        8,
        "dataset_retrievals",
        "r.dataset_ids, r.dataset_names, r.document_count, CASE WHEN $4 THEN r.query END AS query, \
         CASE WHEN $4 THEN r.documents END AS documents",
    ),
    (
        9,
        "generated_names",
        "r.conversation_id, CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs",
    ),
    (
        10,
        "prompt_generations",
        "r.operation_type, r.model_provider, r.model_name, r.input_tokens, r.output_tokens, r.total_tokens, r.total_price, r.currency, \
         CASE WHEN $4 THEN r.instruction END AS instruction, CASE WHEN $4 THEN r.output END AS output",
    ),
];

/// What happened to an app is told by the event itself.
const APP: &str = "json_build_object('tenant_id', e.change -> 'tenant_id', 'app_id', e.source_id, 'mode', e.change -> 'mode', \
    'at', (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint)::text";

const FEEDBACK: &str = "(SELECT row_to_json(s)::text FROM (SELECT f.tenant_id, f.app_id, f.message_id, e.change ->> 'rating' AS rating, \
    CASE WHEN $4 THEN e.change ->> 'content' END AS content, e.change ->> 'user_id' AS user_id, \
    (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint AS at \
    FROM dify_observe.feedbacks f WHERE f.id = e.source_id) s)";

const FAILURE: &str = "json_build_object('tenant_id', e.change -> 'tenant_id', 'payload_type', e.change -> 'payload_type', \
    'correlation_id', e.source_id, 'error', e.change -> 'error', \
    'at', (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint)::text";
