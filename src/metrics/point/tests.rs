use super::*;
use crate::metrics::instrument::InstrumentKind;

pub(super) fn measurement(kind: EventKind) -> Measurement<'static> {
    Measurement {
        status: "failed",
        invoke_from: "api",
        node_type: "llm",
        model_provider: "openai",
        model_name: "gpt-4",
        plugin_name: "search",
        tool_name: "weather",
        operation_type: "rule_generate",
        rating: "like",
        mode: "chat",
        datasets: Some(vec!["d1".into(), "d2".into()]),
        failed: true,
        input_tokens: Some(3),
        output_tokens: Some(4),
        total_tokens: Some(7),
        duration_us: Some(1_000_000),
        first_token_us: Some(2000),
        ..Measurement::of_app(kind, "t", "a")
    }
}

/// `name{label=value,…} amount`
pub(super) fn written(of: &Measurement<'_>) -> Vec<String> {
    points(of)
        .iter()
        .map(|point| {
            let labels: Vec<_> = point
                .labels
                .iter()
                .map(|(n, v)| format!("{n}={v}"))
                .collect();
            let amount = point.amount.of(of).unwrap();
            format!("{}{{{}}} {amount}", point.instrument.name, labels.join(","))
        })
        .collect()
}

#[test]
fn a_workflow() {
    let tokens =
        "tenant_id=t,app_id=a,operation_type=workflow,model_provider=,model_name=,node_type=";
    assert_eq!(
        written(&measurement(EventKind::WorkflowRun)),
        [
            "dify.requests.total{type=workflow,tenant_id=t,app_id=a,status=failed,invoke_from=api} 1"
                .to_owned(),
            "dify.errors.total{type=workflow,tenant_id=t,app_id=a} 1".to_owned(),
            format!("dify.tokens.total{{{tokens}}} 7"),
            format!("dify.tokens.input{{{tokens}}} 3"),
            format!("dify.tokens.output{{{tokens}}} 4"),
            "dify.workflow.duration{tenant_id=t,app_id=a,status=failed} 1000000".to_owned(),
        ]
    );
}

#[test]
fn nodes_and_drafts() {
    let tokens = "tenant_id=t,app_id=a,operation_type=node_execution,model_provider=openai,model_name=gpt-4,node_type=llm";
    for (kind, name) in [
        (EventKind::NodeExecution, "node"),
        (EventKind::DraftNodeExecution, "draft_node"),
    ] {
        let labels =
            format!("type={name},tenant_id=t,app_id=a,node_type=llm,model_provider=openai");
        assert_eq!(
            written(&measurement(kind)),
            [
                format!("dify.requests.total{{{labels},status=failed}} 1"),
                format!("dify.errors.total{{{labels}}} 1"),
                format!("dify.tokens.total{{{tokens}}} 7"),
                format!("dify.tokens.input{{{tokens}}} 3"),
                format!("dify.tokens.output{{{tokens}}} 4"),
                "dify.node.duration{tenant_id=t,app_id=a,node_type=llm,model_provider=openai} 1000000"
                    .to_owned(),
            ]
        );
    }
}

#[test]
fn a_message() {
    let model = "model_provider=openai,model_name=gpt-4";
    let tokens = format!("tenant_id=t,app_id=a,operation_type=message,{model},node_type=");
    assert_eq!(
        written(&measurement(EventKind::Message)),
        [
            format!(
                "dify.requests.total{{type=message,tenant_id=t,app_id=a,{model},status=failed,invoke_from=api}} 1"
            ),
            format!("dify.errors.total{{type=message,tenant_id=t,app_id=a,{model}}} 1"),
            format!("dify.tokens.total{{{tokens}}} 7"),
            format!("dify.tokens.input{{{tokens}}} 3"),
            format!("dify.tokens.output{{{tokens}}} 4"),
            format!("dify.message.duration{{tenant_id=t,app_id=a,{model}}} 1000000"),
            format!("dify.message.time_to_first_token{{tenant_id=t,app_id=a,{model}}} 2000"),
        ]
    );
}

