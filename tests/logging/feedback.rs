//! Feedback given, changed, repeated and withdrawn.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::Call;

fn told(session: &mut Client) -> Vec<String> {
    session.column(
        "SELECT concat_ws(' ', coalesce(attributes ->> 'dify.feedback.rating', 'null'), attributes ->> 'dify.feedback.content', user_id) \
         FROM dify_observe.companion_log_details WHERE event_name = 'dify.feedback.created' ORDER BY id",
    )
}

fn rated(rating: &str) -> Call {
    Call::of("log_feedback").with("rating", rating)
}

#[test]
fn giving_changing_and_withdrawing_are_told_and_the_same_again_is_not() {
    let (_cluster, mut session) = ready("feedback");
    let like = rated("like").with("content", "good").with("user_id", "u");
    let withdrawn = Call::of("log_feedback");
    let calls = [
        (&like, 1),
        (&like, 1),
        (&rated("dislike").with("content", "good"), 2),
        (&rated("dislike").with("content", "bad"), 3),
        (&withdrawn, 4),
        (&withdrawn, 4),
        (&like, 5),
    ];
    let mut ids = Vec::new();
    for (call, events) in calls {
        ids.push(session.call(call));
        assert_eq!(told(&mut session).len(), events, "{call:?}");
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one feedback, one id");
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.feedbacks"),
        1
    );
    // What each event said stays said.
    let said = told(&mut session);
    let ratings: Vec<&str> = said
        .iter()
        .map(|line| line.split(' ').next().expect("one"))
        .collect();
    assert_eq!(ratings, ["like", "dislike", "dislike", "null", "like"]);
    assert!(said[0].starts_with("like good"), "{said:?}");
    assert!(said[2].starts_with("dislike bad"), "{said:?}");
}

#[test]
fn each_source_gives_its_own() {
    let (_cluster, mut session) = ready("sources");
    let user = session.call(&rated("like"));
    let admin = session.call(&rated("like").with("from_source", "admin"));
    assert_ne!(user, admin);
    assert_eq!(
        session.call(&rated("dislike").with("from_source", "user")),
        user
    );
    assert_eq!(told(&mut session), ["like", "like", "dislike"]);
}

#[test]
fn its_time_is_the_given_one_else_now() {
    let (_cluster, mut session) = ready("feedback_times");
    session.call(&rated("like").with("created_at", "2026-02-03 04:05:06+00"));
    session.run("BEGIN");
    session.call(&rated("dislike"));
    let now = session.ask("SELECT extract(epoch FROM now())");
    session.run("COMMIT");
    let times = session.column(
        "SELECT extract(epoch FROM occurred_at) FROM dify_observe.companion_logs ORDER BY id",
    );
    assert_eq!(times, ["1770091506.000000".to_owned(), now]);
    assert_eq!(
        session.ask("SELECT attributes ->> 'dify.feedback.created_at' FROM dify_observe.companion_logs ORDER BY id LIMIT 1"),
        "2026-02-03T04:05:06Z"
    );
}

#[test]
fn plain_inserts_and_updates_tell_the_same() {
    let (_cluster, mut session) = ready("feedback_rows");
    session.run(
        "INSERT INTO dify_observe.feedbacks (tenant_id, app_id, message_id, rating, content, user_id) \
         SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'like', 'c', 'u' FROM generate_series(1, 100)",
    );
    assert_eq!(told(&mut session), ["like c u"; 100]);
    session.run("UPDATE dify_observe.feedbacks SET conversation_id = gen_random_uuid()");
    assert_eq!(told(&mut session).len(), 100);
    session.run("UPDATE dify_observe.feedbacks SET rating = NULL");
    assert_eq!(told(&mut session).len(), 200);
}

#[test]
fn its_text_is_shown_in_the_details_only() {
    let (_cluster, mut session) = ready("feedback_text");
    session.call(&rated("like").with("content", "a secret"));
    let log = "SELECT attributes FROM dify_observe.companion_logs";
    assert!(session.json(log).get("dify.feedback.content").is_none());
    let details = session.json("SELECT attributes FROM dify_observe.companion_log_details");
    assert_eq!(details["dify.feedback.content"], "a secret");
}
