//! A batch that is sent again, as a client does that got no answer.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, WITH_ID, batch, uuid};
use crate::stored::{count, everything, forget, rows_and_events};

/// On both sides of midnight, which is also the end of a month, with and without a partition of their own.
const TIMES: [&str; 6] = [
    "2026-01-31T23:59:59.999999Z",
    "2026-02-01T00:00:00Z",
    "2026-02-28T23:59:59.999999Z",
    "2026-03-01T00:00:00Z",
    "2026-03-02T00:00:00Z",
    "2025-06-01T12:00:00Z",
];

fn v7(session: &mut Client, at: &str) -> String {
    session.ask(&format!("SELECT dify_observe.uuid_v7('{at}')"))
}

/// Every kind with an id at all times: without a time, with one that is given, with one of its own, with both.
fn everything_with_ids(session: &mut Client) -> Vec<Event> {
    let mut events = Vec::new();
    for (name, _) in WITH_ID {
        events.push(Event::of(name).with("id", uuid(events.len())));
        for at in TIMES {
            let timeless = uuid(events.len());
            events.push(Event::of(name).with("id", timeless).with("created_at", at));
            events.push(Event::of(name).with("id", v7(session, at)));
            let own = Event::of(name).with("id", v7(session, at));
            events.push(own.with("created_at", at));
            let ended = Event::of(name).with("id", v7(session, at));
            events.push(ended.with("finished_at", at));
        }
    }
    events
}

#[test]
fn everything_sent_again_changes_nothing() {
    let (_cluster, mut session) = without_worker("batch_again");
    let events = everything_with_ids(&mut session);
    let (all, answer) = (batch(&events), format!("{} 0", events.len()));
    assert_eq!(session.log_batch(&all), answer);
    assert_eq!(count(&mut session, "events"), events.len() as i64);
    let before = everything(&mut session);
    for mode in ["abort", "quarantine"] {
        assert_eq!(session.ask(&crate::event::call(&all, mode)), answer);
        assert_eq!(everything(&mut session), before, "{mode}");
    }
}

#[test]
fn it_changes_nothing_either_when_there_are_partitions() {
    let (_cluster, mut session) = without_worker("batch_again_apart");
    let made = "SELECT dify_observe.ensure_partitions('2026-01-31', '2026-03-02')";
    assert!(session.number(made) > 50);
    let events = everything_with_ids(&mut session);
    let (all, answer) = (batch(&events), format!("{} 0", events.len()));
    assert_eq!(session.log_batch(&all), answer);
    let before = everything(&mut session);
    assert_eq!(session.log_batch(&all), answer);
    assert_eq!(everything(&mut session), before);
    // And when rows were moved to another partition in between.
    assert!(
        session.number("SELECT dify_observe.ensure_partitions('2025-06-01', '2025-06-02')") > 8
    );
    assert!(
        session.number("SELECT dify_observe.ensure_partitions('2026-03-02', '2026-03-03')") > 2
    );
    assert_eq!(session.log_batch(&all), answer);
    assert_eq!(everything(&mut session), before);
}

#[test]
fn a_batch_that_is_half_known_is_completed() {
    let (_cluster, mut session) = without_worker("batch_half");
    let event = |number: usize| {
        let (name, _) = WITH_ID[number % WITH_ID.len()];
        Event::of(name).with("id", uuid(number))
    };
    let events: Vec<Event> = (0..100).map(event).collect();
    session.log_batch(&batch(&events[..50]));
    assert_eq!(session.log_batch(&batch(&events)), "100 0");
    assert_eq!(count(&mut session, "events"), 100);
}

#[test]
fn what_is_finished_stays_as_it_is() {
    let (_cluster, mut session) = without_worker("batch_finished");
    for (name, table) in WITH_ID {
        forget(&mut session);
        let event = Event::of(name).with("id", uuid(1)).with("error", "first");
        session.log_batch(&batch(std::slice::from_ref(&event)));
        let before = everything(&mut session);
        for changed in [
            event.clone().with("error", "second"),
            event
                .clone()
                .with("user_id", "u")
                .with("created_at", "2026-02-03T00:00:00Z"),
            event.with("metadata", serde_json::json!({"k": 1})),
        ] {
            assert_eq!(session.log_batch(&batch(&[changed])), "1 0");
            assert_eq!(everything(&mut session), before, "{name} {table}");
        }
    }
}

/// Its function would refuse what is missing; a batch that was logged before has nothing missing.
#[test]
fn of_an_event_whose_id_is_known_only_the_fields_are_looked_at() {
    let (_cluster, mut session) = without_worker("batch_known_bad");
    for (name, _) in WITH_ID {
        let event = Event::of(name).with("id", uuid(1));
        session.log_batch(&batch(std::slice::from_ref(&event)));
        let before = everything(&mut session);
        let without = event.clone().without("tenant_id");
        assert_eq!(session.log_batch(&batch(&[without])), "1 0", "{name}");
        assert_eq!(everything(&mut session), before, "{name}");
        let unknown = event.with("duration_of_it", 1);
        let refusal = session.refused_batch(&batch(&[unknown]));
        assert_eq!(refusal.code, "22023", "{name} {refusal:?}");
        forget(&mut session);
    }
}

/// The time of an id is when it was made, which may be at the end of what it names.
#[test]
fn what_began_before_midnight_is_found_by_an_id_made_after_it() {
    let (_cluster, mut session) = without_worker("batch_midnight");
    session.run("SELECT dify_observe.ensure_partitions('2026-01-31', '2026-02-03')");
    for (name, table) in WITH_ID {
        let id = v7(&mut session, "2026-02-01T00:30:00Z");
        let event = Event::of(name).with("id", id.as_str());
        let began = event.clone().with("created_at", "2026-01-31T22:30:00Z");
        session.log_batch(&batch(&[began]));
        session.log_batch(&batch(&[event]));
        assert_eq!(
            rows_and_events(&mut session, table, &[id]),
            ["1 1"],
            "{name}"
        );
    }
}
