use crate::otlp::record::{EventKind, Operation, Record};
use crate::otlp::sample::{self, CONVERSATION, MESSAGE, NODE, OPERATION, OUTER_RUN, RUN};
use crate::profiles::attribute::{Attributes, Value};
use crate::profiles::dify::log_attributes;

fn shown(record: &Record) -> Attributes {
    log_attributes(record, true)
}

fn assert_names(record: &Record, listed: &[&str]) {
    let head = ["dify.event.name", "dify.event.signal", "tenant_id"];
    let log = shown(record);
    let names: Vec<_> = log.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, [&head, listed].concat());
    assert_eq!(
        log.get("dify.event.signal"),
        Some(&Value::from("metric_only"))
    );
}

#[test]
fn every_listed_attribute_is_there_in_its_order_and_no_other() {
    assert_names(
        &sample::tool(|_| ()),
        &[
            "dify.app_id",
            "dify.message.id",
            "dify.tool.name",
            "dify.tool.duration",
            "dify.tool.status",
            "dify.tool.error",
            "dify.tool.inputs",
            "dify.tool.outputs",
            "dify.tool.parameters",
            "dify.tool.config",
        ],
    );
    assert_names(
        &sample::moderation(|_| ()),
        &[
            "dify.app_id",
            "dify.message.id",
            "dify.moderation.type",
            "dify.moderation.action",
            "dify.moderation.flagged",
            "dify.moderation.categories",
            "dify.moderation.query",
            "dify.moderation.preset_response",
        ],
    );
    assert_names(
        &sample::suggested_questions(|_| ()),
        &[
            "dify.app_id",
            "dify.message.id",
            "dify.suggested_question.count",
            "dify.suggested_question.duration",
            "dify.suggested_question.status",
            "dify.suggested_question.error",
            "dify.suggested_question.questions",
        ],
    );
    assert_names(
        &sample::retrieval(|_| ()),
        &[
            "dify.app_id",
            "dify.message.id",
            "dify.dataset.id",
            "dify.dataset.name",
            "dify.retrieval.query",
            "dify.retrieval.document_count",
            "dify.retrieval.duration",
            "dify.retrieval.status",
            "dify.retrieval.error",
            "dify.dataset.documents",
        ],
    );
    assert_names(
        &sample::generated_name(|_| ()),
        &[
            "dify.app_id",
            "dify.conversation.id",
            "dify.generate_name.duration",
            "dify.generate_name.status",
            "dify.generate_name.error",
            "dify.generate_name.inputs",
            "dify.generate_name.outputs",
        ],
    );
    assert_names(
        &sample::prompt_generation(|_| ()),
        &[
            "dify.app_id",
            "dify.prompt_generation.operation_type",
            "gen_ai.provider.name",
            "gen_ai.request.model",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.total_tokens",
            "dify.prompt_generation.duration",
            "dify.prompt_generation.status",
            "dify.prompt_generation.error",
            "dify.prompt_generation.instruction",
            "dify.prompt_generation.output",
        ],
    );
}

