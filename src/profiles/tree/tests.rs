use super::*;
use crate::otlp::record::Operation;
use crate::otlp::sample::{
    self, CONVERSATION, MESSAGE, NODE, OPERATION, OUTER_NODE, OUTER_RUN, RUN,
};

fn in_trace(trace: Uuid, mut record: Record) -> Record {
    record.correlation_id = Some(trace);
    record
}

#[test]
fn every_event_with_a_duration_is_named_by_its_own_row() {
    for (record, expected) in [
        (sample::run(|_| ()), Some(RUN)),
        (sample::node(|_| ()), Some(NODE)),
        (sample::draft(|_| ()), Some(NODE)),
        (
            sample::message(|message| message.node_execution_id = Some(NODE)),
            Some(MESSAGE),
        ),
        (
            sample::tool(|tool| tool.operation.node_execution_id = Some(NODE)),
            Some(OPERATION),
        ),
        (sample::generated_name(|_| ()), Some(OPERATION)),
        (sample::feedback(|_| ()), None),
        (sample::app(), None),
        (sample::rehydration_failed(|_| ()), None),
    ] {
        assert_eq!(span_source(&record), expected, "{record:?}");
    }
}

#[test]
fn what_its_trace_is_named_after_is_the_root() {
    for record in [
        sample::run(|_| ()),
        sample::draft(|_| ()),
        sample::message(|_| ()),
        sample::tool(|_| ()),
        sample::generated_name(|_| ()),
        sample::prompt_generation(|_| ()),
        // The row of its node is not there: nothing tells the trace that it belongs to.
        sample::message(|message| message.node_execution_id = Some(NODE)),
        sample::generated_name(|name| name.operation.message_id = Some(MESSAGE)),
    ] {
        assert!(is_root(&record), "{record:?}");
    }
}

#[test]
fn a_chat_turn_is_its_run_with_the_message_below() {
    let message = sample::message(|message| message.workflow_run_id = Some(RUN));
    assert_eq!(parent_source(&in_trace(RUN, message)), Some(RUN));
    let in_node = sample::message(|message| {
        message.workflow_run_id = Some(RUN);
        message.node_execution_id = Some(NODE);
    });
    assert_eq!(parent_source(&in_trace(RUN, in_node)), Some(NODE));
}

#[test]
fn a_node_is_below_its_iteration_or_loop_else_its_run() {
    let mut node = sample::node(|node| node.iteration_id = Some("it".into()));
    assert_eq!(parent_source(&node), Some(RUN));
    node.relatives.enclosing = Some(OUTER_NODE);
    assert_eq!(parent_source(&node), Some(OUTER_NODE));
}

#[test]
fn an_inner_run_is_below_the_node_that_called_it_else_the_run_else_the_root() {
    let called_by_node = sample::run(|run| {
        run.parent_workflow_run_id = Some(OUTER_RUN);
        run.parent_node_execution_id = Some(OUTER_NODE);
    });
    let called_by_run = sample::run(|run| run.parent_workflow_run_id = Some(OUTER_RUN));
    let only_trace = sample::run(|run| run.parent_trace_id = Some(OUTER_RUN));
    for (record, expected) in [
        (called_by_node, OUTER_NODE),
        (called_by_run, OUTER_RUN),
        (only_trace, OUTER_RUN),
    ] {
        let record = in_trace(OUTER_RUN, record);
        assert_eq!(parent_source(&record), Some(expected), "{record:?}");
    }
    let inner_node = in_trace(OUTER_RUN, sample::node(|_| ()));
    assert_eq!(parent_source(&inner_node), Some(RUN));
}

#[test]
fn an_operation_is_below_its_node_else_its_message_else_its_run_else_the_root() {
    let all = |operation: &mut Operation| {
        operation.node_execution_id = Some(NODE);
        operation.message_id = Some(MESSAGE);
        operation.workflow_run_id = Some(RUN);
    };
    for (known, expected) in [(0, NODE), (1, MESSAGE), (2, RUN), (3, OUTER_RUN)] {
        let ids = |operation: &mut Operation| {
            all(operation);
            if known > 0 {
                operation.node_execution_id = None;
            }
            if known > 1 {
                operation.message_id = None;
            }
            if known > 2 {
                operation.workflow_run_id = None;
            }
        };
        for record in [
            sample::tool(|tool| ids(&mut tool.operation)),
            sample::moderation(|check| ids(&mut check.operation)),
            sample::suggested_questions(|suggested| ids(&mut suggested.operation)),
            sample::retrieval(|retrieval| ids(&mut retrieval.operation)),
            sample::generated_name(|name| ids(&mut name.operation)),
            sample::prompt_generation(|prompt| ids(&mut prompt.operation)),
        ] {
            let record = in_trace(OUTER_RUN, record);
            assert_eq!(parent_source(&record), Some(expected), "{record:?}");
        }
    }
}

#[test]
fn nothing_is_its_own_parent() {
    let node = sample::node(|node| node.workflow_run_id = Some(NODE));
    assert_eq!(parent_source(&in_trace(RUN, node)), Some(RUN));
    let named = sample::generated_name(|name| name.conversation_id = CONVERSATION);
    assert_eq!(parent_source(&named), None);
}
