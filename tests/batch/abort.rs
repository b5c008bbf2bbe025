//! The first bad event raises an error that says which it is and why, and nothing of the batch is logged.

use crate::asking::{Asking, without_worker};
use crate::bad_events::bad_events;
use crate::event::{Batching, Event, batch, names};
use crate::stored::everything;

#[test]
fn it_names_number_field_and_reason() {
    let (_cluster, mut session) = without_worker("batch_abort");
    let before = everything(&mut session);
    let good = Event::of("dify.message.run").text();
    for (bad, field, code, words) in bad_events() {
        for (place, total) in [(1, 1), (1, 3), (2, 3), (7, 9)] {
            let mut texts = vec![good.clone(); total];
            texts[place - 1].clone_from(&bad);
            let refusal = session.refused_batch(&format!("[{}]", texts.join(",")));
            let start = format!("event {place} of {total}: ");
            assert!(refusal.message.starts_with(&start), "{bad}\n{refusal:?}");
            assert_eq!(refusal.code, code, "{bad}\n{refusal:?}");
            assert_eq!(refusal.field, field, "{bad}\n{refusal:?}");
            let told = format!("{} {}", refusal.message, refusal.detail);
            assert!(told.contains(words), "{bad}\n{refusal:?}");
            assert!(refusal.message.contains(field), "{bad}\n{refusal:?}");
            assert!(refusal.hint.contains("quarantine"), "{refusal:?}");
        }
    }
    assert_eq!(everything(&mut session), before);
}

#[test]
fn of_several_bad_ones_the_first_is_named_whatever_they_are() {
    let (_cluster, mut session) = without_worker("batch_first_bad");
    let kinds = names();
    for first in &kinds {
        for second in &kinds {
            let bad = |name: &str| Event::of(name).with("tenant_id", name);
            let events = [
                Event::of("dify.message.run"),
                bad(first),
                Event::of("dify.workflow.run"),
                bad(second),
            ];
            let refusal = session.refused_batch(&batch(&events));
            assert!(
                refusal.message.starts_with(&format!(
                    "event 2 of 4: tenant_id is not valid: \"{first}\""
                )),
                "{first} {second} {refusal:?}"
            );
        }
    }
}

#[test]
fn nothing_stays_of_a_batch_that_finishes_creates_and_changes() {
    let (_cluster, mut session) = without_worker("batch_nothing_stays");
    let id = crate::event::uuid(1);
    session.run(&format!(
        "SELECT dify_observe.start_workflow_run(id => '{id}', tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid())"
    ));
    session.log_batch(&batch(&[
        Event::of("dify.feedback.created").with("rating", "like")
    ]));
    let before = everything(&mut session);
    let nested =
        Event::of("dify.workflow.run").with("parent_workflow_run_id", crate::event::uuid(2));
    let mut events: Vec<Event> = names().iter().map(|name| Event::of(name)).collect();
    events.extend([
        nested,
        Event::of("dify.workflow.run").with("id", id),
        Event::of("dify.feedback.created").with("rating", "dislike"),
        Event::of("dify.message.run").with("status", "done"),
    ]);
    let refusal = session.refused_batch(&batch(&events));
    assert!(
        refusal.message.starts_with("event 18 of 18: status"),
        "{refusal:?}"
    );
    assert_eq!(everything(&mut session), before);
}

#[test]
fn a_statement_that_is_refused_does_not_end_what_else_the_transaction_did() {
    let (_cluster, mut session) = without_worker("batch_savepoint_bad");
    session.run("BEGIN");
    session.log_batch(&batch(&[Event::of("dify.message.run")]));
    session.run("SAVEPOINT s");
    session.refused_batch("[7]");
    session.run("ROLLBACK TO s");
    session.log_batch(&batch(&[Event::of("dify.workflow.run")]));
    session.run("COMMIT");
    assert_eq!(
        crate::stored::told(&mut session),
        ["dify.message.run", "dify.workflow.run"]
    );
}
