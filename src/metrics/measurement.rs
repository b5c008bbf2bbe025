//! What the metrics need to know of one event.

use crate::otlp::record::EventKind;

/// One event, from a view of the store. A text is empty when unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub kind: EventKind,
    pub tenant_id: String,
    pub app_id: String,
    pub status: String,
    pub invoke_from: String,
    pub node_type: String,
    pub model_provider: String,
    pub model_name: String,
    pub plugin_name: String,
    pub tool_name: String,
    /// Of a prompt generation.
    pub operation_type: String,
    /// Of feedback: `like`, `dislike`, or empty when withdrawn.
    pub rating: String,
    /// Of a created app.
    pub mode: String,
    /// Of a retrieval, each once.
    pub datasets: Vec<String>,
    /// Whether the operation failed, by the contract's rule.
    pub failed: bool,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    /// Microseconds.
    pub duration_us: Option<i64>,
    /// Microseconds until the first token of a message.
    pub first_token_us: Option<i64>,
}
