//! Content arrives as it was given, however large, deep or odd.

use dify_observe_tests::Collector;
use serde_json::{Value, json};

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{arrived, exporting, only, text};

/// Arguments and the attributes that show them.
type Shown = &'static [(&'static str, &'static str)];

/// A call, its event, its document arguments and its text arguments.
const CONTENT: [(&str, &str, Shown, Shown); 8] = [
    (
        "log_workflow_run",
        "dify.workflow.run",
        &[
            ("inputs", "dify.workflow.inputs"),
            ("outputs", "dify.workflow.outputs"),
        ],
        &[
            ("query", "dify.workflow.query"),
            ("error", "dify.workflow.error"),
        ],
    ),
    (
        "log_node_execution",
        "dify.node.execution",
        &[
            ("inputs", "dify.node.inputs"),
            ("outputs", "dify.node.outputs"),
            ("process_data", "dify.node.process_data"),
        ],
        &[("title", "dify.node.title"), ("error", "dify.node.error")],
    ),
    (
        "log_message",
        "dify.message.run",
        &[
            ("inputs", "dify.message.inputs"),
            ("outputs", "dify.message.outputs"),
        ],
        &[("error", "dify.message.error")],
    ),
    (
        "log_tool_execution",
        "dify.tool.execution",
        &[
            ("inputs", "dify.tool.inputs"),
            ("outputs", "dify.tool.outputs"),
            ("parameters", "dify.tool.parameters"),
            ("config", "dify.tool.config"),
        ],
        &[("error", "dify.tool.error")],
    ),
    (
        "log_moderation_check",
        "dify.moderation.check",
        &[("categories", "dify.moderation.categories")],
        &[
            ("query", "dify.moderation.query"),
            ("preset_response", "dify.moderation.preset_response"),
        ],
    ),
    (
        "log_suggested_questions",
        "dify.suggested_question.generation",
        &[("questions", "dify.suggested_question.questions")],
        &[("error", "dify.suggested_question.error")],
    ),
    (
        "log_dataset_retrieval",
        "dify.dataset.retrieval",
        &[("documents", "dify.dataset.documents")],
        &[("query", "dify.retrieval.query")],
    ),
    (
        "log_prompt_generation",
        "dify.prompt_generation.execution",
        &[],
        &[
            ("instruction", "dify.prompt_generation.instruction"),
            ("output", "dify.prompt_generation.output"),
        ],
    ),
];

/// Logs one event of every kind with this document and this text in every place, and compares what arrives.
#[track_caller]
fn arrive_as_given(name: &str, document: &str, expected: impl Fn(&str) -> bool, given: &str) {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting(name, &collector);
    for (function, _, documents, texts) in CONTENT {
        let mut call = Call::of(function);
        for (argument, _) in documents {
            call = call.with(argument, document);
        }
        for (argument, _) in texts {
            call = call.with(argument, given);
        }
        if function != "log_moderation_check" {
            call = call.with("status", "failed");
        }
        session.call(&call);
    }
    let logs = arrived(&collector, CONTENT.len());
    for (_, event, documents, texts) in CONTENT {
        let attributes = only(&logs, event);
        for (_, attribute) in documents {
            let found = text(attributes, attribute);
            assert!(
                expected(found),
                "{attribute} differs: {}",
                found.chars().take(200).collect::<String>()
            );
        }
        for (_, attribute) in texts {
            assert!(text(attributes, attribute) == given, "{attribute} differs");
        }
    }
    let spans = collector.spans();
    assert_eq!(spans.len(), 2);
    assert!(
        spans
            .iter()
            .all(|span| span.status == "ERROR" && span.status_message == given),
        "a span's message differs"
    );
}

#[test]
fn one_megabyte_in_every_place_of_every_event() {
    let long = "wörter 中文 ".repeat(1024 * 1024 / 15);
    arrive_as_given(
        "robust_large",
        &Value::from(long.clone()).to_string(),
        |found| found == long,
        &long,
    );
}

