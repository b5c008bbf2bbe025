//! Content is shown as a reference in `companion_logs`, and as itself in `companion_log_details` only.

use postgres::Client;
use serde_json::{Map, Value, json};

use crate::asking::{Asking, ready};
use crate::call::Call;
use crate::dictionary::attributes;
use crate::everything_given::{ID, all, call};

fn shown(session: &mut Client, view: &str, id: &str) -> Map<String, Value> {
    let log = session.json(&format!(
        "SELECT attributes FROM dify_observe.{view} WHERE source_id = '{id}'"
    ));
    log.as_object().expect("an object").clone()
}

#[test]
fn a_reference_stands_in_the_place_of_every_content_attribute() {
    let (_cluster, mut session) = ready("references");
    for (event, function, given, _) in all() {
        session.run("TRUNCATE dify_observe.workflow_runs, dify_observe.node_executions, dify_observe.messages, dify_observe.feedbacks, dify_observe.events");
        let id = session.call(&call(function, &given));
        let shown = shown(&mut session, "companion_logs", &id);
        let kind = match function {
            "log_workflow_run" => "workflow_run_id",
            "log_node_execution" => "node_execution_id",
            _ => "message_id",
        };
        for (name, attribute) in attributes(event) {
            if !attribute.content {
                continue;
            }
            match event {
                "dify.feedback.created" => assert!(!shown.contains_key(&name), "{name}"),
                _ => assert_eq!(shown[&name], format!("ref:{kind}={ID}"), "{event} {name}"),
            }
        }
    }
}

#[test]
fn the_view_without_content_shows_none_anywhere() {
    let (_cluster, mut session) = ready("no_content");
    let secret = "s3cr3t";
    let quoted = format!("[\"{secret}\"]");
    let run = [
        "inputs",
        "outputs",
        "warnings",
        "files",
        "configuration",
        "metadata",
    ];
    let node = ["inputs", "outputs", "process_data", "metadata"];
    let message = [
        "inputs",
        "outputs",
        "files",
        "message_file_data",
        "metadata",
    ];
    let mut calls = vec![
        Call::of("log_feedback")
            .with("rating", "like")
            .with("content", secret),
    ];
    for (function, arguments) in [
        ("log_workflow_run", &run[..]),
        ("log_node_execution", &node),
        ("log_message", &message),
    ] {
        calls.push(arguments.iter().fold(Call::of(function), |call, argument| {
            call.with(argument, &quoted)
        }));
    }
    calls.push(Call::of("log_workflow_run").with("query", secret));
    calls.push(
        Call::of("log_message")
            .with("query", secret)
            .with("answer", secret),
    );
    for call in &calls {
        session.call(call);
    }
    let rows = |view: &str| {
        format!(
            "SELECT count(*) FILTER (WHERE l::text LIKE '%{secret}%') || ' of ' || count(*) FROM dify_observe.{view} l"
        )
    };
    assert_eq!(session.ask(&rows("companion_logs")), "0 of 6");
    assert_eq!(session.ask(&rows("companion_log_details")), "6 of 6");
}

#[test]
fn a_message_shows_its_query_and_answer_where_it_has_no_inputs_and_outputs() {
    let (_cluster, mut session) = ready("query_answer");
    let call = Call::of("log_message")
        .with("query", "what \"is\" ü?")
        .with("answer", "this");
    let id = session.call(&call);
    let details = shown(&mut session, "companion_log_details", &id);
    let read = |name: &str| -> Value {
        serde_json::from_str(details[name].as_str().expect("text")).expect("JSON")
    };
    assert_eq!(
        read("dify.message.inputs"),
        json!({"query": "what \"is\" ü?"})
    );
    assert_eq!(read("dify.message.outputs"), json!({"answer": "this"}));
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
