//! What other rows tell about a record. Nothing of it is known where nobody looked, or where the row is not there (yet).

use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Relatives {
    /// The run or message that the record's trace begins with.
    pub root: Option<Root>,
    /// The message that an operation belongs to.
    pub message: Option<MessageFacts>,
    /// The execution of the iteration or loop node in which a node ran.
    pub enclosing: Option<Uuid>,
    /// Whether the tokens and the price of a run or a message are told by what is in the run, or by the run.
    pub usage_is_told: bool,
    /// What would change the record's span is not there, and may yet come: the iteration or loop that a node names, or the run of a
    /// message that knows tokens.
    pub is_early: bool,
    /// How the root of the record's trace and its parent stand, for a backend that drops what hangs in the air.
    #[serde(skip)]
    pub above: Option<(Above, Above)>,
}

/// Whether a span above another one is sent to the same destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// It was, or will be.
    Goes,
    Unfinished,
    /// There is no such row, or not yet.
    Unknown,
    /// Another tenant's or app's than the destination is for, or ended before the destination was there.
    Never,
}

/// The row that a trace begins with.
#[derive(Clone, Debug, Deserialize)]
pub struct Root {
    pub id: Uuid,
    /// A message where it is none.
    pub is_run: bool,
    pub is_finished: bool,
    pub workflow_app_log_id: Option<Uuid>,
    pub workflow_version: Option<String>,
    pub conversation_id: Option<Uuid>,
    pub user_id: Option<String>,
    pub user_session_id: Option<String>,
}

/// What a message tells of the operations that belong to it.
#[derive(Clone, Debug, Deserialize)]
pub struct MessageFacts {
    pub id: Uuid,
    pub status: String,
    pub workflow_run_id: Option<Uuid>,
    pub from_source: Option<String>,
    pub agent_based: Option<bool>,
    pub end_user_id: Option<String>,
    pub account_id: Option<String>,
    pub model_provider: Option<String>,
    pub model_name: Option<String>,
}
