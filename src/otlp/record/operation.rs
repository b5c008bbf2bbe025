//! The rows of operations: what an application does beside its runs and messages, inside of them or on its own.

use super::{Json, Micros};
use serde::Deserialize;
use uuid::Uuid;

/// What all operations have. A field of its own in each: flattened by serde, it could not be read in the order of its columns.
#[derive(Debug, Deserialize)]
pub struct Operation {
    pub id: Uuid,
    pub tenant_id: Uuid,
    /// None for a prompt generation outside any app.
    pub app_id: Option<Uuid>,
    pub user_id: Option<String>,
    pub message_id: Option<Uuid>,
    pub workflow_run_id: Option<Uuid>,
    pub node_execution_id: Option<Uuid>,
    /// None for a moderation check, which has no status.
    pub status: Option<String>,
    pub error: Option<String>,
    pub duration: Option<f64>,
    pub created_at: Micros,
    pub finished_at: Micros,
}

#[derive(Debug, Deserialize)]
pub struct ToolExecution {
    pub operation: Operation,
    pub tool_name: String,
    pub inputs: Option<Json>,
    pub outputs: Option<Json>,
    pub parameters: Option<Json>,
    pub config: Option<Json>,
    pub file_url: Option<String>,
    pub message_file_id: Option<Uuid>,
    pub created_by_role: Option<String>,
    pub created_by: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
pub struct ModerationCheck {
    pub operation: Operation,
    /// Of what is checked: `input` or `output`.
    #[serde(rename = "type")]
    pub checked: Option<String>,
    pub action: String,
    pub flagged: bool,
    pub categories: Option<Json>,
    pub inputs: Option<Json>,
    pub query: Option<String>,
    pub preset_response: Option<String>,
    pub workflow_app_log_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
pub struct SuggestedQuestions {
    pub operation: Operation,
    pub count: Option<i32>,
    pub inputs: Option<Json>,
    pub questions: Option<Json>,
    pub model_provider: Option<String>,
    pub model_name: Option<String>,
    pub total_tokens: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct DatasetRetrieval {
    pub operation: Operation,
    pub dataset_ids: Option<Vec<String>>,
    pub dataset_names: Option<Vec<String>>,
    pub document_count: Option<i32>,
    pub query: Option<String>,
    pub documents: Option<Json>,
}

#[derive(Debug, Deserialize)]
pub struct GeneratedName {
    pub operation: Operation,
    pub conversation_id: Uuid,
    pub inputs: Option<Json>,
    pub outputs: Option<Json>,
}

#[derive(Debug, Deserialize)]
pub struct PromptGeneration {
    pub operation: Operation,
    pub operation_type: String,
    pub model_provider: Option<String>,
    pub model_name: Option<String>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    pub total_price: Option<f64>,
    pub currency: Option<String>,
    pub instruction: Option<String>,
    pub output: Option<String>,
}
