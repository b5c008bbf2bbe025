//! An event together with its source row: what `store` reads and everything else is computed from.

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// Microseconds since 1970-01-01 UTC.
pub type Micros = i64;

/// The events that are written today, by the code `events.event` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    WorkflowRun = 1,
    NodeExecution = 2,
    DraftNodeExecution = 3,
    Message = 4,
    AppCreated = 11,
    AppUpdated = 12,
    AppDeleted = 13,
    Feedback = 14,
}

impl EventKind {
    pub const ALL: [EventKind; 8] = [
        EventKind::WorkflowRun,
        EventKind::NodeExecution,
        EventKind::DraftNodeExecution,
        EventKind::Message,
        EventKind::AppCreated,
        EventKind::AppUpdated,
        EventKind::AppDeleted,
        EventKind::Feedback,
    ];

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            EventKind::WorkflowRun => "dify.workflow.run",
            EventKind::NodeExecution => "dify.node.execution",
            EventKind::DraftNodeExecution => "dify.node.execution.draft",
            EventKind::Message => "dify.message.run",
            EventKind::AppCreated => "dify.app.created",
            EventKind::AppUpdated => "dify.app.updated",
            EventKind::AppDeleted => "dify.app.deleted",
            EventKind::Feedback => "dify.feedback.created",
        }
    }

    /// Whether the event has a span, which its log then accompanies.
    pub fn has_span(self) -> bool {
        matches!(
            self,
            EventKind::WorkflowRun | EventKind::NodeExecution | EventKind::DraftNodeExecution
        )
    }
}

#[derive(Debug)]
pub struct Record {
    pub event_id: i64,
    pub kind: EventKind,
    /// The UUID that names the trace; none for app events.
    pub correlation_id: Option<Uuid>,
    pub recorded_at: Micros,
    pub source: Source,
}

#[derive(Debug)]
pub enum Source {
    WorkflowRun(Box<WorkflowRun>),
    NodeExecution(Box<NodeExecution>),
    Message(Box<Message>),
    App(AppChange),
    Feedback(FeedbackChange),
}

#[derive(Debug, Deserialize)]
pub struct WorkflowRun {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub app_id: Uuid,
    pub workflow_id: Uuid,
    pub workflow_version: Option<String>,
    pub status: String,
    pub inputs: Option<Box<RawValue>>,
    pub outputs: Option<Box<RawValue>>,
    pub query: Option<String>,
    pub error: Option<String>,
    /// Whether the run was logged with warnings.
    pub warned: bool,
    pub invoke_from: Option<String>,
    pub conversation_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    pub invoked_by: Option<String>,
    pub user_id: Option<String>,
    pub total_tokens: Option<i64>,
    pub elapsed_time: Option<f64>,
    pub created_at: Micros,
    pub finished_at: Micros,
    pub parent_trace_id: Option<Uuid>,
    pub parent_workflow_run_id: Option<Uuid>,
    pub parent_node_execution_id: Option<Uuid>,
    pub parent_app_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
pub struct NodeExecution {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub app_id: Uuid,
    pub workflow_id: Option<Uuid>,
    /// None for a draft.
    pub workflow_run_id: Option<Uuid>,
    pub node_id: String,
    pub node_type: String,
    pub title: Option<String>,
    pub status: String,
    pub index: Option<i32>,
    pub predecessor_node_id: Option<String>,
    pub iteration_id: Option<String>,
    pub loop_id: Option<String>,
    pub parallel_id: Option<String>,
    pub inputs: Option<Box<RawValue>>,
    pub outputs: Option<Box<RawValue>>,
    pub process_data: Option<Box<RawValue>>,
    pub error: Option<String>,
    pub elapsed_time: Option<f64>,
    pub invoked_by: Option<String>,
    pub user_id: Option<String>,
    pub message_id: Option<Uuid>,
    pub conversation_id: Option<Uuid>,
    pub model_provider: Option<String>,
    pub model_name: Option<String>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    pub total_price: Option<f64>,
    pub currency: Option<String>,
    pub plugin_name: Option<String>,
    pub plugin_id: Option<String>,
    pub dataset_ids: Option<Vec<String>>,
    pub dataset_names: Option<Vec<String>>,
    pub created_at: Micros,
    pub finished_at: Micros,
}

#[derive(Debug, Deserialize)]
pub struct Message {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub app_id: Uuid,
    pub status: String,
    pub conversation_id: Option<Uuid>,
    pub workflow_run_id: Option<Uuid>,
    pub node_execution_id: Option<Uuid>,
    pub invoke_from: Option<String>,
    pub user_id: Option<String>,
    pub query: Option<String>,
    pub answer: Option<String>,
    pub inputs: Option<Box<RawValue>>,
    pub outputs: Option<Box<RawValue>>,
    pub model_provider: Option<String>,
    pub model_name: Option<String>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    pub error: Option<String>,
    pub duration: Option<f64>,
    pub time_to_first_token: Option<f64>,
    pub created_at: Micros,
    pub finished_at: Micros,
}

/// An app's creation, change or deletion; `at` is when that happened.
#[derive(Debug, Deserialize)]
pub struct AppChange {
    pub tenant_id: Uuid,
    pub app_id: Uuid,
    pub mode: Option<String>,
    pub at: Micros,
}

/// Feedback as it was given at `at`: the row itself may have been changed since.
#[derive(Debug, Deserialize)]
pub struct FeedbackChange {
    pub tenant_id: Uuid,
    pub app_id: Uuid,
    pub message_id: Uuid,
    pub rating: Option<String>,
    pub content: Option<String>,
    pub user_id: Option<String>,
    pub at: Micros,
}
