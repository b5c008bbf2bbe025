//! Bad events do not make a batch take many times as long.

use std::time::{Duration, Instant};

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::event::{Event, WITH_ID, batch, call};
use crate::stored::{count, forget};

const EVENTS: usize = 5_000;
/// Nothing but bad ones, each with the trouble of standing alone.
const BAD: usize = 500;

fn events(many: usize, length: usize, bad: impl Fn(usize) -> bool) -> String {
    let event = |number: usize| {
        let (name, _) = WITH_ID[number % WITH_ID.len()];
        let event =
            Event::of(name).with("metadata", serde_json::json!({"note": "x".repeat(length)}));
        if bad(number) {
            event.with("tenant_id", number)
        } else {
            event
        }
    };
    batch(&(0..many).map(event).collect::<Vec<_>>())
}

/// The better of two, each in an empty database.
fn takes(session: &mut Client, batch: &str, on_error: &str) -> Duration {
    let call = call(batch, on_error);
    let once = |_| {
        forget(session);
        let begun = Instant::now();
        session.try_rows(&call).ok();
        begun.elapsed()
    };
    (0..2).map(once).min().expect("two")
}

#[test]
fn one_bad_event_in_the_middle_costs_a_few_times_the_good_batch() {
    let (_cluster, mut session) = without_worker("batch_one_bad");
    let good = takes(&mut session, &events(EVENTS, 300, |_| false), "abort");
    assert_eq!(count(&mut session, "events"), EVENTS as i64);
    for place in [0, EVENTS / 2, EVENTS - 1] {
        let bad = events(EVENTS, 300, |number| number == place);
        for on_error in ["abort", "quarantine"] {
            let took = takes(&mut session, &bad, on_error);
            assert!(
                took < good * 12,
                "{on_error} {place}: {took:?}, the good batch {good:?}"
            );
            let logged = if on_error == "abort" {
                0
            } else {
                EVENTS as i64 - 1
            };
            assert_eq!(count(&mut session, "events"), logged);
        }
    }
}

#[test]
fn bad_events_cost_in_proportion() {
    let (_cluster, mut session) = without_worker("batch_all_bad");
    let few = takes(&mut session, &events(BAD, 3_000, |_| true), "quarantine");
    assert_eq!(count(&mut session, "quarantined_events"), BAD as i64);
    let many = takes(
        &mut session,
        &events(BAD * 8, 3_000, |_| true),
        "quarantine",
    );
    assert_eq!(count(&mut session, "quarantined_events"), 8 * BAD as i64);
    assert!(
        many < few * 12,
        "{BAD}: {few:?}, eight times as many: {many:?}"
    );
}
