//! In whatever order a batch tells them, runs are logged before what is in them, and messages before what belongs to them.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, batch, call};
use crate::stored::forget;

const OUTER: &str = "11111111-0000-4000-8000-000000000001";
const INNER: &str = "22222222-0000-4000-8000-000000000002";
const MESSAGE: &str = "33333333-0000-4000-8000-000000000003";
const NODE: &str = "44444444-0000-4000-8000-000000000004";
const BAD: &str = "7";

/// A run inside another one that is not told, with a node, a message, and what happened inside them.
fn nested() -> Vec<Event> {
    let in_run = |name: &str| Event::of(name).with("workflow_run_id", INNER);
    let at_node = |name: &str| Event::of(name).with("node_execution_id", NODE);
    let at_message = |name: &str| Event::of(name).with("message_id", MESSAGE);
    vec![
        at_message("dify.feedback.created").with("rating", "like"),
        at_message("dify.suggested_question.generation"),
        at_message("dify.moderation.check"),
        at_node("dify.tool.execution"),
        at_node("dify.dataset.retrieval"),
        at_node("dify.generate_name.execution"),
        in_run("dify.prompt_generation.execution"),
        in_run("dify.message.run").with("id", MESSAGE),
        in_run("dify.node.execution").with("id", NODE),
        Event::of("dify.workflow.run")
            .with("id", INNER)
            .with("parent_workflow_run_id", OUTER),
    ]
}

fn traces(session: &mut Client) -> Vec<String> {
    session.column("SELECT DISTINCT trace_id FROM dify_observe.companion_logs")
}

/// Every order in which each event is first once.
fn orders() -> Vec<Vec<Event>> {
    let turned = |by: usize| {
        let mut events = nested();
        events.rotate_left(by);
        events
    };
    let mut orders: Vec<Vec<Event>> = (0..nested().len()).map(turned).collect();
    orders.push(nested().into_iter().rev().collect());
    orders
}

#[test]
fn all_of_a_nested_run_is_in_the_outer_ones_trace() {
    let (_cluster, mut session) = without_worker("batch_order");
    for events in orders() {
        forget(&mut session);
        assert_eq!(session.log_batch(&batch(&events)), "10 0");
        assert_eq!(traces(&mut session), [OUTER.replace('-', "")]);
    }
}

#[test]
fn a_bad_event_changes_the_traces_of_no_other() {
    let (_cluster, mut session) = without_worker("batch_order_bad");
    for events in orders() {
        forget(&mut session);
        let with_bad = batch(&events).replacen('[', &format!("[{BAD}, "), 1);
        assert_eq!(session.quarantine(&with_bad), "10 1");
        assert_eq!(traces(&mut session), [OUTER.replace('-', "")], "{with_bad}");
    }
}

/// One that is logged, but not with the others in one statement.
#[test]
fn an_event_that_stands_alone_changes_the_traces_of_no_other() {
    let (_cluster, mut session) = without_worker("batch_order_alone");
    let tool = Event::of("dify.tool.execution").with("workflow_run_id", INNER);
    let alone = tool.text().replace("\"workflow", "\"\\u0077orkflow");
    for events in orders() {
        for on_error in ["abort", "quarantine"] {
            forget(&mut session);
            let with_alone = batch(&events).replacen('[', &format!("[{alone}, "), 1);
            assert_eq!(session.ask(&call(&with_alone, on_error)), "11 0");
            assert_eq!(
                traces(&mut session),
                [OUTER.replace('-', "")],
                "{on_error} {with_alone}"
            );
        }
    }
}

/// As the same calls would, one after the other.
#[test]
fn nested_runs_find_the_outermost_one_that_was_told_before_them() {
    let (_cluster, mut session) = without_worker("batch_deep");
    let run = |own: usize, parent: usize| {
        let id = |number: usize| format!("{number:08}-0000-4000-8000-00000000000f");
        Event::of("dify.workflow.run")
            .with("id", id(own))
            .with("parent_workflow_run_id", id(parent))
    };
    let by_run = "SELECT left(source_id::text, 8) || ' ' || left(trace_id, 8) FROM dify_observe.companion_logs ORDER BY source_id";
    for (events, expected) in [
        ([run(2, 1), run(3, 2), run(4, 3)], [1, 1, 1]),
        ([run(4, 3), run(3, 2), run(2, 1)], [1, 2, 3]),
        ([run(3, 2), run(2, 1), run(4, 3)], [1, 2, 2]),
    ] {
        forget(&mut session);
        session.log_batch(&batch(&events));
        let roots = session.column(by_run);
        let wanted: Vec<String> = (2..)
            .zip(expected)
            .map(|(own, root)| format!("{own:08} {root:08}"))
            .collect();
        assert_eq!(roots, wanted);
    }
}

#[test]
fn a_given_parent_trace_id_decides() {
    let (_cluster, mut session) = without_worker("batch_given_trace");
    let given = "55555555-0000-4000-8000-000000000005";
    let events: Vec<Event> = nested()
        .into_iter()
        .filter(|event| !event.text().contains("dify.feedback"))
        .map(|event| event.with("parent_trace_id", given))
        .collect();
    assert_eq!(session.log_batch(&batch(&events)), "9 0");
    assert_eq!(traces(&mut session), [given.replace('-', "")]);
}

#[test]
fn the_events_of_a_kind_are_told_in_the_order_of_the_batch() {
    let (_cluster, mut session) = without_worker("batch_sequence");
    for (name, column, table) in [
        ("dify.workflow.run", "query", "workflow_runs"),
        ("dify.node.execution", "title", "node_executions"),
        ("dify.message.run", "query", "messages"),
        ("dify.tool.execution", "error", "tool_executions"),
        ("dify.generate_name.execution", "error", "generated_names"),
    ] {
        forget(&mut session);
        let told = |number: usize| Event::of(name).with(column, number.to_string());
        let events: Vec<Event> = (0..500).map(told).collect();
        session.log_batch(&batch(&events));
        let order = format!(
            "SELECT {column} FROM dify_observe.events e JOIN dify_observe.{table} r ON r.id = e.source_id ORDER BY e.id"
        );
        let expected: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        assert_eq!(session.column(&order), expected, "{name}");
    }
}
