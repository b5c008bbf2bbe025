//! The kinds of events.

/// An event, by the code that `events.event` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    WorkflowRun = 1,
    NodeExecution = 2,
    DraftNodeExecution = 3,
    Message = 4,
    ToolExecution = 5,
    Moderation = 6,
    SuggestedQuestions = 7,
    Retrieval = 8,
    GeneratedName = 9,
    PromptGeneration = 10,
    AppCreated = 11,
    AppUpdated = 12,
    AppDeleted = 13,
    Feedback = 14,
    /// Written by the exporter, about another event whose source row is gone.
    RehydrationFailed = 15,
}

impl EventKind {
    pub const ALL: [EventKind; 15] = [
        EventKind::WorkflowRun,
        EventKind::NodeExecution,
        EventKind::DraftNodeExecution,
        EventKind::Message,
        EventKind::ToolExecution,
        EventKind::Moderation,
        EventKind::SuggestedQuestions,
        EventKind::Retrieval,
        EventKind::GeneratedName,
        EventKind::PromptGeneration,
        EventKind::AppCreated,
        EventKind::AppUpdated,
        EventKind::AppDeleted,
        EventKind::Feedback,
        EventKind::RehydrationFailed,
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
            EventKind::ToolExecution => "dify.tool.execution",
            EventKind::Moderation => "dify.moderation.check",
            EventKind::SuggestedQuestions => "dify.suggested_question.generation",
            EventKind::Retrieval => "dify.dataset.retrieval",
            EventKind::GeneratedName => "dify.generate_name.execution",
            EventKind::PromptGeneration => "dify.prompt_generation.execution",
            EventKind::AppCreated => "dify.app.created",
            EventKind::AppUpdated => "dify.app.updated",
            EventKind::AppDeleted => "dify.app.deleted",
            EventKind::Feedback => "dify.feedback.created",
            EventKind::RehydrationFailed => "dify.telemetry.rehydration_failed",
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
