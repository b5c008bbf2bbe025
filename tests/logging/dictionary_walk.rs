//! Every event, logged with everything and with nothing but what is required, walked against the data dictionary wherever it
//! appears: in both views, in the log and the span that arrive, and in the metrics. Nothing absent, nothing more, all of its type.

use std::time::Duration;

use dify_observe_tests::collector::{Attributes, LogSeen, SpanSeen};
use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;
use serde_json::{Value, json};

use crate::asking::Asking;
use crate::call::Call;
use crate::dictionary::{self, MODEL_NODES, Numbers, PLUGIN_NODES, Setting, assert_complete};
use crate::event_catalogue::events;
use crate::everything_given::{all, call};
use crate::metrics_walk;

const DATABASE: &str = "postgres";

/// An event in one situation.
struct Case {
    event: String,
    call: Call,
    node_type: &'static str,
    everything: bool,
}

/// With every argument: each with an id of its own, as a repeated one would tell nothing.
fn with_everything() -> impl Iterator<Item = Case> {
    all()
        .into_iter()
        .enumerate()
        .map(|(at, (event, function, given, node_type))| {
            let call = call(function, &given);
            let id = format!("dd000000-0000-4000-8000-{at:012}");
            let named = given.iter().any(|(name, _)| *name == "id");
            Case {
                event: event.to_owned(),
                call: if named { call.with("id", &id) } else { call },
                node_type,
                everything: true,
            }
        })
}

fn with_what_is_required() -> impl Iterator<Item = Case> {
    events()
        .into_iter()
        .filter_map(|event| {
            let name = event["name"].as_str().expect("a name").to_owned();
            let function = event["function"].as_str()?;
            let node_types: Vec<&'static str> = match function {
                "log_node_execution" => MODEL_NODES
                    .into_iter()
                    .chain(PLUGIN_NODES)
                    .chain(["code"])
                    .collect(),
                _ => vec![""],
            };
            let of_type = |node_type| {
                let call = match (node_type, name.ends_with(".draft")) {
                    ("", _) => Call::of(function),
                    (node_type, false) => Call::of(function).with("node_type", node_type),
                    (node_type, true) => {
                        let draft = Call::of(function)
                            .with("draft", "true")
                            .without("workflow_run_id");
                        draft.with("node_type", node_type)
                    }
                };
                Case {
                    event: name.clone(),
                    call,
                    node_type,
                    everything: false,
                }
            };
            Some(node_types.into_iter().map(of_type).collect::<Vec<Case>>())
        })
        .flatten()
}

/// What only shows in labels: the other kinds of prompts.
fn for_the_labels() -> impl Iterator<Item = Case> {
    let operations = ["rule_generate", "structured_output", "instruction_modify"];
    operations.into_iter().map(|operation| Case {
        event: "dify.prompt_generation.execution".to_owned(),
        call: Call::of("log_prompt_generation")
            .with("operation_type", operation)
            .with("input_tokens", "1")
            .with("output_tokens", "2"),
        node_type: "",
        everything: false,
    })
}

#[test]
fn with_content_everything_is_as_the_dictionary_says() {
    walk("walk_open", true);
}

#[test]
fn without_content_everything_is_as_the_dictionary_says() {
    walk("walk_gated", false);
}

fn walk(name: &str, include_content: bool) {
    let collector = Collector::start();
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf(
            "dify_observe.include_content",
            if include_content { "on" } else { "off" },
        )
        .start();
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    let cases = with_everything()
        .chain(with_what_is_required())
        .chain(for_the_labels());
    for case in cases {
        collector.forget();
        session.call(&case.call);
        let (log, span) = arrived(&collector, &case.event);
        let setting = Setting {
            node_type: case.node_type,
            everything: case.everything,
            content: include_content,
        };
        assert_eq!(log.event_name, case.event);
        assert_complete(&case.event, &log.attributes, setting, Numbers::OfTwoKinds);
        assert_span(&case, &log, span);
        assert_origin(&log.resource, &log.scope);
        for (view, content) in [("companion_logs", false), ("companion_log_details", true)] {
            let shown = last_of(&mut session, view);
            let shown = shown.as_object().expect("attributes");
            let setting = Setting { content, ..setting };
            assert_complete(&case.event, shown, setting, Numbers::OfOneKind);
            if content == include_content {
                assert_eq!(of_one_kind(&log.attributes), of_one_kind(shown), "{view}");
            }
        }
    }
    metrics_walk::walk(&collector, &mut session);
}

/// The log that arrived, and the span, of which there is one for an event that has spans.
#[track_caller]
fn arrived(collector: &Collector, event: &str) -> (LogSeen, Option<SpanSeen>) {
    let spans = usize::from(dictionary::event(event)["signal"] == "span_detail");
    eventually(event, Duration::from_secs(60), || {
        let seen = (collector.logs().len(), collector.spans().len());
        if seen == (1, spans) {
            Ok(())
        } else {
            Err(seen)
        }
    });
    (collector.logs().remove(0), collector.spans().pop())
}

/// Exactly the attributes that the dictionary gives to spans, as its log shows them, nulls and empty texts left out.
#[track_caller]
fn assert_span(case: &Case, log: &LogSeen, span: Option<SpanSeen>) {
    let Some(span) = span else {
        return;
    };
    let listed = dictionary::attributes(&case.event);
    let mut expected = log.attributes.clone();
    expected.retain(|name, value| listed[name].span && !value.is_null() && value != "");
    assert_eq!(span.attributes, expected);
    let told = (&span.name, &span.trace_id, &span.span_id);
    assert_eq!(told, (&case.event, &log.trace_id, &log.span_id));
    assert_origin(&span.resource, &span.scope);
}

#[track_caller]
pub fn assert_origin(resource: &Attributes, scope: &str) {
    let listed = dictionary::part("resource");
    assert!(resource.keys().eq(listed.keys()), "{resource:?}");
    assert!(
        resource
            .values()
            .all(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    );
    assert_eq!(scope, "dify.enterprise");
}

fn last_of(session: &mut Client, view: &str) -> Value {
    session.json(&format!(
        "SELECT attributes FROM dify_observe.{view} ORDER BY id DESC LIMIT 1"
    ))
}

fn of_one_kind<'a>(attributes: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Value {
    let plain = attributes.into_iter().map(|(name, value)| {
        let number = value.as_f64().map(|number| json!(number));
        (name.clone(), number.unwrap_or_else(|| value.clone()))
    });
    plain.collect::<serde_json::Map<String, Value>>().into()
}
