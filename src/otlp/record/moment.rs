//! What happened at one moment: changes of apps, feedback, and a source row found gone.

use super::Micros;
use serde::Deserialize;
use uuid::Uuid;

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

/// An event whose source row was gone when the exporter needed it.
#[derive(Debug, Deserialize)]
pub struct RehydrationFailure {
    /// None when nobody can tell any more.
    pub tenant_id: Option<Uuid>,
    /// What kind of row it was: workflow, node, message, ...
    pub payload_type: String,
    /// The id of the source row.
    pub correlation_id: Uuid,
    pub error: String,
    pub at: Micros,
}
