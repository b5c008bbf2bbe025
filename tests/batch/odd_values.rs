//! Values as clients write them: numbers and booleans as texts, arrays as texts, escapes, and what jsonb cannot hold.

use serde_json::json;

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, batch, uuid};
use crate::stored::forget;

/// What is stored for the JSON text of a field: the column as text, or the SQLSTATE of a refusal that names the field.
fn kept(
    session: &mut postgres::Client,
    event: Event,
    table: &str,
    field: &str,
    json: &str,
) -> String {
    let batch = batch(&[event.with("id", uuid(1)).raw(field, json)]);
    session.run(&format!("TRUNCATE dify_observe.{table}"));
    if session
        .try_rows(&crate::event::call(&batch, "abort"))
        .is_ok()
    {
        return session.ask(&format!("SELECT {field}::text FROM dify_observe.{table}"));
    }
    let refusal = session.refused_batch(&batch);
    assert_eq!(refusal.field, field, "{batch} {refusal:?}");
    refusal.code
}

#[test]
fn numbers_are_read_as_their_column_reads_them() {
    let (_cluster, mut session) = without_worker("batch_numbers");
    let cases = [
        ("total_tokens", "7", "7"),
        ("total_tokens", r#""7""#, "7"),
        ("total_tokens", "1e3", "22023"),
        ("total_tokens", "-0", "0"),
        ("total_tokens", "9223372036854775807", "9223372036854775807"),
        ("total_tokens", "9223372036854775808", "22023"),
        ("total_tokens", "99999999999999999999", "22023"),
        ("total_tokens", "1.5", "22023"),
        ("total_tokens", "-1", "22023"),
        ("total_tokens", "true", "22023"),
        ("total_tokens", "[]", "22023"),
        ("total_tokens", r#""""#, "22023"),
        ("total_tokens", r#""seven""#, "22023"),
        ("total_steps", "2147483647", "2147483647"),
        ("total_steps", "2147483648", "22023"),
        ("elapsed_time", "1e3", "1000"),
        ("elapsed_time", "1.0", "1"),
        ("elapsed_time", r#""1.25""#, "1.25"),
        ("elapsed_time", "0.1", "0.1"),
        ("elapsed_time", "1e400000", "22023"),
        ("elapsed_time", "2e10", "22023"),
        ("elapsed_time", r#""NaN""#, "22023"),
        ("elapsed_time", r#""-Infinity""#, "22023"),
        ("elapsed_time", "false", "22023"),
        ("total_price", "0.00267", "0.00267"),
        ("total_price", r#""0.00267""#, "0.00267"),
        ("total_price", "1e-300", &format!("0.{}1", "0".repeat(299))),
        ("total_price", "1e300", "22023"),
        ("total_price", "1e400000", "22023"),
        ("inputs", "1e3", "1000"),
        ("inputs", "1.0", "1.0"),
        (
            "inputs",
            "99999999999999999999.9900",
            "99999999999999999999.9900",
        ),
        ("inputs", "1e400000", "22023"),
        ("inputs", r#""1e400000""#, r#""1e400000""#),
        ("created_at", "1770091506", "22023"),
        (
            "created_at",
            r#""2026-02-03T04:05:06.789012345Z""#,
            "2026-02-03 04:05:06.789012+00",
        ),
        (
            "created_at",
            r#""2026-02-03 04:05:06+08:00""#,
            "2026-02-02 20:05:06+00",
        ),
        (
            "created_at",
            r#""2026-02-03T04:05:06""#,
            "2026-02-03 04:05:06+00",
        ),
    ];
    session.run("SET timezone = 'UTC'");
    for (field, json, expected) in cases {
        let event = Event::of("dify.workflow.run");
        assert_eq!(
            kept(&mut session, event, "workflow_runs", field, json),
            expected,
            "{field} {json}"
        );
    }
}

#[test]
fn booleans_may_be_texts() {
    let (_cluster, mut session) = without_worker("batch_booleans");
    for (json, expected) in [
        ("true", "true"),
        ("false", "false"),
        (r#""true""#, "true"),
        (r#""f""#, "false"),
        (r#""yes""#, "true"),
        (r#""0""#, "false"),
        ("1", "true"),
        ("2", "22023"),
        (r#""maybe""#, "22023"),
        (r#""""#, "22023"),
        ("[]", "22023"),
    ] {
        let event = Event::of("dify.moderation.check");
        assert_eq!(
            kept(&mut session, event, "moderation_checks", "flagged", json),
            expected,
            "{json}"
        );
    }
}

#[test]
fn arrays_may_be_texts_and_hold_any_text() {
    let (_cluster, mut session) = without_worker("batch_arrays");
    for (json, expected) in [
        (r#"["a", "b"]"#, r#"["a", "b"]"#),
        (r#""{a,b}""#, r#"["a", "b"]"#),
        (r#""{}""#, "[]"),
        ("[]", "[]"),
        (" [ \"a\" ,\n \"b\" ] ", r#"["a", "b"]"#),
        (
            r#"["", " ", "NULL", "null", "{}", "a,b", "\"", "\\", "{\"x\"}"]"#,
            r#"["", " ", "NULL", "null", "{}", "a,b", "\"", "\\", "{\"x\"}"]"#,
        ),
        (
            r#"["中\u6587", "\n", "\ud83d\ude00", "\u0000"]"#,
            "[\"中文\", \"\\n\", \"😀\", \"\u{fffd}\"]",
        ),
        ("[1, 1.50, true]", r#"["1", "1.50", "true"]"#),
        (r#"["a", null]"#, "22023"),
        (r#"[["a"]]"#, "22023"),
        (r#"[["a"], "b"]"#, "22023"),
        ("[[]]", "22023"),
        (r#"{"a": 1}"#, "22023"),
        ("7", "22023"),
        (r#""a,b""#, "22023"),
    ] {
        let event = Event::of("dify.dataset.retrieval");
        let column = if expected.starts_with('[') {
            "to_jsonb(dataset_ids)"
        } else {
            "dataset_ids"
        };
        let batch = batch(&[event.raw("dataset_ids", json)]);
        session.run("TRUNCATE dify_observe.dataset_retrievals");
        if expected.starts_with('[') {
            assert_eq!(session.log_batch(&batch), "1 0", "{json}");
            let stored = session.ask(&format!(
                "SELECT {column} FROM dify_observe.dataset_retrievals"
            ));
            assert_eq!(stored, expected, "{json}");
        } else {
            let refusal = session.refused_batch(&batch);
            assert_eq!(
                (&*refusal.code, &*refusal.field),
                (expected, "dataset_ids"),
                "{json} {refusal:?}"
            );
        }
    }
}

/// Whatever is next to it.
#[test]
fn a_text_field_takes_other_values_the_same_way_alone_and_beside_a_bad_event() {
    let (_cluster, mut session) = without_worker("batch_texts");
    for json in [
        "1e3",
        "1.50",
        "true",
        r#"{"b":1,  "a":[1,2]}"#,
        "[ ]",
        r#"["x"]"#,
        "12345678901234567890.0",
    ] {
        let mut stored = Vec::new();
        for beside in ["", ", 7"] {
            forget(&mut session);
            let event = Event::of("dify.message.run")
                .raw("query", json)
                .raw("answer", json);
            session.quarantine(&format!("[{}{beside}]", event.text()));
            stored.push(
                session.ask("SELECT concat_ws(' ', query, answer) FROM dify_observe.messages"),
            );
        }
        assert_eq!(stored[0], stored[1], "{json}");
    }
}

#[test]
fn what_jsonb_and_texts_cannot_hold_becomes_the_replacement_character() {
    let (_cluster, mut session) = without_worker("batch_escapes");
    for (written, expected) in [
        (r"a\u0000b", "a\u{fffd}b"),
        (r"\ud800", "\u{fffd}"),
        (r"\udc00x", "\u{fffd}x"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\\u0000", "\\u0000"),
        (r"\\\u0000", "\\\u{fffd}"),
        (r"\u4e2d\uD83D\uDE00", "中😀"),
        (r"\b\f\n\r\t\/\\\u0022", "\u{8}\u{c}\n\r\t/\\\""),
    ] {
        for beside in ["", ", 7"] {
            forget(&mut session);
            let json = format!("\"{written}\"");
            let event = Event::of("dify.message.run")
                .raw("query", &json)
                .raw("inputs", &json)
                .raw("metadata", &format!("{{{json}: {json}}}"));
            session.quarantine(&format!("[{}{beside}]", event.text()));
            let row =
                "SELECT jsonb_build_array(query, inputs, metadata) FROM dify_observe.messages";
            assert_eq!(
                session.json(row),
                json!([expected, expected, {expected: expected}]),
                "{written}{beside}"
            );
        }
    }
}

#[test]
fn an_id_with_such_an_escape_is_no_id() {
    let (_cluster, mut session) = without_worker("batch_escaped_ids");
    for wrong in [
        r"\u0000",
        r"aaaaaaaa-0000-4000-8000-00000000000\u0000",
        r"\ud800",
    ] {
        for field in ["id", "tenant_id", "message_id"] {
            let event = Event::of("dify.workflow.run").raw(field, &format!("\"{wrong}\""));
            let refusal = session.refused_batch(&batch(std::slice::from_ref(&event)));
            assert_eq!(
                (&*refusal.code, &*refusal.field),
                ("22023", field),
                "{wrong} {refusal:?}"
            );
            assert_eq!(session.quarantine(&batch(&[event])), "0 1");
        }
    }
    let named = r#"[{"event": "dify.workflow\u0000.run"}]"#;
    assert_eq!(session.refused_batch(named).field, "event");
}
