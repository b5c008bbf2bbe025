//! Where a record stands in the tree of its trace, when everything with a duration is a span of its own: under its own row's
//! id, below its node, else its message, else its run. Decided from the record alone wherever that can be, so that a record
//! which is sent again stands where it stood.

use crate::otlp::record::{Above, Record, Source};
use uuid::Uuid;

/// The UUID that names the record's span; none for what has no duration.
pub fn span_source(record: &Record) -> Option<Uuid> {
    match &record.source {
        Source::WorkflowRun(run) => Some(run.id),
        Source::NodeExecution(node) => Some(node.id),
        Source::Message(message) => Some(message.id),
        source => Some(source.operation()?.id),
    }
}

/// The UUID that names the parent of the record's span; none for the root of a trace. Where it is known that the parent never
/// comes, the root stands in for it, and where that does not come either, the span begins a tree of its own.
pub fn parent_source(record: &Record) -> Option<Uuid> {
    let trace = record.correlation_id?;
    let own = span_source(record)?;
    if trace == own {
        return None;
    }
    let nearest = match &record.source {
        Source::WorkflowRun(run) => run.parent_node_execution_id.or(run.parent_workflow_run_id),
        Source::NodeExecution(node) => record.relatives.enclosing.or(node.workflow_run_id),
        Source::Message(message) => message.node_execution_id.or(message.workflow_run_id),
        // Outside of a run a name is a trace of its conversation: its message is in another one.
        Source::GeneratedName(name) if trace == name.conversation_id => return None,
        source => {
            let operation = source.operation()?;
            operation
                .node_execution_id
                .or(operation.message_id)
                .or(operation.workflow_run_id)
        }
    };
    // What only tells its trace belongs to whatever that begins with.
    let parent = nearest.filter(|parent| *parent != own).unwrap_or(trace);
    match record.relatives.above {
        None | Some((_, Above::Goes)) => Some(parent),
        Some((Above::Goes, _)) => Some(trace),
        Some(_) => None,
    }
}

/// Whether the record's span begins its trace.
pub fn is_root(record: &Record) -> bool {
    parent_source(record).is_none()
}

#[cfg(test)]
mod tests;
