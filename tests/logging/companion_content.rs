//! Content is shown as a reference in `companion_logs`, and as itself in `companion_log_details` only.

use postgres::Client;
use serde_json::{Map, Value, json};

use crate::asking::{Asking, ready};
use crate::call::Call;
use crate::dictionary::{attributes, event, texts};
use crate::everything_given::{CONVERSATION, ID, MESSAGE, NODE, RUN, all, call};
use crate::one_log::forget;

fn shown(session: &mut Client, view: &str, id: &str) -> Map<String, Value> {
    let log = session.json(&format!(
        "SELECT attributes FROM dify_observe.{view} WHERE source_id = '{id}'"
    ));
    log.as_object().expect("an object").clone()
}

fn read(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("text")).expect("JSON")
}

#[track_caller]
fn assert_references(event: &str, shown: &Map<String, Value>, reference: &str) {
    for (name, attribute) in attributes(event) {
        if attribute.content {
            assert_eq!(shown[&name], reference, "{event} {name}");
        }
    }
}

#[test]
fn a_reference_stands_in_the_place_of_every_content_attribute() {
    let (_cluster, mut session) = ready("references");
    for (name, function, given, _) in all() {
        forget(&mut session);
        let id = session.call(&call(function, &given));
        let shown = shown(&mut session, "companion_logs", &id);
        let reference = match event(name)["reference"].as_array().map(|list| list.first()) {
            None => continue,
            Some(None) => {
                assert!(!shown.contains_key("dify.feedback.content"));
                continue;
            }
            Some(Some(kind)) => kind.as_str().expect("a kind").to_owned(),
        };
        let uuid = match (reference.as_str(), name) {
            ("message_id", "dify.message.run") => ID,
            ("message_id", _) => MESSAGE,
            ("conversation_id", _) => CONVERSATION,
            _ => ID,
        };
        assert_references(name, &shown, &format!("ref:{reference}={uuid}"));
    }
}

#[test]
fn an_operation_refers_to_its_message_else_its_node_else_its_run_else_its_trace() {
    let (_cluster, mut session) = ready("operation_references");
    for (name, function, ..) in crate::operations_given::all() {
        let kinds = texts(&event(name)["reference"]);
        if kinds.len() == 1 {
            continue;
        }
        assert_eq!(
            kinds,
            [
                "message_id",
                "node_execution_id",
                "workflow_run_id",
                "trace_id"
            ]
        );
        let mut call = Call::of(function)
            .with("message_id", MESSAGE)
            .with("node_execution_id", NODE)
            .with("workflow_run_id", RUN);
        for (kind, uuid) in kinds.iter().zip([MESSAGE, NODE, RUN]) {
            let id = session.call(&call);
            let shown = shown(&mut session, "companion_logs", &id);
            assert_references(name, &shown, &format!("ref:{kind}={uuid}"));
            call = call.without(kind);
        }
        let id = session.call(&call);
        let shown = shown(&mut session, "companion_logs", &id);
        assert_references(name, &shown, &format!("ref:trace_id={id}"));
    }
}

#[test]
fn a_name_refers_to_its_conversation_and_a_prompt_to_itself_wherever_they_happened() {
    let (_cluster, mut session) = ready("own_references");
    let places: [&[(&str, &str)]; 2] = [
        &[],
        &[
            ("message_id", MESSAGE),
            ("node_execution_id", NODE),
            ("workflow_run_id", RUN),
        ],
    ];
    for place in places {
        let name = Call::of("log_generate_name").with("conversation_id", CONVERSATION);
        let id = session.call(&name.with_all(place));
        let shown_of = |session: &mut Client, id: &str| shown(session, "companion_logs", id);
        let reference = format!("ref:conversation_id={CONVERSATION}");
        assert_references(
            "dify.generate_name.execution",
            &shown_of(&mut session, &id),
            &reference,
        );
        let id = session.call(&Call::of("log_prompt_generation").with_all(place));
        let reference = format!("ref:trace_id={id}");
        assert_references(
            "dify.prompt_generation.execution",
            &shown_of(&mut session, &id),
            &reference,
        );
    }
}

/// The arguments of every function that must not be seen without asking for details, and whether they are JSON.
const HIDDEN: [(&str, &[&str], &[&str]); 11] = [
    ("log_feedback", &[], &["content"]),
    (
        "log_workflow_run",
        &[
            "inputs",
            "outputs",
            "warnings",
            "files",
            "configuration",
            "metadata",
        ],
        &["query"],
    ),
    (
        "log_node_execution",
        &["inputs", "outputs", "process_data", "metadata"],
        &[],
    ),
    (
        "log_message",
        &[
            "inputs",
            "outputs",
            "files",
            "message_file_data",
            "metadata",
        ],
        &[],
    ),
    ("log_message", &[], &["query", "answer"]),
    (
        "log_tool_execution",
        &["inputs", "outputs", "parameters", "config", "metadata"],
        &["file_url"],
    ),
    (
        "log_moderation_check",
        &["inputs", "metadata"],
        &["query", "preset_response"],
    ),
    (
        "log_suggested_questions",
        &["questions", "inputs", "metadata"],
        &[],
    ),
    (
        "log_dataset_retrieval",
        &["documents", "metadata"],
        &["query"],
    ),
    ("log_generate_name", &["inputs", "outputs", "metadata"], &[]),
    (
        "log_prompt_generation",
        &["metadata"],
        &["instruction", "output"],
    ),
];

#[test]
fn the_view_without_content_shows_none_anywhere() {
    let (_cluster, mut session) = ready("no_content");
    let secret = "s3cr3t";
    let quoted = format!("[\"{secret}\"]");
    for (function, json, text) in HIDDEN {
        let given = json.iter().map(|name| (*name, &*quoted));
        let given = given.chain(text.iter().map(|name| (*name, secret)));
        let call = Call::of(function).with_all(&given.collect::<Vec<_>>());
        session.call(&call);
    }
    let rows = |view: &str| {
        format!(
            "SELECT count(*) FILTER (WHERE l::text LIKE '%{secret}%') || ' of ' || count(*) FROM dify_observe.{view} l"
        )
    };
    let all = HIDDEN.len();
    assert_eq!(session.ask(&rows("companion_logs")), format!("0 of {all}"));
    assert_eq!(
        session.ask(&rows("companion_log_details")),
        format!("{all} of {all}")
    );
}

#[test]
fn a_message_shows_its_query_and_answer_where_it_has_no_inputs_and_outputs() {
    let (_cluster, mut session) = ready("query_answer");
    let call = Call::of("log_message")
        .with("query", "what \"is\" ü?")
        .with("answer", "this");
    let id = session.call(&call);
    let details = shown(&mut session, "companion_log_details", &id);
    assert_eq!(
        read(&details["dify.message.inputs"]),
        json!({"query": "what \"is\" ü?"})
    );
    assert_eq!(
        read(&details["dify.message.outputs"]),
        json!({"answer": "this"})
    );
    assert!(
        details["dify.message.inputs"]
            .as_str()
            .expect("text")
            .contains('ü')
    );

    let id = session.call(
        &call
            .with("inputs", r#"{"own": 1}"#)
            .with("outputs", r#""bare""#),
    );
    let details = shown(&mut session, "companion_log_details", &id);
    assert_eq!(details["dify.message.inputs"], r#"{"own": 1}"#);
    assert_eq!(details["dify.message.outputs"], "bare");

    let id = session.call(&Call::of("log_message"));
    let details = shown(&mut session, "companion_log_details", &id);
    assert_eq!(details["dify.message.inputs"], Value::Null);
    assert_eq!(details["dify.message.outputs"], Value::Null);
}