#[test]
fn a_tool() {
    assert_eq!(
        written(&measurement(EventKind::ToolExecution)),
        [
            "dify.requests.total{type=tool,tenant_id=t,app_id=a,tool_name=weather} 1",
            "dify.errors.total{type=tool,tenant_id=t,app_id=a,tool_name=weather} 1",
            "dify.tool.duration{tenant_id=t,app_id=a,tool_name=weather} 1000000",
        ]
    );
}

/// Failed or not, with tokens and a duration or without.
#[test]
fn what_counts_as_a_request_only() {
    for (kind, name) in [
        (EventKind::Moderation, "moderation"),
        (EventKind::SuggestedQuestions, "suggested_question"),
        (EventKind::GeneratedName, "generate_name"),
    ] {
        assert_eq!(
            written(&measurement(kind)),
            [format!(
                "dify.requests.total{{type={name},tenant_id=t,app_id=a}} 1"
            )]
        );
    }
}

#[test]
fn a_retrieval_counts_once_for_each_dataset() {
    let request = "dify.requests.total{type=dataset_retrieval,tenant_id=t,app_id=a} 1";
    let mut of = measurement(EventKind::Retrieval);
    assert_eq!(
        written(&of),
        [
            request,
            "dify.dataset.retrievals.total{tenant_id=t,app_id=a,dataset_id=d1} 1",
            "dify.dataset.retrievals.total{tenant_id=t,app_id=a,dataset_id=d2} 1",
        ]
    );
    of.datasets = None;
    assert_eq!(written(&of), [request]);
}

#[test]
fn a_prompt_generation_outside_any_app() {
    let mut of = measurement(EventKind::PromptGeneration);
    of.app_id = "";
    let labels =
        "tenant_id=t,app_id=,operation_type=rule_generate,model_provider=openai,model_name=gpt-4";
    assert_eq!(
        written(&of),
        [
            format!("dify.requests.total{{type=prompt_generation,{labels},status=failed}} 1"),
            format!("dify.errors.total{{type=prompt_generation,{labels}}} 1"),
            format!("dify.tokens.total{{{labels},node_type=}} 7"),
            format!("dify.tokens.input{{{labels},node_type=}} 3"),
            format!("dify.tokens.output{{{labels},node_type=}} 4"),
            format!("dify.prompt_generation.duration{{{labels}}} 1000000"),
        ]
    );
}

#[test]
fn a_failed_rehydration_counts_for_nothing() {
    assert_eq!(points(&measurement(EventKind::RehydrationFailed)), []);
}

#[test]
fn apps_and_feedback() {
    for (kind, expected) in [
        (
            EventKind::AppCreated,
            "dify.app.created.total{tenant_id=t,app_id=a,mode=chat} 1",
        ),
        (
            EventKind::AppUpdated,
            "dify.app.updated.total{tenant_id=t,app_id=a} 1",
        ),
        (
            EventKind::AppDeleted,
            "dify.app.deleted.total{tenant_id=t,app_id=a} 1",
        ),
        (
            EventKind::Feedback,
            "dify.feedback.total{tenant_id=t,app_id=a,rating=like} 1",
        ),
    ] {
        assert_eq!(written(&measurement(kind)), [expected]);
    }
}

#[test]
fn plugin_name_on_plugin_nodes_only() {
    for (node_type, expected) in [
        ("tool", true),
        ("knowledge-retrieval", true),
        ("llm", false),
        ("code", false),
    ] {
        let mut of = measurement(EventKind::NodeExecution);
        of.node_type = node_type;
        of.plugin_name = "";
        let points = points(&of);
        let duration = points
            .iter()
            .find(|point| point.instrument.kind == InstrumentKind::Histogram)
            .unwrap();
        let has = duration.labels.contains(&("plugin_name", ""));
        assert_eq!(has, expected, "{node_type}");
    }
}

#[test]
fn what_is_not_known_is_not_counted_and_zero_is() {
    let mut of = measurement(EventKind::Message);
    of.failed = false;
    of.input_tokens = None;
    of.output_tokens = Some(-1);
    of.total_tokens = Some(0);
    of.duration_us = None;
    of.first_token_us = Some(0);
    let points = points(&of);
    let names: Vec<_> = points.iter().map(|point| point.instrument.name).collect();
    assert_eq!(
        names,
        [
            "dify.requests.total",
            "dify.tokens.total",
            "dify.message.time_to_first_token"
        ]
    );
}
