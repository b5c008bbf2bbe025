//! An event together with its source row: what `store` reads and everything else is computed from.

mod execution;
mod json;
mod kind;
mod moment;
mod operation;
mod relatives;

pub use execution::{Message, NodeExecution, WorkflowRun};
pub use json::Json;
pub use kind::EventKind;
pub use moment::{AppChange, FeedbackChange, RehydrationFailure};
pub use operation::{
    DatasetRetrieval, GeneratedName, ModerationCheck, Operation, PromptGeneration,
    SuggestedQuestions, ToolExecution,
};
pub use relatives::{Above, MessageFacts, Relatives, Root};

use uuid::Uuid;

/// Microseconds since 1970-01-01 UTC.
pub type Micros = i64;

#[derive(Debug)]
pub struct Record {
    pub event_id: i64,
    pub kind: EventKind,
    /// The UUID that names the trace; none for app events and failed rehydrations.
    pub correlation_id: Option<Uuid>,
    pub recorded_at: Micros,
    pub source: Source,
    pub relatives: Relatives,
}

#[derive(Debug)]
pub enum Source {
    WorkflowRun(Box<WorkflowRun>),
    NodeExecution(Box<NodeExecution>),
    Message(Box<Message>),
    ToolExecution(Box<ToolExecution>),
    Moderation(Box<ModerationCheck>),
    SuggestedQuestions(Box<SuggestedQuestions>),
    Retrieval(Box<DatasetRetrieval>),
    GeneratedName(Box<GeneratedName>),
    PromptGeneration(Box<PromptGeneration>),
    App(AppChange),
    Feedback(FeedbackChange),
    RehydrationFailed(RehydrationFailure),
}

impl Source {
    /// What an operation has in common with the others; none for what is not one.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Source::ToolExecution(tool) => Some(&tool.operation),
            Source::Moderation(check) => Some(&check.operation),
            Source::SuggestedQuestions(suggested) => Some(&suggested.operation),
            Source::Retrieval(retrieval) => Some(&retrieval.operation),
            Source::GeneratedName(name) => Some(&name.operation),
            Source::PromptGeneration(prompt) => Some(&prompt.operation),
            Source::WorkflowRun(_)
            | Source::NodeExecution(_)
            | Source::Message(_)
            | Source::App(_)
            | Source::Feedback(_)
            | Source::RehydrationFailed(_) => None,
        }
    }
}