#[test]
fn ten_megabytes_in_one_place_hold_up_nothing() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_huge", &collector);
    let long = "wörter 中文 ".repeat(10 * 1024 * 1024 / 15);
    let document = json!({"a": [long]}).to_string();
    for (function, _, documents, texts) in CONTENT {
        let call = match (documents.first(), texts.first()) {
            (Some((argument, _)), _) => Call::of(function).with(argument, &document),
            (None, Some((argument, _))) => Call::of(function).with(argument, &long),
            _ => unreachable!("every event has content"),
        };
        session.call(&call);
    }
    session.call(&Call::of("log_message").with("user_id", "behind"));
    let logs = arrived(&collector, CONTENT.len() + 1);
    for (_, event, documents, texts) in CONTENT {
        let log = logs
            .iter()
            .find(|log| log.event_name == event && !log.attributes.contains_key("user_id"))
            .expect("a log");
        let found = |attribute: &str| text(&log.attributes, attribute).to_owned();
        match (documents.first(), texts.first()) {
            (Some((_, attribute)), _) => {
                let read: Value = serde_json::from_str(&found(attribute)).expect("JSON");
                assert!(read == json!({"a": [long]}), "{attribute} differs");
            }
            (None, Some((_, attribute))) => {
                assert!(found(attribute) == long, "{attribute} differs")
            }
            _ => unreachable!("every event has content"),
        }
    }
    let states = "SELECT string_agg(DISTINCT state || ' ' || rejected, ', ') FROM dify_observe.export_status WHERE signal <> 'metrics'";
    assert_eq!(session.ask(states), "ok 0");
}

#[test]
fn three_thousand_levels() {
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    arrive_as_given(
        "robust_deep",
        &deep,
        |found| found.replace(' ', "") == deep,
        "deep",
    );
    let objects = format!("{}1{}", "{\"a\":".repeat(3_000), "}".repeat(3_000));
    arrive_as_given(
        "robust_deep_objects",
        &objects,
        |found| found.replace(' ', "") == objects,
        "deep",
    );
}

#[test]
fn all_of_unicode() {
    let all: Vec<char> = ('\u{1}'..=char::MAX).collect();
    for (number, chunk) in all.chunks(400_000).enumerate() {
        let given: String = chunk.iter().collect();
        let document = json!({"text": given, &given: 1}).to_string();
        let as_given = |found: &str| {
            serde_json::from_str::<Value>(found)
                .is_ok_and(|read| read == json!({"text": given, &given: 1}))
                && !found.contains("\\u4e2d")
        };
        arrive_as_given(
            &format!("robust_unicode_{number}"),
            &document,
            as_given,
            &given,
        );
    }
}

#[test]
fn numbers_beyond_64_bits() {
    let numbers = [
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890.123456789012345678901234567890",
        "0.1000000000000000055511151231257827021181583404541015625",
        "1.50",
        "100000000000000000000000000000000000000000000000000000000000",
        "0.00000000000000000000000000000000000000000000000000000000000000000001",
    ];
    let document = format!("[{}]", numbers.join(", "));
    arrive_as_given(
        "robust_numbers",
        &document,
        |found| found.replace(' ', "") == document.replace(' ', ""),
        "1e400000",
    );
    let exponents = "[1e400, -2.5E-400, 1E+2]";
    let spelled = format!("[1{}, -0.{}25, 100]", "0".repeat(400), "0".repeat(399));
    arrive_as_given(
        "robust_exponents",
        exponents,
        |found| found == spelled,
        "NaN",
    );
}

#[test]
fn scalars_and_empty_ones() {
    for (number, (document, shown)) in [
        (r#""\u4e2d \ud83d\ude00 \\u0000""#, "中 😀 \\u0000"),
        (r#""""#, ""),
        (r#""null""#, "null"),
        ("true", "true"),
        ("0", "0"),
        ("[]", "[]"),
        ("{}", "{}"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("robust_scalar_{number}");
        let given = "\u{202e}quoted \" \\ '";
        arrive_as_given(&name, document, |found| found == shown, given);
    }
}

#[test]
fn what_jsonb_cannot_hold_arrives_as_the_replacement_character() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_escapes", &collector);
    let document = r#"{"\u0000": "\ud800 \u4e2d \ud83d\ude00 \\u0000"}"#;
    session.call(
        &Call::of("log_tool_execution")
            .with("inputs", document)
            .with("config", document),
    );
    let logs = arrived(&collector, 1);
    for attribute in ["dify.tool.inputs", "dify.tool.config"] {
        let read: Value = serde_json::from_str(text(only(&logs, "dify.tool.execution"), attribute))
            .expect("JSON");
        assert_eq!(read, json!({"\u{fffd}": "\u{fffd} 中 😀 \\u0000"}));
    }
}
