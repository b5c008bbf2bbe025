//! The source rows of events: from which table, which columns, as what.

use super::row::Row;
use crate::destinations::Filter;
use crate::otlp::record::{AppChange, EventKind, FeedbackChange, RehydrationFailure, Source};
use serde::de::value::Error;

/// Events of these kinds have their rows here.
pub struct Table {
    pub kinds: &'static [EventKind],
    name: &'static str,
    /// In the order of the record's fields.
    columns: &'static str,
    /// Whether they stand behind what all operations have.
    is_operation: bool,
}

impl Table {
    /// The rows of the ids `$1`, created at `$2`: the number of its id, whether it is of tenant `$4` and app `$5`, null meaning
    /// any, and its columns, those of content where `$3` wants them. A limited subquery, so that the planner cannot choose
    /// anything but one probe per id, in their order.
    pub fn query(&self) -> String {
        let operation = if self.is_operation {
            // A moderation check has no status.
            let status = if self.kinds == [EventKind::Moderation] {
                "NULL::text AS status"
            } else {
                "r.status"
            };
            OPERATION.replace("{status}", status)
        } else {
            String::new()
        };
        format!(
            "SELECT k.number, ($4::uuid IS NULL OR r.tenant_id = $4) AND coalesce($5::uuid IS NULL OR r.app_id = $5, false) AS wanted, \
             {operation}{columns} \
             FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY k(id, created_at, number), \
             LATERAL (SELECT * FROM dify_observe.{name} r WHERE r.id = k.id AND r.created_at = k.created_at LIMIT 1) r",
            columns = self.columns,
            name = self.name,
        )
    }
}

/// The row of an event of this kind, from its columns on.
pub fn of_row(kind: EventKind, row: &mut Row<'_>) -> Result<Source, Error> {
    Ok(match kind {
        EventKind::WorkflowRun => Source::WorkflowRun(row.read()?),
        EventKind::NodeExecution | EventKind::DraftNodeExecution => {
            Source::NodeExecution(row.read()?)
        }
        EventKind::Message => Source::Message(row.read()?),
        EventKind::ToolExecution => Source::ToolExecution(row.read()?),
        EventKind::Moderation => Source::Moderation(row.read()?),
        EventKind::SuggestedQuestions => Source::SuggestedQuestions(row.read()?),
        EventKind::Retrieval => Source::Retrieval(row.read()?),
        EventKind::GeneratedName => Source::GeneratedName(row.read()?),
        EventKind::PromptGeneration => Source::PromptGeneration(row.read()?),
        EventKind::AppCreated
        | EventKind::AppUpdated
        | EventKind::AppDeleted
        | EventKind::Feedback
        | EventKind::RehydrationFailed => return Err(serde::de::Error::custom("it has no row")),
    })
}

/// A query expression over `events e`: what the event itself tells, as JSON under the names of the record's fields, times in
/// microseconds; null for an event that has a row. `$1` says whether content is wanted.
pub fn told() -> String {
    format!(
        "CASE WHEN e.event IN (11, 12, 13) THEN {APP} WHEN e.event = 14 THEN {FEEDBACK} WHEN e.event = 15 THEN {FAILURE} END"
    )
}

/// What such an event makes, if the filter lets it pass.
pub fn of_told(kind: EventKind, json: &str, filter: Filter) -> serde_json::Result<Option<Source>> {
    let (source, tenant, app) = match kind {
        EventKind::Feedback => {
            let feedback: FeedbackChange = serde_json::from_str(json)?;
            let (tenant, app) = (feedback.tenant_id, feedback.app_id);
            (Source::Feedback(feedback), Some(tenant), Some(app))
        }
        EventKind::RehydrationFailed => {
            let failure: RehydrationFailure = serde_json::from_str(json)?;
            let tenant = failure.tenant_id;
            (Source::RehydrationFailed(failure), tenant, None)
        }
        _ => {
            let change: AppChange = serde_json::from_str(json)?;
            let (tenant, app) = (change.tenant_id, change.app_id);
            (Source::App(change), Some(tenant), Some(app))
        }
    };
    Ok(filter.lets_pass(tenant, app).then_some(source))
}

