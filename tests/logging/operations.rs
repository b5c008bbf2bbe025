//! The six kinds of operations, for tests that treat them alike.

use crate::call::{Call, Kind};

const fn kind(table: &'static str, log: &'static str, event: &'static str) -> Kind {
    Kind {
        table,
        log,
        elapsed: "duration",
        event,
        open: &[],
        done: &["succeeded", "failed", "error"],
    }
}

pub const OPERATIONS: [Kind; 6] = [
    kind(
        "tool_executions",
        "log_tool_execution",
        "dify.tool.execution",
    ),
    kind(
        "moderation_checks",
        "log_moderation_check",
        "dify.moderation.check",
    ),
    kind(
        "suggested_questions",
        "log_suggested_questions",
        "dify.suggested_question.generation",
    ),
    kind(
        "dataset_retrievals",
        "log_dataset_retrieval",
        "dify.dataset.retrieval",
    ),
    kind(
        "generated_names",
        "log_generate_name",
        "dify.generate_name.execution",
    ),
    kind(
        "prompt_generations",
        "log_prompt_generation",
        "dify.prompt_generation.execution",
    ),
];

pub const CONVERSATION: &str = "c0000000-0000-4000-8000-00000000000c";

/// With what is required, in a conversation of its own where that is.
pub fn operation(kind: &Kind) -> Call {
    let call = kind.call();
    if names_a_conversation(kind) {
        call.with("conversation_id", CONVERSATION)
    } else {
        call
    }
}

/// A generated name belongs to its conversation in place of a message.
pub fn names_a_conversation(kind: &Kind) -> bool {
    kind.table == "generated_names"
}
