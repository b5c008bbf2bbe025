//! What happens to apps, and what is said of messages, is told in the order of the batch.

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, batch};
use crate::stored::{everything, forget, told};

fn app(change: &str) -> Event {
    Event::of(&format!("dify.app.{change}"))
}

#[test]
fn changes_of_an_app_are_told_in_their_order() {
    let (_cluster, mut session) = without_worker("batch_apps");
    for changes in [
        vec!["created", "updated", "deleted"],
        vec!["created", "updated", "deleted", "created"],
        vec!["created", "deleted", "created", "deleted"],
        vec!["updated", "created", "deleted"],
        vec!["deleted", "created", "updated"],
    ] {
        forget(&mut session);
        let events: Vec<Event> = changes.iter().map(|change| app(change)).collect();
        session.log_batch(&batch(&events));
        let expected: Vec<String> = changes
            .iter()
            .map(|change| format!("dify.app.{change}"))
            .collect();
        assert_eq!(told(&mut session), expected);
    }
}

#[test]
fn a_bad_event_between_them_changes_nothing_about_it() {
    let (_cluster, mut session) = without_worker("batch_apps_bad");
    let events = [
        app("created"),
        app("updated").with("mode", "chat"),
        app("deleted"),
    ];
    let texts: Vec<String> = events.iter().map(Event::text).collect();
    for place in 0..=3 {
        forget(&mut session);
        let mut texts = texts.clone();
        texts.insert(place, r#"{"event": "dify.app.renamed"}"#.to_owned());
        let batch = format!("[{}]", texts.join(","));
        assert_eq!(session.quarantine(&batch), "3 1");
        assert_eq!(
            told(&mut session),
            ["dify.app.created", "dify.app.updated", "dify.app.deleted"]
        );
    }
}

#[test]
fn the_fields_of_each_change_are_kept() {
    let (_cluster, mut session) = without_worker("batch_app_fields");
    session.run("SET timezone = 'UTC'");
    session.log_batch(&batch(&[
        app("created")
            .with("mode", "chat")
            .with("name", "Shop")
            .with("created_at", "2026-02-03T04:05:06Z"),
        app("updated")
            .with("name", "Shop 2")
            .with("updated_at", "2026-02-03T04:05:07Z"),
        app("deleted").with("deleted_at", "2026-02-03T04:05:08Z"),
    ]));
    let row = "SELECT concat_ws(' ', mode, name, created_at, updated_at, deleted_at) FROM dify_observe.apps";
    assert_eq!(
        session.ask(row),
        "chat Shop 2 2026-02-03 04:05:06+00 2026-02-03 04:05:07+00 2026-02-03 04:05:08+00"
    );
}

#[test]
fn feedback_on_one_message_is_told_in_its_order_and_the_last_one_stays() {
    let (_cluster, mut session) = without_worker("batch_feedbacks");
    let rated = |rating: Option<&str>| Event::of("dify.feedback.created").with("rating", rating);
    let events = [
        rated(Some("like")),
        rated(Some("dislike")),
        rated(None),
        rated(Some("like")),
        rated(Some("like")),
    ];
    assert_eq!(session.log_batch(&batch(&events)), "5 0");
    assert_eq!(
        session.column("SELECT attributes ->> 'dify.feedback.rating' FROM dify_observe.companion_logs ORDER BY id"),
        ["like", "dislike", "NULL", "like"]
    );
    assert_eq!(
        session.column("SELECT rating FROM dify_observe.feedbacks"),
        ["like"]
    );
}

#[test]
fn a_repeated_batch_of_changes_at_given_times_changes_nothing() {
    let (_cluster, mut session) = without_worker("batch_changes_again");
    let rated = |rating: &str| Event::of("dify.feedback.created").with("rating", rating);
    let at = |second: u8| format!("2026-02-03T04:05:{second:02}Z");
    for events in [
        vec![
            app("created").with("created_at", at(1)),
            app("updated").with("updated_at", at(2)),
        ],
        vec![
            app("updated").with("updated_at", at(2)),
            app("updated").with("updated_at", at(3)),
        ],
        vec![
            app("created").with("created_at", at(1)),
            app("deleted").with("deleted_at", at(4)),
        ],
        vec![rated("like").with("created_at", at(1))],
        vec![
            rated("like").with("created_at", at(1)),
            rated("dislike").with("created_at", at(2)),
        ],
    ] {
        forget(&mut session);
        let batch = batch(&events);
        session.log_batch(&batch);
        let before = everything(&mut session);
        session.log_batch(&batch);
        assert_eq!(everything(&mut session), before, "{batch}");
    }
}
