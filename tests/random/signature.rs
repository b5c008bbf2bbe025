//! The arguments of the calls that may be left out, without identity, times and what places them in a trace.

/// What values an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Text,
    /// A text that becomes a metric's label.
    Label,
    Error,
    Json,
    Warnings,
    /// Taken as `jsonb`, which refuses some escapes by itself.
    Jsonb,
    Tokens,
    Count,
    Price,
    Seconds,
    Id,
    Texts,
    Bool,
}

use Sort::{
    Bool, Count, Error, Id, Json, Jsonb, Label, Price, Seconds, Text, Texts, Tokens, Warnings,
};

pub type Arguments = &'static [(&'static str, Sort)];

pub const RUN: Arguments = &[
    ("workflow_version", Text),
    ("inputs", Json),
    ("outputs", Json),
    ("query", Text),
    ("error", Error),
    ("warnings", Warnings),
    ("files", Json),
    ("configuration", Json),
    ("triggered_from", Text),
    ("invoke_from", Label),
    ("from_source", Text),
    ("conversation_id", Id),
    ("message_id", Id),
    ("workflow_app_log_id", Id),
    ("invoked_by", Text),
    ("user_id", Text),
    ("user_session_id", Text),
    ("input_tokens", Tokens),
    ("output_tokens", Tokens),
    ("total_tokens", Tokens),
    ("total_steps", Count),
    ("total_price", Price),
    ("currency", Text),
    ("metadata", Jsonb),
];

pub const NODE: Arguments = &[
    ("workflow_id", Id),
    ("title", Text),
    ("index", Count),
    ("predecessor_node_id", Text),
    ("iteration_id", Text),
    ("iteration_index", Count),
    ("loop_id", Text),
    ("loop_index", Count),
    ("parallel_id", Text),
    ("retry_index", Count),
    ("inputs", Json),
    ("outputs", Json),
    ("process_data", Json),
    ("error", Error),
    ("invoked_by", Text),
    ("user_id", Text),
    ("message_id", Id),
    ("conversation_id", Id),
    ("model_provider", Label),
    ("model_name", Label),
    ("input_tokens", Tokens),
    ("output_tokens", Tokens),
    ("total_tokens", Tokens),
    ("total_price", Price),
    ("currency", Text),
    ("plugin_name", Label),
    ("plugin_id", Text),
    ("dataset_ids", Texts),
    ("dataset_names", Texts),
    ("metadata", Jsonb),
];

pub const MESSAGE: Arguments = &[
    ("conversation_id", Id),
    ("parent_message_id", Id),
    ("invoke_from", Label),
    ("from_source", Text),
    ("mode", Text),
    ("agent_based", Bool),
    ("user_id", Text),
    ("user_session_id", Text),
    ("end_user_id", Text),
    ("account_id", Text),
    ("query", Text),
    ("answer", Text),
    ("inputs", Json),
    ("outputs", Json),
    ("files", Json),
    ("message_file_data", Json),
    ("model_provider", Label),
    ("model_name", Label),
    ("input_tokens", Tokens),
    ("output_tokens", Tokens),
    ("total_tokens", Tokens),
    ("total_price", Price),
    ("currency", Text),
    ("error", Error),
    ("time_to_first_token", Seconds),
    ("metadata", Jsonb),
];

pub const TOOL: Arguments = &[
    ("inputs", Json),
    ("outputs", Json),
    ("parameters", Json),
    ("config", Json),
    ("file_url", Text),
    ("message_file_id", Id),
    ("created_by_role", Text),
    ("created_by", Id),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const MODERATION: Arguments = &[
    ("type", Text),
    ("categories", Jsonb),
    ("inputs", Json),
    ("query", Text),
    ("preset_response", Text),
    ("workflow_app_log_id", Id),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const QUESTIONS: Arguments = &[
    ("questions", Json),
    ("count", Count),
    ("inputs", Json),
    ("model_provider", Label),
    ("model_name", Label),
    ("total_tokens", Tokens),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const RETRIEVAL: Arguments = &[
    ("dataset_ids", Texts),
    ("dataset_names", Texts),
    ("query", Text),
    ("documents", Json),
    ("document_count", Count),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const NAME: Arguments = &[
    ("inputs", Json),
    ("outputs", Json),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const PROMPT: Arguments = &[
    ("model_provider", Label),
    ("model_name", Label),
    ("input_tokens", Tokens),
    ("output_tokens", Tokens),
    ("total_tokens", Tokens),
    ("total_price", Price),
    ("currency", Text),
    ("instruction", Text),
    ("output", Text),
    ("user_id", Text),
    ("error", Error),
    ("metadata", Jsonb),
];

pub const APP: Arguments = &[("mode", Label), ("name", Text)];

pub const FEEDBACK: Arguments = &[
    ("content", Text),
    ("user_id", Text),
    ("conversation_id", Id),
];
