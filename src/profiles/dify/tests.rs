use super::*;
use crate::otlp::sample::{self, MESSAGE, NODE, OUTER_NODE, OUTER_RUN, RUN};
use crate::profiles::attribute::Value;

fn names(attributes: &Attributes) -> Vec<&str> {
    attributes.iter().map(|(name, _)| name.as_ref()).collect()
}

fn text_of(attributes: &Attributes, name: &str) -> String {
    match attributes.get(name) {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

const RUN_SPAN: [&str; 12] = [
    "dify.trace_id",
    "dify.tenant_id",
    "dify.app_id",
    "dify.workflow.id",
    "dify.workflow.run_id",
    "dify.workflow.status",
    "dify.workflow.error",
    "dify.workflow.elapsed_time",
    "dify.invoke_from",
    "dify.conversation.id",
    "dify.message.id",
    "dify.invoked_by",
];
const PARENT: [&str; 4] = [
    "dify.parent.trace_id",
    "dify.parent.workflow.run_id",
    "dify.parent.node.execution_id",
    "dify.parent.app.id",
];

#[test]
fn a_run_log_has_every_listed_attribute_and_no_other() {
    let head = ["dify.event.name", "dify.event.signal", "tenant_id"];
    let tail = [
        "dify.user.id",
        "gen_ai.usage.total_tokens",
        "dify.workflow.version",
        "dify.workflow.inputs",
        "dify.workflow.outputs",
        "dify.workflow.query",
    ];
    let plain = log_attributes(&sample::run(|_| ()), true);
    assert_eq!(names(&plain), [&head[..], &RUN_SPAN, &tail].concat());
    let nested = sample::run(|run| {
        run.parent_workflow_run_id = Some(OUTER_RUN);
        run.user_id = Some("u1".into());
    });
    let nested = log_attributes(&nested, true);
    assert_eq!(
        names(&nested),
        [&head[..], &["user_id"], &RUN_SPAN, &PARENT, &tail].concat()
    );
    assert_eq!(nested.get("dify.parent.app.id"), Some(&Value::Null));
    assert_eq!(text_of(&nested, "dify.user.id"), "u1");
}

#[test]
fn a_span_leaves_out_what_is_null_or_empty() {
    let record = sample::run(|run| {
        run.error = Some(String::new());
        run.invoke_from = Some(String::new());
        run.invoked_by = Some("u1".into());
    });
    let span = span_attributes(&record).unwrap();
    assert_eq!(
        names(&span),
        [
            "dify.trace_id",
            "dify.tenant_id",
            "dify.app_id",
            "dify.workflow.id",
            "dify.workflow.run_id",
            "dify.workflow.status",
            "dify.workflow.elapsed_time",
            "dify.invoked_by",
        ]
    );
    let log = log_attributes(&record, true);
    assert_eq!(log.get("dify.workflow.error"), Some(&Value::Null));
    assert_eq!(log.get("dify.invoke_from"), Some(&Value::from("")));
    for without in [
        sample::message(|_| ()),
        sample::app(),
        sample::feedback(|_| ()),
    ] {
        assert_eq!(span_attributes(&without), None);
    }
}

#[test]
fn a_nested_run_names_its_parents_trace() {
    let mut given = sample::run(|run| run.parent_trace_id = Some(OUTER_NODE));
    given.correlation_id = Some(OUTER_RUN);
    let mut found = sample::run(|run| run.parent_node_execution_id = Some(OUTER_NODE));
    found.correlation_id = Some(OUTER_RUN);
    for (record, trace) in [(given, OUTER_NODE), (found, OUTER_RUN)] {
        let span = span_attributes(&record).unwrap();
        assert_eq!(text_of(&span, "dify.parent.trace_id"), trace.to_string());
        assert_eq!(text_of(&span, "dify.trace_id"), RUN.to_string());
    }
}

#[test]
fn trace_ids_of_nodes_and_drafts() {
    for (record, own) in [(sample::node(|_| ()), RUN), (sample::draft(|_| ()), NODE)] {
        let log = log_attributes(&record, true);
        assert_eq!(text_of(&log, "dify.trace_id"), own.to_string());
    }
    let draft = log_attributes(&sample::draft(|_| ()), true);
    assert_eq!(draft.get("dify.workflow.run_id"), Some(&Value::Null));
    assert_eq!(
        text_of(&draft, "dify.event.name"),
        "dify.node.execution.draft"
    );
    assert_eq!(text_of(&draft, "dify.event.signal"), "span_detail");
}

#[test]
fn node_attributes_that_depend_on_the_type() {
    let model = [
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.total_tokens",
        "dify.node.total_price",
        "dify.node.currency",
    ];
    let plugin = ["dify.node.plugin_name", "dify.node.plugin_id"];
    let dataset = ["dify.dataset.id", "dify.dataset.name"];
    for (node_type, has_model, has_plugin, has_dataset) in [
        ("llm", true, false, false),
        ("agent", true, false, false),
        ("question-classifier", true, false, false),
        ("parameter-extractor", true, false, false),
        ("tool", false, true, false),
        ("knowledge-retrieval", false, true, true),
        ("code", false, false, false),
    ] {
        let record = sample::node(|node| node.node_type = node_type.into());
        let log = log_attributes(&record, false);
        for (group, present) in [
            (&model[..], has_model),
            (&plugin[..], has_plugin),
            (&dataset[..], has_dataset),
        ] {
            for name in group {
                let expected = present.then_some(&Value::Null);
                assert_eq!(log.get(name), expected, "{node_type} {name}");
            }
        }
    }
    let odd = sample::node(|node| {
        node.node_type = "code".into();
        node.total_tokens = Some(0);
        node.model_name = Some(String::new());
        node.dataset_ids = Some(vec!["a".into(), "b".into()]);
    });
    let odd = log_attributes(&odd, false);
    assert_eq!(odd.get("gen_ai.usage.total_tokens"), Some(&Value::Int(0)));
    assert_eq!(odd.get("gen_ai.request.model"), Some(&Value::from("")));
    assert_eq!(odd.get("gen_ai.provider.name"), None);
    assert_eq!(text_of(&odd, "dify.dataset.id"), r#"["a", "b"]"#);
    assert_eq!(odd.get("dify.dataset.name"), None);
}

#[test]
fn content_or_a_reference_to_it() {
    let run = sample::run(|_| ());
    let shown = log_attributes(&run, true);
    assert_eq!(text_of(&shown, "dify.workflow.inputs"), r#"{"query":"hi"}"#);
    assert_eq!(shown.get("dify.workflow.outputs"), Some(&Value::Null));
    let cases = [
        (run, format!("ref:workflow_run_id={RUN}"), "dify.workflow"),
        (
            sample::node(|_| ()),
            format!("ref:node_execution_id={NODE}"),
            "dify.node",
        ),
        (
            sample::message(|_| ()),
            format!("ref:message_id={MESSAGE}"),
            "dify.message",
        ),
    ];
    for (record, reference, prefix) in cases {
        let gated = log_attributes(&record, false);
        for part in ["inputs", "outputs"] {
            assert_eq!(text_of(&gated, &format!("{prefix}.{part}")), reference);
        }
    }
}

#[test]
fn a_message_falls_back_to_query_and_answer() {
    let plain = log_attributes(&sample::message(|_| ()), true);
    assert_eq!(
        text_of(&plain, "dify.message.inputs"),
        r#"{"query": "What?"}"#
    );
    assert_eq!(
        text_of(&plain, "dify.message.outputs"),
        r#"{"answer": "That."}"#
    );
    let full = sample::message(|message| {
        message.inputs = Some(r#""bare""#.to_owned().into());
        message.answer = None;
    });
    let full = log_attributes(&full, true);
    assert_eq!(text_of(&full, "dify.message.inputs"), "bare");
    assert_eq!(full.get("dify.message.outputs"), Some(&Value::Null));
    assert_eq!(text_of(&full, "dify.event.signal"), "metric_only");
    assert_eq!(full.get("dify.conversation.id"), Some(&Value::Null));
    assert_eq!(full.get("dify.tenant_id"), None);
}

#[test]
fn app_events() {
    for (kind, last) in [
        (EventKind::AppCreated, "dify.app.created_at"),
        (EventKind::AppUpdated, "dify.app.updated_at"),
        (EventKind::AppDeleted, "dify.app.deleted_at"),
    ] {
        let mut record = sample::app();
        record.kind = kind;
        let log = log_attributes(&record, false);
        assert_eq!(text_of(&log, last), "2026-02-10T19:30:00Z");
        let has_mode = log.get("dify.app.mode").is_some();
        assert_eq!(has_mode, kind == EventKind::AppCreated);
        assert_eq!(names(&log).len(), if has_mode { 6 } else { 5 });
    }
}

#[test]
fn a_failed_rehydration_tells_what_is_gone_and_whose_it_was() {
    let known = log_attributes(&sample::rehydration_failed(|_| ()), false);
    assert_eq!(
        names(&known),
        [
            "dify.event.name",
            "dify.event.signal",
            "tenant_id",
            "dify.telemetry.error",
            "dify.telemetry.payload_type",
            "dify.telemetry.correlation_id",
        ]
    );
    let correlation_id = text_of(&known, "dify.telemetry.correlation_id");
    assert_eq!(correlation_id, RUN.to_string());
    assert_eq!(text_of(&known, "dify.event.signal"), "metric_only");
    let unknown = sample::rehydration_failed(|failure| failure.tenant_id = None);
    let unknown = log_attributes(&unknown, false);
    assert_eq!(unknown.get("tenant_id"), Some(&Value::Null));
}

#[test]
fn feedback_content_is_left_out_when_gated() {
    let given = sample::feedback(|feedback| feedback.content = Some("good".into()));
    let none = sample::feedback(|feedback| feedback.rating = None);
    let name = "dify.feedback.content";
    assert_eq!(log_attributes(&given, false).get(name), None);
    assert_eq!(text_of(&log_attributes(&given, true), name), "good");
    let withdrawn = log_attributes(&none, true);
    assert_eq!(withdrawn.get(name), Some(&Value::Null));
    assert_eq!(withdrawn.get("dify.feedback.rating"), Some(&Value::Null));
    assert_eq!(
        text_of(&withdrawn, "dify.feedback.created_at"),
        "2026-02-10T19:30:00.250000Z"
    );
}
