//! Batches that are empty, huge, deep, no batches at all, or part of a transaction that comes to nothing.

use postgres::types::Json;
use serde_json::json;

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, WITH_ID, batch, call, names};
use crate::stored::{count, everything, forget, told};

#[test]
fn an_empty_one_logs_nothing() {
    let (_cluster, mut session) = without_worker("batch_empty");
    let before = everything(&mut session);
    for empty in ["[]", " [ \n\t ] "] {
        assert_eq!(session.log_batch(empty), "0 0");
        assert_eq!(session.quarantine(empty), "0 0");
    }
    assert_eq!(everything(&mut session), before);
}

#[test]
fn what_is_no_array_is_refused() {
    let (_cluster, mut session) = without_worker("batch_no_array");
    let event = Event::of("dify.message.run").text();
    for wrong in ["{}", &event, "7", "null", "true", r#""[]""#] {
        for on_error in ["abort", "quarantine"] {
            let refusal = session.refused(&call(wrong, on_error));
            assert_eq!(refusal.code, "22023", "{wrong} {refusal:?}");
            assert!(
                refusal.message.starts_with("events is not valid"),
                "{refusal:?}"
            );
            assert!(refusal.detail.contains("array"), "{refusal:?}");
        }
    }
    for (arguments, code, argument) in [
        ("", "22004", "events"),
        ("NULL", "22004", "events"),
        ("'[]', NULL", "22004", "on_error"),
        ("on_error => 'quarantine'", "22004", "events"),
        ("'[]', 'ignore'", "22023", "on_error"),
        ("'[]', ''", "22023", "on_error"),
        ("'[]', 'ABORT'", "22023", "on_error"),
    ] {
        let refusal = session.refused(&format!(
            "SELECT * FROM dify_observe.log_batch({arguments})"
        ));
        assert_eq!(refusal.code, code, "{arguments} {refusal:?}");
        assert!(
            refusal.message.starts_with(argument),
            "{arguments} {refusal:?}"
        );
    }
    for wrong in ["", "[", "[1,]", "[{'event': 1}]", "[1] [2]"] {
        assert_eq!(
            session.refused(&call(wrong, "quarantine")).code,
            "22P02",
            "{wrong}"
        );
    }
    assert_eq!(count(&mut session, "quarantined_events"), 0);
}

#[test]
fn whitespace_may_be_everywhere() {
    let (_cluster, mut session) = without_worker("batch_whitespace");
    for name in names() {
        forget(&mut session);
        let spread = Event::of(&name)
            .text()
            .replace('{', " \n{\t ")
            .replace(": ", "\r\n : \t")
            .replace(", ", " \n,\n ")
            .replace('}', "\t\n } ");
        assert_eq!(
            session.log_batch(&format!(" \n[ {spread} ]\r\n ")),
            "1 0",
            "{spread}"
        );
        assert_eq!(told(&mut session), [name]);
    }
}

#[test]
fn a_rolled_back_savepoint_takes_it_along_and_a_released_one_does_not() {
    let (_cluster, mut session) = without_worker("batch_savepoints");
    let all: Vec<Event> = names().iter().map(|name| Event::of(name)).collect();
    let with_bad = batch(&all).replacen('[', "[7, ", 1);
    session.run("BEGIN; SAVEPOINT s");
    session.quarantine(&with_bad);
    session.run("ROLLBACK TO s");
    assert_eq!(
        count(&mut session, "events") + count(&mut session, "quarantined_events"),
        0
    );
    assert_eq!(session.quarantine(&with_bad), "14 1");
    session.run("RELEASE s; COMMIT");
    assert_eq!(told(&mut session).len(), 14);
    assert_eq!(count(&mut session, "quarantined_events"), 1);
}

#[test]
fn it_can_be_a_parameter_of_a_prepared_statement() {
    let (_cluster, mut session) = without_worker("batch_parameter");
    let events: Vec<serde_json::Value> = names()
        .iter()
        .map(|name| serde_json::from_str(&Event::of(name).text()).expect("JSON"))
        .collect();
    let statement = session
        .prepare("SELECT logged, quarantined FROM dify_observe.log_batch($1, $2)")
        .expect("a statement");
    for round in 0..7 {
        forget(&mut session);
        let mut events = events.clone();
        events.push(json!({"round": round}));
        let row = session
            .query_one(&statement, &[&Json(&events), &"quarantine"])
            .expect("an answer");
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (14, 1));
        assert_eq!(told(&mut session).len(), 14);
    }
}

