//! Bad events are kept aside as they were given, with the reason, and the good ones of their batch are logged.

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, batch, names, uuid};
use crate::stored::{count, everything, told};

#[test]
fn the_text_is_kept_character_by_character() {
    let (_cluster, mut session) = without_worker("quarantine_text");
    let texts = [
        r#"{"event":"dify.message.run" ,  "b":1,"a":2 , "b" : 1.50e+1}"#,
        "{\n\t\"event\": \"dify.workflow.run\",\r\n  \"status\":\"\\u0064one\" }",
        r#"{"event": "dify.tool.execution", "inputs": {"z": 1, "a": 1, "z": 2}}"#,
        r#"{"event": "dify.tool.execution", "é中😀\ud83d\ude00": "\/\\\"\b"}"#,
        r#"{"event": "dify.message.run", "query": "nul \u0000 and lone \ud800"}"#,
        r#"{"event": "dify.\u0000.run"}"#,
        r#"{"event": "dify.\udc00.run", "\u0000": 1}"#,
        r#""text with \u0000""#,
        r#"[ 1 , [ ] , {} ]"#,
        "-0.0",
        "12345678901234567890123456789012345678901234567890.10",
    ];
    for text in texts {
        let batch = format!("[ {text}\n, {}]", Event::of("dify.message.run").text());
        assert_eq!(session.quarantine(&batch), "1 1", "{text}");
    }
    assert_eq!(
        session.column("SELECT text FROM dify_observe.quarantined_events ORDER BY id"),
        texts
    );
    let sound = "SELECT DISTINCT digest = sha256(convert_to(text, 'UTF8')) FROM dify_observe.quarantined_events";
    assert_eq!(session.column(sound), ["t"]);
    assert_eq!(count(&mut session, "messages"), texts.len() as i64);
}

#[test]
fn name_field_reason_and_code_are_those_of_the_refusal() {
    let (_cluster, mut session) = without_worker("quarantine_reasons");
    for name in names() {
        let bad = batch(&[Event::of(&name).with("tenant_id", "nobody")]);
        let refusal = session.refused_batch(&bad);
        session.quarantine(&bad);
        let row = session.table(
            "SELECT event_name, field, sqlstate, reason FROM dify_observe.quarantined_events ORDER BY id DESC LIMIT 1",
        );
        let kept: Vec<&str> = row[0].iter().flatten().map(String::as_str).collect();
        assert_eq!(kept[..3], [&*name, "tenant_id", "22023"]);
        let message = refusal.message.trim_start_matches("event 1 of 1: ");
        assert!(kept[3].starts_with(message), "{kept:?} {refusal:?}");
        assert!(kept[3].contains(&refusal.detail), "{kept:?} {refusal:?}");
    }
}

#[test]
fn what_has_no_name_is_kept_without_one() {
    let (_cluster, mut session) = without_worker("quarantine_nameless");
    assert_eq!(
        session.quarantine(r#"[7, null, {}, [], {"event": null}, {"event": {"a": 1}}]"#),
        "0 6"
    );
    let names = "SELECT coalesce(event_name, '-') || ' ' || coalesce(field, '-') FROM dify_observe.quarantined_events ORDER BY id";
    assert_eq!(
        session.column(names),
        [
            "- -",
            "- -",
            "- event",
            "- -",
            "- event",
            "{\"a\": 1} event"
        ]
    );
}

#[test]
fn it_is_kept_once_however_often_its_batch_is_repeated() {
    let (_cluster, mut session) = without_worker("quarantine_once");
    let good = Event::of("dify.message.run").with("id", uuid(1)).text();
    let batch = format!("[{good}, 7, {{}}, 7, {good}]");
    assert_eq!(session.quarantine(&batch), "2 3");
    assert_eq!(count(&mut session, "quarantined_events"), 2);
    let before = everything(&mut session);
    for _ in 0..3 {
        assert_eq!(session.quarantine(&batch), "2 3");
        assert_eq!(everything(&mut session), before);
    }
}

#[test]
fn two_sessions_that_keep_the_same_aside_keep_it_once() {
    let (cluster, mut session) = without_worker("quarantine_at_once");
    let mut other = cluster.connect("postgres");
    session.run("BEGIN");
    session.quarantine("[7]");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| other.quarantine("[7]"));
        crate::asking::until_blocked(&mut cluster.connect("postgres"), 1);
        session.run("COMMIT");
        assert_eq!(second.join().expect("an answer"), "0 1");
    });
    assert_eq!(count(&mut session, "quarantined_events"), 1);
}

#[test]
fn mended_it_can_be_logged() {
    let (_cluster, mut session) = without_worker("quarantine_mended");
    for name in names() {
        let bad = Event::of(&name).with("tenant_id", "nobody");
        assert_eq!(session.quarantine(&batch(&[bad])), "0 1");
    }
    let mended = "SELECT logged || ' ' || quarantined FROM dify_observe.log_batch( \
        (SELECT json_agg(replace(text, 'nobody', '550e8400-e29b-41d4-a716-446655440000')::json ORDER BY id) FROM dify_observe.quarantined_events))";
    assert_eq!(session.ask(mended), "14 0");
    let mut logged = told(&mut session);
    logged.sort();
    let mut all = names();
    all.sort();
    assert_eq!(logged, all);
}

#[test]
fn wherever_the_bad_ones_are_the_good_ones_are_logged() {
    let (_cluster, mut session) = without_worker("quarantine_places");
    for total in [1, 2, 3, 5, 8, 13] {
        for pattern in 0..(1_u32 << total.min(5)) {
            crate::stored::forget(&mut session);
            let is_bad = |number: usize| pattern >> (number % 5) & 1 == 1;
            let event = |number: usize| {
                let event = Event::of(&names()[number % 14])
                    .with("tenant_id", uuid(number))
                    .with("app_id", uuid(number));
                if is_bad(number) {
                    event.with("bad", number)
                } else {
                    event
                }
            };
            let events: Vec<Event> = (0..total).map(event).collect();
            let bad = (0..total).filter(|number| is_bad(*number)).count();
            assert_eq!(
                session.quarantine(&batch(&events)),
                format!("{} {bad}", total - bad)
            );
            let mut tenants = session.column("SELECT tenant_id FROM dify_observe.companion_logs");
            tenants.sort();
            let good: Vec<String> = (0..total)
                .filter(|number| !is_bad(*number))
                .map(uuid)
                .collect();
            assert_eq!(tenants, good);
            assert_eq!(count(&mut session, "quarantined_events"), bad as i64);
        }
    }
}

#[test]
fn a_rolled_back_call_keeps_nothing_aside() {
    let (_cluster, mut session) = without_worker("quarantine_rollback");
    session.run("BEGIN");
    session.quarantine("[7]");
    session.run("ROLLBACK");
    assert_eq!(count(&mut session, "quarantined_events"), 0);
}
