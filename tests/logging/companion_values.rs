//! Values that a companion log shows in a way of their own: on other nodes, of several datasets, empty, by default.

use serde_json::{Value, json};

use crate::asking::{Asking, ready};
use crate::call::Call;
use crate::dictionary::{self, Setting};
use crate::event_catalogue::attributes;
use crate::everything_given::node;
use crate::one_log::{forget, only_log};

#[test]
fn a_value_that_is_given_is_shown_on_any_node_type() {
    let (_cluster, mut session) = ready("any_type");
    let optional = [
        "model_provider",
        "model_name",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "total_price",
        "currency",
        "plugin_name",
        "plugin_id",
        "dataset_ids",
        "dataset_names",
    ];
    for argument in optional {
        forget(&mut session);
        let (_, value) = *node("code", false)
            .iter()
            .find(|(name, _)| *name == argument)
            .expect("one");
        session.call(&Call::of("log_node_execution").with(argument, value));
        let (_, shown) = only_log(&mut session, "companion_logs");
        let listed = attributes("dify.node.execution");
        for (name, attribute) in dictionary::attributes("dify.node.execution") {
            let given = listed[&name]["from"] == argument;
            let expected = given
                || attribute.expected_in(Setting {
                    node_type: "code",
                    ..Setting::default()
                });
            assert_eq!(
                shown.contains_key(&name),
                expected,
                "{name} with {argument}"
            );
        }
    }
}

#[test]
fn several_datasets_are_a_json_array_and_one_is_itself() {
    let (_cluster, mut session) = ready("datasets");
    let node = Call::of("log_node_execution").with("node_type", "knowledge-retrieval");
    let shapes = [
        ("{a}", json!("a")),
        (r#"{"a \"b\"",ü}"#, json!(["a \"b\"", "ü"])),
        ("{}", Value::Null),
    ];
    let calls = [node, Call::of("log_dataset_retrieval")];
    for (call, (given, shown_as)) in calls
        .iter()
        .flat_map(|call| shapes.iter().map(move |shape| (call, shape)))
    {
        forget(&mut session);
        session.call(
            &call
                .clone()
                .with("dataset_ids", given)
                .with("dataset_names", given),
        );
        let (_, shown) = only_log(&mut session, "companion_logs");
        for name in ["dify.dataset.id", "dify.dataset.name"] {
            let value = &shown[name];
            if shown_as.is_array() {
                let text = value.as_str().expect("JSON text");
                assert_eq!(
                    &serde_json::from_str::<Value>(text).expect("JSON"),
                    shown_as
                );
                assert!(text.contains('ü'), "unescaped: {text}");
            } else {
                assert_eq!(value, shown_as);
            }
        }
    }
}

#[test]
fn an_empty_error_counts_as_none() {
    let (_cluster, mut session) = ready("empty_error");
    for (function, name) in [
        ("log_workflow_run", "dify.workflow.error"),
        ("log_node_execution", "dify.node.error"),
        ("log_message", "dify.message.error"),
        ("log_tool_execution", "dify.tool.error"),
        ("log_suggested_questions", "dify.suggested_question.error"),
        ("log_dataset_retrieval", "dify.retrieval.error"),
        ("log_generate_name", "dify.generate_name.error"),
        ("log_prompt_generation", "dify.prompt_generation.error"),
    ] {
        forget(&mut session);
        session.call(&Call::of(function).with("error", ""));
        let (log, shown) = only_log(&mut session, "companion_logs");
        assert_eq!(shown[name], Value::Null, "{name}");
        assert_eq!(log["severity"], "INFO");
    }
}

#[test]
fn a_moderation_check_is_of_input_and_without_categories_unless_told() {
    let (_cluster, mut session) = ready("moderation_defaults");
    for told in ["", ", type => NULL, categories => NULL"] {
        forget(&mut session);
        let call = Call::of("log_moderation_check").sql();
        session.run(&call.replace("'false'", &format!("'false'{told}")));
        let (_, shown) = only_log(&mut session, "companion_logs");
        assert_eq!(shown["dify.moderation.type"], "input");
        assert_eq!(shown["dify.moderation.categories"], "[]");
    }
}
