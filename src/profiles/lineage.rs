//! Where a record belongs: its span, its parent's span, its user and its moment.

use crate::otlp::record::{Micros, Record, Source, WorkflowRun};
use uuid::Uuid;

/// The UUID that names the record's span, or the span that its log belongs to; none for what has no trace.
pub fn span_source(record: &Record) -> Option<Uuid> {
    match &record.source {
        Source::WorkflowRun(run) => Some(run.id),
        Source::NodeExecution(node) => Some(node.id),
        Source::Message(message) => Some(message.node_execution_id.unwrap_or(message.id)),
        Source::Feedback(feedback) => Some(feedback.message_id),
        source => {
            let operation = source.operation()?;
            let subject = match source {
                Source::GeneratedName(name) => Some(name.conversation_id),
                _ => operation.message_id,
            };
            operation
                .node_execution_id
                .or(subject)
                .or(Some(operation.id))
        }
    }
}

/// The UUID that names the parent of the record's span; none for a root and for what has no span.
pub fn parent_source(record: &Record) -> Option<Uuid> {
    match &record.source {
        Source::WorkflowRun(run) => run.parent_node_execution_id.or(run.parent_workflow_run_id),
        Source::NodeExecution(node) => node.workflow_run_id,
        _ => None,
    }
}

/// Whether a run says that something else called it.
pub fn is_nested(run: &WorkflowRun) -> bool {
    run.parent_trace_id.is_some()
        || run.parent_workflow_run_id.is_some()
        || run.parent_node_execution_id.is_some()
        || run.parent_app_id.is_some()
}

/// The user behind the record; an empty text is no user.
pub fn user_id(record: &Record) -> Option<&str> {
    let user = match &record.source {
        Source::WorkflowRun(run) => &run.user_id,
        Source::NodeExecution(node) => &node.user_id,
        Source::Message(message) => &message.user_id,
        Source::Feedback(feedback) => &feedback.user_id,
        source => &source.operation()?.user_id,
    };
    user.as_deref().filter(|text| !text.is_empty())
}

/// The tenant that the record belongs to; none when nobody can tell whose row a failed rehydration missed.
pub fn tenant_id(record: &Record) -> Option<Uuid> {
    match &record.source {
        Source::WorkflowRun(run) => Some(run.tenant_id),
        Source::NodeExecution(node) => Some(node.tenant_id),
        Source::Message(message) => Some(message.tenant_id),
        Source::App(app) => Some(app.tenant_id),
        Source::Feedback(feedback) => Some(feedback.tenant_id),
        Source::RehydrationFailed(failure) => failure.tenant_id,
        source => Some(source.operation()?.tenant_id),
    }
}

/// When the event happened.
pub fn occurred_at(record: &Record) -> Micros {
    match &record.source {
        Source::WorkflowRun(run) => run.finished_at,
        Source::NodeExecution(node) => node.finished_at,
        Source::Message(message) => message.finished_at,
        Source::App(app) => app.at,
        Source::Feedback(feedback) => feedback.at,
        Source::RehydrationFailed(failure) => failure.at,
        source => source
            .operation()
            .map_or(record.recorded_at, |operation| operation.finished_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::record::Operation;
    use crate::otlp::sample::{
        self, CONVERSATION, END, MESSAGE, NODE, OPERATION, OUTER_NODE, OUTER_RUN, RUN, START,
        TENANT,
    };

    #[test]
    fn a_log_without_a_span_belongs_to_its_node_else_its_subject() {
        let plain = sample::message(|_| ());
        let in_node = sample::message(|message| message.node_execution_id = Some(NODE));
        assert_eq!(span_source(&plain), Some(MESSAGE));
        assert_eq!(span_source(&in_node), Some(NODE));
        assert_eq!(span_source(&sample::feedback(|_| ())), Some(MESSAGE));
        assert_eq!(span_source(&sample::app()), None);
    }

    #[test]
    fn an_operation_belongs_to_its_node_else_its_message_else_stands_alone() {
        let inside = |operation: &mut Operation| {
            operation.node_execution_id = Some(NODE);
            operation.message_id = Some(MESSAGE);
        };
        let said = |operation: &mut Operation| operation.message_id = Some(MESSAGE);
        for (record, expected) in [
            (sample::tool(|tool| inside(&mut tool.operation)), NODE),
            (sample::tool(|tool| said(&mut tool.operation)), MESSAGE),
            (sample::retrieval(|_| ()), OPERATION),
            (
                sample::prompt_generation(|prompt| said(&mut prompt.operation)),
                MESSAGE,
            ),
            (sample::prompt_generation(|_| ()), OPERATION),
            (
                sample::generated_name(|name| inside(&mut name.operation)),
                NODE,
            ),
            (
                sample::generated_name(|name| said(&mut name.operation)),
                CONVERSATION,
            ),
        ] {
            assert_eq!(span_source(&record), Some(expected), "{record:?}");
            assert_eq!(parent_source(&record), None);
            assert_eq!(occurred_at(&record), END);
        }
    }

    #[test]
    fn a_failed_rehydration_stands_outside_of_everything() {
        let unknown = sample::rehydration_failed(|failure| failure.tenant_id = None);
        assert_eq!(span_source(&unknown), None);
        assert_eq!(tenant_id(&unknown), None);
        assert_eq!(user_id(&unknown), None);
        assert_eq!(occurred_at(&unknown), START);
        let known = sample::rehydration_failed(|_| ());
        assert_eq!(tenant_id(&known), Some(TENANT));
    }

    #[test]
    fn parents() {
        let root = sample::run(|_| ());
        let called_by_run = sample::run(|run| run.parent_workflow_run_id = Some(OUTER_RUN));
        let called_by_node = sample::run(|run| {
            run.parent_workflow_run_id = Some(OUTER_RUN);
            run.parent_node_execution_id = Some(OUTER_NODE);
        });
        let only_trace = sample::run(|run| run.parent_trace_id = Some(OUTER_RUN));
        for (record, expected) in [
            (root, None),
            (called_by_run, Some(OUTER_RUN)),
            (called_by_node, Some(OUTER_NODE)),
            (only_trace, None),
            (sample::node(|_| ()), Some(RUN)),
            (sample::draft(|_| ()), None),
        ] {
            assert_eq!(parent_source(&record), expected);
        }
    }

    #[test]
    fn an_empty_user_is_none() {
        for (given, expected) in [("", None), ("u1", Some("u1"))] {
            let run = sample::run(|run| run.user_id = Some(given.into()));
            let tool = sample::tool(|tool| tool.operation.user_id = Some(given.into()));
            assert_eq!((user_id(&run), user_id(&tool)), (expected, expected));
        }
    }
}