#[test]
fn twenty_thousand_events_are_logged_by_one_call() {
    let (_cluster, mut session) = without_worker("batch_many");
    let event = |number: usize| {
        let (name, _) = WITH_ID[number % WITH_ID.len()];
        Event::of(name)
            .with("id", crate::event::uuid(number))
            .with("user_id", format!("user-{number}"))
    };
    let all = batch(&(0..20_000).map(event).collect::<Vec<_>>());
    assert_eq!(session.log_batch(&all), "20000 0");
    let told = "SELECT count(*) || ' ' || count(DISTINCT source_id) FROM dify_observe.events";
    assert_eq!(session.ask(told), "20000 20000");
    assert_eq!(session.log_batch(&all), "20000 0");
    assert_eq!(session.ask(told), "20000 20000");
}

#[test]
fn more_than_a_hundred_thousand_are_refused() {
    let (_cluster, mut session) = without_worker("batch_too_many");
    let nulls = |count: usize| format!("[{}]", vec!["null"; count].join(","));
    for on_error in ["abort", "quarantine"] {
        let refusal = session.refused(&call(&nulls(100_001), on_error));
        assert_eq!(refusal.code, "22023");
        assert!(
            refusal.message.starts_with("events is not valid"),
            "{refusal:?}"
        );
        assert!(refusal.detail.contains("100000"), "{refusal:?}");
    }
    let refusal = session.refused_batch(&nulls(100_000));
    assert!(
        refusal.message.starts_with("event 1 of 100000: "),
        "{refusal:?}"
    );
}

#[test]
fn ten_megabytes_of_an_event_are_kept_alone_and_beside_a_bad_one() {
    let (_cluster, mut session) = without_worker("batch_large");
    let text = "wörter 中文 ".repeat(10 * 1024 * 1024 / 15);
    let event = Event::of("dify.message.run")
        .with("outputs", text.as_str())
        .with("query", text.as_str());
    for (batch, answer) in [
        (format!("[{}]", event.text()), "1 0"),
        (format!("[{}, 7]", event.text()), "1 1"),
    ] {
        session.run("TRUNCATE dify_observe.messages");
        assert_eq!(session.quarantine(&batch), answer);
        for column in ["query", "outputs #>> '{}'"] {
            let kept = session.ask(&format!("SELECT {column} FROM dify_observe.messages"));
            assert!(kept == text, "{column} differs");
        }
    }
    let bad = event.with("status", "done");
    assert_eq!(
        session.quarantine(&batch(std::slice::from_ref(&bad))),
        "0 1"
    );
    let kept = session
        .ask("SELECT text FROM dify_observe.quarantined_events WHERE event_name IS NOT NULL");
    assert!(kept == bad.text(), "the quarantined text differs");
}

#[test]
fn three_thousand_levels_are_kept_and_too_many_are_an_error_and_no_crash() {
    let (cluster, mut session) = without_worker("batch_deep");
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let event = |levels: usize| Event::of("dify.message.run").raw("inputs", &deep(levels));
    for beside in ["", ", 7"] {
        session.run("TRUNCATE dify_observe.messages");
        let batch = format!("[{}{beside}]", event(3_000).text());
        session.quarantine(&batch);
        let kept = session.ask("SELECT inputs::text FROM dify_observe.messages");
        assert!(kept == deep(3_000), "the levels differ");
    }
    let too_deep = session.refused(&call(&batch(&[event(200_000)]), "quarantine"));
    assert_eq!(too_deep.code, "54001");
    // Deep things in the wrong places.
    for wrong in [
        deep(3_000),
        Event::of("dify.dataset.retrieval")
            .raw("dataset_ids", &deep(3_000))
            .text(),
        Event::of("dify.message.run")
            .raw("status", &deep(3_000))
            .text(),
        Event::of("dify.message.run").raw("id", &deep(3_000)).text(),
        Event::of("dify.message.run")
            .raw("nothing", &deep(3_000))
            .text(),
        format!("{{\"event\": {}}}", deep(3_000)),
    ] {
        assert_eq!(
            session.quarantine(&format!("[{wrong}]")),
            "0 1",
            "{}",
            &wrong[..60]
        );
    }
    assert!(!cluster.log().contains("terminated by signal"));
}
