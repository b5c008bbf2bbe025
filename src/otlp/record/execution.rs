//! The rows of what is executed: runs, their nodes, and messages.

use super::Micros;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

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
    pub finished_at: Micros,
}
