//! What can be logged, and under which names.

use crate::signature::{self, Arguments};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Run,
    Node,
    Message,
    Tool,
    Moderation,
    Questions,
    Retrieval,
    Name,
    Prompt,
    AppCreated,
    AppUpdated,
    AppDeleted,
    Feedback,
}

impl Kind {
    pub const ALL: [Kind; 13] = [
        Kind::Run,
        Kind::Node,
        Kind::Message,
        Kind::Tool,
        Kind::Moderation,
        Kind::Questions,
        Kind::Retrieval,
        Kind::Name,
        Kind::Prompt,
        Kind::AppCreated,
        Kind::AppUpdated,
        Kind::AppDeleted,
        Kind::Feedback,
    ];

    /// Function, table and event name; a draft node's event has a name of its own.
    fn names(self) -> [&'static str; 3] {
        match self {
            Kind::Run => ["log_workflow_run", "workflow_runs", "dify.workflow.run"],
            Kind::Node => [
                "log_node_execution",
                "node_executions",
                "dify.node.execution",
            ],
            Kind::Message => ["log_message", "messages", "dify.message.run"],
            Kind::Tool => [
                "log_tool_execution",
                "tool_executions",
                "dify.tool.execution",
            ],
            Kind::Moderation => [
                "log_moderation_check",
                "moderation_checks",
                "dify.moderation.check",
            ],
            Kind::Questions => [
                "log_suggested_questions",
                "suggested_questions",
                "dify.suggested_question.generation",
            ],
            Kind::Retrieval => [
                "log_dataset_retrieval",
                "dataset_retrievals",
                "dify.dataset.retrieval",
            ],
            Kind::Name => [
                "log_generate_name",
                "generated_names",
                "dify.generate_name.execution",
            ],
            Kind::Prompt => [
                "log_prompt_generation",
                "prompt_generations",
                "dify.prompt_generation.execution",
            ],
            Kind::AppCreated => ["log_app_created", "apps", "dify.app.created"],
            Kind::AppUpdated => ["log_app_updated", "apps", "dify.app.updated"],
            Kind::AppDeleted => ["log_app_deleted", "apps", "dify.app.deleted"],
            Kind::Feedback => ["log_feedback", "feedbacks", "dify.feedback.created"],
        }
    }

    pub fn function(self) -> &'static str {
        self.names()[0]
    }

    pub fn table(self) -> &'static str {
        self.names()[1]
    }

    pub fn event(self) -> &'static str {
        self.names()[2]
    }

    /// What may be left out, without identity, times and what places it in a trace.
    pub fn optional(self) -> Arguments {
        match self {
            Kind::Run => signature::RUN,
            Kind::Node => signature::NODE,
            Kind::Message => signature::MESSAGE,
            Kind::Tool => signature::TOOL,
            Kind::Moderation => signature::MODERATION,
            Kind::Questions => signature::QUESTIONS,
            Kind::Retrieval => signature::RETRIEVAL,
            Kind::Name => signature::NAME,
            Kind::Prompt => signature::PROMPT,
            Kind::AppCreated | Kind::AppUpdated => signature::APP,
            Kind::AppDeleted => &[],
            Kind::Feedback => signature::FEEDBACK,
        }
    }

    pub fn is_app(self) -> bool {
        matches!(self, Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted)
    }

    /// The argument that tells how long it took.
    pub fn took(self) -> &'static str {
        match self {
            Kind::Run | Kind::Node => "elapsed_time",
            _ => "duration",
        }
    }

    /// Statuses before the end, and at the end.
    pub fn statuses(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Kind::Run => (
                &["running", "paused", "scheduled"],
                &["succeeded", "failed", "stopped", "partial-succeeded"],
            ),
            Kind::Node => (
                &["running", "pending", "paused"],
                &[
                    "succeeded",
                    "failed",
                    "exception",
                    "retry",
                    "stopped",
                    "partial-succeeded",
                ],
            ),
            Kind::Message => (
                &["running", "paused"],
                &["normal", "succeeded", "failed", "error", "stopped"],
            ),
            _ => (&[], &["succeeded", "failed", "error"]),
        }
    }
}
