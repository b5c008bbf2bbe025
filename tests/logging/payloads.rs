//! What clients put into inputs and outputs is kept faithfully, whatever it holds.

use serde_json::{Value, json};

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS};

fn arguments(table: &str) -> &'static [&'static str] {
    match table {
        "workflow_runs" => &["inputs", "outputs", "warnings", "files", "configuration"],
        "node_executions" => &["inputs", "outputs", "process_data"],
        _ => &["inputs", "outputs", "files", "message_file_data"],
    }
}

#[test]
fn what_jsonb_cannot_hold_becomes_the_replacement_character_in_every_argument() {
    let (_cluster, mut session) = ready("escapes");
    let cases = [
        (r#"{"a": "x\u0000y"}"#, json!({"a": "x\u{fffd}y"})),
        (r#"{"\u0000": 1}"#, json!({"\u{fffd}": 1})),
        (r#"["\ud800"]"#, json!(["\u{fffd}"])),
        (r#"["\udc00x", "\ud83d\ude00"]"#, json!(["\u{fffd}x", "😀"])),
        (r#"["\ud83d\ud83d\ude00"]"#, json!(["\u{fffd}😀"])),
        (
            r#"["\\u0000", "\\\u0000"]"#,
            json!(["\\u0000", "\\\u{fffd}"]),
        ),
        (r#"["\\ud800"]"#, json!(["\\ud800"])),
        (r#""\u4e2d\u6587""#, json!("中文")),
        (r#""\uD83D\uDE00""#, json!("😀")),
    ];
    for kind in &KINDS {
        for argument in arguments(kind.table) {
            for (given, kept) in &cases {
                let id = session.call(&kind.call().with(argument, given));
                let stored = format!(
                    "SELECT {argument} FROM dify_observe.{} WHERE id = '{id}'",
                    kind.table
                );
                assert_eq!(
                    session.json(&stored),
                    *kept,
                    "{} {argument} {given}",
                    kind.log
                );
            }
        }
    }
}

#[test]
fn they_are_repaired_also_when_told_at_the_start_and_at_the_end() {
    let (_cluster, mut session) = ready("escapes_finish");
    for (table, start, finish) in [
        ("workflow_runs", "start_workflow_run", "finish_workflow_run"),
        (
            "node_executions",
            "start_node_execution",
            "finish_node_execution",
        ),
    ] {
        let id = session.call(&Call::of(start).with("inputs", r#"["\u0000"]"#));
        session.call(
            &Call::of(finish)
                .with("id", &id)
                .with("outputs", r#"["\ud800"]"#),
        );
        let stored = format!(
            "SELECT jsonb_build_array(inputs, outputs) FROM dify_observe.{table} WHERE id = '{id}'"
        );
        assert_eq!(session.json(&stored), json!([["\u{fffd}"], ["\u{fffd}"]]));
    }
}

#[test]
fn json_that_is_none_is_refused() {
    let (_cluster, mut session) = ready("no_json");
    for wrong in ["{", "", "{'a': 1}", r#"["\u12"]"#, "NaN"] {
        let refusal = session.refused(&Call::of("log_workflow_run").with("inputs", wrong).sql());
        assert_eq!(refusal.code, "22P02", "{wrong}");
    }
}

#[test]
fn every_kind_of_json_value_is_kept() {
    let (_cluster, mut session) = ready("json_values");
    for given in [
        "null",
        "true",
        "0",
        "-1.5e3",
        "12345678901234567890.123",
        r#""text""#,
        "[]",
        "{}",
        r#"{"a": {"b": [null, 1, "x"]}}"#,
    ] {
        let id = session.call(&Call::of("log_workflow_run").with("outputs", given));
        let kept = format!(
            "SELECT outputs = '{given}'::jsonb FROM dify_observe.workflow_runs WHERE id = '{id}'"
        );
        assert_eq!(session.ask(&kept), "t", "{given}");
    }
}

#[test]
fn a_thousand_levels_are_kept() {
    let (_cluster, mut session) = ready("deep");
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let escaped = format!("{}\"\\u0000\"{}", "[".repeat(1_000), "]".repeat(1_000));
    for given in [deep, escaped] {
        let id = session.call(&Call::of("log_workflow_run").with("inputs", &given));
        let kept = format!(
            "SELECT regexp_count(inputs::text, '\\[') FROM dify_observe.workflow_runs WHERE id = '{id}'"
        );
        assert_eq!(session.ask(&kept), "1000");
        let shown = format!(
            "SELECT length(attributes ->> 'dify.workflow.inputs') >= 2000 FROM dify_observe.companion_log_details WHERE source_id = '{id}'"
        );
        assert_eq!(session.ask(&shown), "t");
    }
}

#[test]
fn json_too_deep_for_the_server_is_an_error_and_no_crash() {
    let (cluster, mut session) = ready("bottomless");
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let refusal = session.refused(&Call::of("log_workflow_run").with("inputs", &deep).sql());
    assert_eq!(refusal.code, "54001", "{refusal:?}");
    assert_eq!(session.ask("SELECT 1"), "1");
    assert!(!cluster.log().contains("terminated by signal"));
}

#[test]
fn ten_megabytes_are_kept() {
    let (_cluster, mut session) = ready("large");
    for end in ["", "\\u0000"] {
        let text = format!("\"{}{end}\"", "wörter 中文 ".repeat(10 * 1024 * 1024 / 15));
        let id = session.call(
            &Call::of("log_message")
                .with("outputs", &text)
                .with("query", &text),
        );
        let kept =
            format!("SELECT outputs #>> '{{}}' FROM dify_observe.messages WHERE id = '{id}'");
        let expected = text.trim_matches('"').replace("\\u0000", "\u{fffd}");
        assert!(session.ask(&kept) == expected, "outputs differ");
        let query = format!("SELECT query FROM dify_observe.messages WHERE id = '{id}'");
        assert!(session.ask(&query) == text, "the query differs");
    }
}

#[test]
fn all_of_unicode_is_kept_in_payloads_and_in_texts() {
    let (_cluster, mut session) = ready("unicode");
    let all: String = ('\u{1}'..=char::MAX).collect();
    for chunk in all.chars().collect::<Vec<_>>().chunks(60_000) {
        let text: String = chunk.iter().collect();
        let document = Value::from(text.clone()).to_string();
        let call = Call::of("log_message")
            .with("inputs", &document)
            .with("query", &text);
        let id = session.call(&call.with("metadata", &document));
        for stored in ["inputs #>> '{}'", "query", "metadata #>> '{}'"] {
            let kept = session.ask(&format!(
                "SELECT {stored} FROM dify_observe.messages WHERE id = '{id}'"
            ));
            assert!(
                kept == text,
                "{stored} differs from U+{:X} on",
                chunk[0] as u32
            );
        }
    }
}
