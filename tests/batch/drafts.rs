//! Executions of single nodes, which belong to no run.

use crate::asking::{Asking, without_worker};
use crate::call::OTHER;
use crate::event::{Batching, Event, batch, uuid};
use crate::stored::{forget, told};

const DRAFT: &str = "dify.node.execution.draft";

#[test]
fn a_draft_is_one_whether_it_says_so_or_not() {
    let (_cluster, mut session) = without_worker("batch_drafts");
    let says = ["true", "null", r#""true""#];
    let mut events: Vec<Event> = says.map(|json| Event::of(DRAFT).raw("draft", json)).into();
    events.push(Event::of(DRAFT));
    for (number, event) in events.into_iter().enumerate() {
        forget(&mut session);
        let id = uuid(number);
        session.log_batch(&batch(&[event.with("id", id.as_str())]));
        assert_eq!(told(&mut session), [DRAFT]);
        let row = format!(
            "SELECT concat_ws(' ', draft, workflow_run_id IS NULL, trace_id = replace('{id}', '-', '')) \
             FROM dify_observe.node_executions JOIN dify_observe.companion_logs ON source_id = node_executions.id"
        );
        assert_eq!(session.column(&row), ["t t t"]);
    }
}

#[test]
fn a_draft_that_says_it_is_none_is_refused() {
    let (_cluster, mut session) = without_worker("batch_no_drafts");
    for run in [None, Some(OTHER)] {
        for says in ["false", r#""false""#] {
            let mut event = Event::of(DRAFT).raw("draft", says);
            if let Some(run) = run {
                event = event.with("workflow_run_id", run);
            }
            let refusal = session.refused_batch(&batch(&[event]));
            assert_eq!(refusal.code, "22023", "{says} {run:?} {refusal:?}");
        }
    }
    assert!(told(&mut session).is_empty());
}

#[test]
fn a_draft_inside_a_run_is_refused() {
    let (_cluster, mut session) = without_worker("batch_draft_in_run");
    let event = Event::of(DRAFT).with("workflow_run_id", OTHER);
    let refusal = session.refused_batch(&batch(&[event]));
    assert_eq!(refusal.code, "22023");
    assert_eq!(refusal.field, "workflow_run_id");
}

#[test]
fn a_node_execution_that_says_it_is_a_draft_is_told_as_its_function_would() {
    let (_cluster, mut session) = without_worker("batch_said_draft");
    let event = Event::of("dify.node.execution")
        .with("draft", true)
        .without("workflow_run_id");
    assert_eq!(session.log_batch(&batch(&[event])), "1 0");
    assert_eq!(told(&mut session), [DRAFT]);
    let run = Event::of("dify.node.execution").with("draft", true);
    let refusal = session.refused_batch(&batch(&[run]));
    assert_eq!(
        (&*refusal.code, &*refusal.field),
        ("22023", "workflow_run_id")
    );
    let neither = Event::of("dify.node.execution").without("workflow_run_id");
    let refusal = session.refused_batch(&batch(&[neither]));
    assert_eq!(
        (&*refusal.code, &*refusal.field),
        ("22004", "workflow_run_id")
    );
    assert_eq!(
        session.ask("SELECT count(*) FROM dify_observe.node_executions"),
        "1"
    );
}