pub const TABLES: [Table; 9] = [
    Table {
        kinds: &[EventKind::NodeExecution, EventKind::DraftNodeExecution],
        name: "node_executions",
        columns: "r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_run_id, r.node_id, r.node_type, \
            r.title, r.status, r.index, r.predecessor_node_id, r.iteration_id, r.iteration_index, r.loop_id, \
            r.loop_index, r.parallel_id, r.retry_index, \
            CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.outputs END AS outputs, \
            CASE WHEN $3 THEN r.process_data END AS process_data, r.error, r.elapsed_time, r.invoked_by, r.user_id, r.message_id, \
            r.conversation_id, r.model_provider, r.model_name, r.input_tokens, r.output_tokens, r.total_tokens, \
            r.total_price::float8 AS total_price, r.currency, r.plugin_name, r.plugin_id, r.dataset_ids, r.dataset_names, r.created_at, \
            coalesce(r.finished_at, r.created_at) AS finished_at",
        is_operation: false,
    },
    Table {
        kinds: &[EventKind::WorkflowRun],
        name: "workflow_runs",
        columns: "r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_version, r.status, \
            CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.outputs END AS outputs, CASE WHEN $3 THEN r.query END AS query, \
            CASE WHEN $3 THEN r.files END AS files, r.error, \
            coalesce(r.warnings NOT IN ('[]', '{}', 'null', '\"\"'), false) AS warned, r.triggered_from, r.invoke_from, \
            r.from_source, r.conversation_id, r.message_id, r.workflow_app_log_id, r.invoked_by, r.user_id, r.user_session_id, \
            r.input_tokens, r.output_tokens, r.total_tokens, r.total_steps, r.total_price::float8 AS total_price, r.currency, \
            r.elapsed_time, r.created_at, coalesce(r.finished_at, r.created_at) AS finished_at, r.parent_trace_id, \
            r.parent_workflow_run_id, r.parent_node_execution_id, r.parent_app_id",
        is_operation: false,
    },
    Table {
        kinds: &[EventKind::Message],
        name: "messages",
        columns: "r.id, r.tenant_id, r.app_id, r.status, r.conversation_id, r.workflow_run_id, \
            r.node_execution_id, r.invoke_from, r.from_source, r.mode, r.agent_based, r.user_id, r.user_session_id, r.end_user_id, \
            r.account_id, CASE WHEN $3 THEN r.query END AS query, CASE WHEN $3 THEN r.answer END AS answer, \
            CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.outputs END AS outputs, CASE WHEN $3 THEN r.files END AS files, \
            CASE WHEN $3 THEN r.message_file_data END AS message_file_data, r.model_provider, r.model_name, r.input_tokens, \
            r.output_tokens, r.total_tokens, r.total_price::float8 AS total_price, r.currency, r.error, r.duration, \
            r.time_to_first_token, r.created_at, coalesce(r.finished_at, r.created_at) AS finished_at",
        is_operation: false,
    },
    Table {
        kinds: &[EventKind::ToolExecution],
        name: "tool_executions",
        columns: "r.tool_name, CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.outputs END AS outputs, \
            CASE WHEN $3 THEN r.parameters END AS parameters, CASE WHEN $3 THEN r.config END AS config, \
            CASE WHEN $3 THEN r.file_url END AS file_url, r.message_file_id, r.created_by_role, r.created_by",
        is_operation: true,
    },
    Table {
        kinds: &[EventKind::Moderation],
        name: "moderation_checks",
        columns: "r.type, r.action, r.flagged, r.categories, CASE WHEN $3 THEN r.inputs END AS inputs, \
            CASE WHEN $3 THEN r.query END AS query, CASE WHEN $3 THEN r.preset_response END AS preset_response, r.workflow_app_log_id",
        is_operation: true,
    },
    Table {
        kinds: &[EventKind::SuggestedQuestions],
        name: "suggested_questions",
        columns: "r.count, CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.questions END AS questions, \
            r.model_provider, r.model_name, r.total_tokens",
        is_operation: true,
    },
    Table {
        kinds: &[EventKind::Retrieval],
        name: "dataset_retrievals",
        columns: "r.dataset_ids, r.dataset_names, r.document_count, CASE WHEN $3 THEN r.query END AS query, \
            CASE WHEN $3 THEN r.documents END AS documents",
        is_operation: true,
    },
    Table {
        kinds: &[EventKind::GeneratedName],
        name: "generated_names",
        columns: "r.conversation_id, CASE WHEN $3 THEN r.inputs END AS inputs, CASE WHEN $3 THEN r.outputs END AS outputs",
        is_operation: true,
    },
    Table {
        kinds: &[EventKind::PromptGeneration],
        name: "prompt_generations",
        columns: "r.operation_type, r.model_provider, r.model_name, r.input_tokens, r.output_tokens, r.total_tokens, \
            r.total_price::float8 AS total_price, r.currency, CASE WHEN $3 THEN r.instruction END AS instruction, \
            CASE WHEN $3 THEN r.output END AS output",
        is_operation: true,
    },
];

const OPERATION: &str = "r.id, r.tenant_id, r.app_id, r.user_id, r.message_id, r.workflow_run_id, r.node_execution_id, \
    {status}, r.error, r.duration, r.created_at, coalesce(r.finished_at, r.created_at) AS finished_at, ";

/// What happened to an app is told by the event itself.
const APP: &str = "json_build_object('tenant_id', e.change -> 'tenant_id', 'app_id', e.source_id, 'mode', e.change -> 'mode', \
    'at', (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint)::text";

const FEEDBACK: &str = "(SELECT row_to_json(s)::text FROM (SELECT f.tenant_id, f.app_id, f.message_id, e.change ->> 'rating' AS rating, \
    CASE WHEN $1 THEN e.change ->> 'content' END AS content, e.change ->> 'user_id' AS user_id, \
    (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint AS at \
    FROM dify_observe.feedbacks f WHERE f.id = e.source_id) s)";

const FAILURE: &str = "json_build_object('tenant_id', e.change -> 'tenant_id', 'payload_type', e.change -> 'payload_type', \
    'correlation_id', e.source_id, 'error', e.change -> 'error', \
    'at', (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint)::text";