#[test]
fn values_keep_their_types_and_json_travels_as_text() {
    let tool = shown(&sample::tool(|tool| {
        tool.operation.user_id = Some("u1".into());
        tool.operation.error = Some(String::new());
        tool.outputs = Some(r#""bare""#.to_owned().into());
    }));
    for (name, expected) in [
        ("user_id", "u1".into()),
        ("dify.tool.duration", 1.25.into()),
        ("dify.tool.status", "succeeded".into()),
        ("dify.tool.error", Value::Null),
        ("dify.tool.inputs", r#"{"city":"Łódź"}"#.into()),
        ("dify.tool.outputs", "bare".into()),
        ("dify.tool.config", Value::Null),
    ] {
        assert_eq!(tool.get(name), Some(&expected), "{name}");
    }
    let check = shown(&sample::moderation(|check| {
        check.categories = Some(r#"["hate"]"#.to_owned().into());
    }));
    for (name, expected) in [
        ("dify.moderation.flagged", false.into()),
        ("dify.moderation.categories", r#"["hate"]"#.into()),
        ("dify.moderation.preset_response", Value::Null),
    ] {
        assert_eq!(check.get(name), Some(&expected), "{name}");
    }
    let name = shown(&sample::generated_name(|_| ()));
    let outputs = Value::from("Weather in \"Łódź\"");
    assert_eq!(name.get("dify.generate_name.outputs"), Some(&outputs));
    let prompt = shown(&sample::prompt_generation(|prompt| {
        prompt.operation.app_id = None;
        prompt.input_tokens = Some(0);
    }));
    assert_eq!(prompt.get("dify.app_id"), Some(&Value::Null));
    assert_eq!(
        prompt.get("gen_ai.usage.input_tokens"),
        Some(&Value::Int(0))
    );
}

#[test]
fn one_dataset_is_plain_and_several_are_an_array() {
    for (ids, expected) in [
        (None, Value::Null),
        (Some(vec![]), Value::Null),
        (Some(vec!["d1".to_owned()]), "d1".into()),
        (
            Some(vec!["d1".to_owned(), "d2".to_owned()]),
            r#"["d1", "d2"]"#.into(),
        ),
    ] {
        let log = shown(&sample::retrieval(|retrieval| retrieval.dataset_ids = ids));
        assert_eq!(log.get("dify.dataset.id"), Some(&expected));
        assert_eq!(log.get("dify.dataset.name"), Some(&Value::Null));
    }
}

#[test]
fn content_is_referred_to_by_the_nearest_thing_that_is_known() {
    type Place = fn(&mut Operation);
    let samples: [fn(Place) -> Record; 4] = [
        |place| sample::tool(|tool| place(&mut tool.operation)),
        |place| sample::moderation(|check| place(&mut check.operation)),
        |place| sample::suggested_questions(|suggested| place(&mut suggested.operation)),
        |place| sample::retrieval(|retrieval| place(&mut retrieval.operation)),
    ];
    let places: [(Place, String); 4] = [
        (
            |operation| {
                operation.message_id = Some(MESSAGE);
                operation.node_execution_id = Some(NODE);
                operation.workflow_run_id = Some(RUN);
            },
            format!("ref:message_id={MESSAGE}"),
        ),
        (
            |operation| {
                operation.node_execution_id = Some(NODE);
                operation.workflow_run_id = Some(RUN);
            },
            format!("ref:node_execution_id={NODE}"),
        ),
        (
            |operation| operation.workflow_run_id = Some(RUN),
            format!("ref:workflow_run_id={RUN}"),
        ),
        (|_| (), format!("ref:trace_id={OUTER_RUN}")),
    ];
    for sample in samples {
        for (place, reference) in &places {
            let mut record = sample(*place);
            record.correlation_id = Some(OUTER_RUN);
            assert_eq!(
                references(&record),
                vec![reference.as_str(); content(&record)]
            );
        }
    }
}

#[test]
fn names_refer_to_their_conversation_and_prompts_to_themselves() {
    let name = sample::generated_name(|name| name.operation.message_id = Some(MESSAGE));
    let reference = format!("ref:conversation_id={CONVERSATION}");
    assert_eq!(references(&name), [reference.as_str(); 2]);
    let mut prompt = sample::prompt_generation(|prompt| {
        prompt.operation.message_id = Some(MESSAGE);
    });
    prompt.correlation_id = Some(MESSAGE);
    let reference = format!("ref:trace_id={OPERATION}");
    assert_eq!(references(&prompt), [reference.as_str(); 2]);
}

/// The references in a record's log when content is not shown, in order.
fn references(record: &Record) -> Vec<String> {
    log_attributes(record, false)
        .into_iter()
        .filter_map(|(_, value)| match value {
            Value::Text(text) if text.starts_with("ref:") => Some(text),
            _ => None,
        })
        .collect()
}

/// How many attributes of a record are content.
fn content(record: &Record) -> usize {
    match record.kind {
        EventKind::ToolExecution => 4,
        EventKind::Moderation | EventKind::Retrieval => 2,
        _ => 1,
    }
}
