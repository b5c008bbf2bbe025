//! Keys that are escaped, repeated, or no names.

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, names, uuid};
use crate::stored::{count, forget, told};

fn first_letter_escaped(text: &str) -> String {
    let escape = |name: &str| {
        let first = name.chars().next().expect("a letter");
        format!("\\u{:04x}{}", first as u32, &name[1..])
    };
    let mut escaped = String::new();
    for (number, part) in text.split('"').enumerate() {
        if number > 0 {
            escaped.push('"');
        }
        let is_key = number % 2 == 1 && text.contains(&format!("\"{part}\":"));
        escaped.push_str(&if is_key {
            escape(part)
        } else {
            part.to_owned()
        });
    }
    escaped
}

#[test]
fn an_escaped_key_is_the_same_key() {
    let (_cluster, mut session) = without_worker("batch_escaped_keys");
    for name in names() {
        forget(&mut session);
        let escaped = first_letter_escaped(&Event::of(&name).text());
        assert!(escaped.contains(r#""\u0065vent": "#), "{escaped}");
        assert_eq!(
            session.log_batch(&format!("[{escaped}]")),
            "1 0",
            "{escaped}"
        );
        assert_eq!(told(&mut session), [name]);
    }
}

#[test]
fn an_escaped_id_is_found_again() {
    let (_cluster, mut session) = without_worker("batch_escaped_id");
    let event = Event::of("dify.workflow.run").with("id", uuid(1)).text();
    let escaped = event
        .replace(r#""id""#, r#""\u0069d""#)
        .replace("aaaaaaaa-", "\\u0061aaaaaaa-");
    for batch in [
        format!("[{event}, {escaped}]"),
        format!("[{escaped}, {event}]"),
        format!("[{escaped}, {escaped}]"),
    ] {
        forget(&mut session);
        assert_eq!(session.log_batch(&batch), "2 0");
        assert_eq!(session.log_batch(&batch), "2 0");
        assert_eq!(count(&mut session, "workflow_runs"), 1, "{batch}");
        assert_eq!(count(&mut session, "events"), 1);
    }
}

/// As Postgres's own functions for json take them.
#[test]
fn of_a_repeated_key_the_last_value_counts() {
    let (_cluster, mut session) = without_worker("batch_repeated_keys");
    let message = Event::of("dify.message.run").text();
    let with = |more: &str| format!("[{}, {more}}}]", message.trim_end_matches('}'));
    for (more, query) in [
        (r#""query": "first", "query": "last""#, "last"),
        (r#""query": "first", "query": null"#, "NULL"),
        (r#""query": null, "query": "last""#, "last"),
    ] {
        for beside in ["", ", 7]"] {
            forget(&mut session);
            let batch = with(more);
            let batch = if beside.is_empty() {
                batch
            } else {
                format!("{}{beside}", batch.trim_end_matches(']'))
            };
            session.quarantine(&batch);
            assert_eq!(
                session.column("SELECT query FROM dify_observe.messages"),
                [query],
                "{batch}"
            );
        }
    }
    forget(&mut session);
    let named_twice = with(r#""event": "dify.app.created""#)
        .replace(r#""status": "normal", "#, "")
        .replace(r#", "status": "normal""#, "");
    assert_eq!(session.log_batch(&named_twice), "1 0");
    assert_eq!(told(&mut session), ["dify.app.created"]);
    forget(&mut session);
    let ids = with(&format!(r#""id": "{}", "id": "{}""#, uuid(1), uuid(2)));
    session.log_batch(&ids);
    session.log_batch(&ids);
    assert_eq!(
        session.column("SELECT id FROM dify_observe.messages"),
        [uuid(2)]
    );
}

#[test]
fn a_key_that_is_no_field_is_refused_however_it_looks() {
    let (_cluster, mut session) = without_worker("batch_no_fields");
    for key in [
        "",
        " ",
        "Status",
        "status ",
        "événement",
        "😀",
        r"\u0000",
        r"status\u0000",
        r"\ud800",
        r"\n",
        r#"\""#,
        "xid",
        "draft ",
        "event ",
    ] {
        for name in [
            "dify.workflow.run",
            "dify.feedback.created",
            "dify.app.updated",
        ] {
            let event = Event::of(name).raw(key, "1").text();
            let refusal = session.refused_batch(&format!("[{event}]"));
            assert_eq!(refusal.code, "22023", "{event} {refusal:?}");
            assert!(refusal.message.starts_with("event 1 of 1: "), "{refusal:?}");
            assert_eq!(session.quarantine(&format!("[{event}]")), "0 1", "{event}");
        }
    }
    assert_eq!(count(&mut session, "events"), 0);
}
