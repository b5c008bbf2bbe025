//! The vocabulary of the data dictionary: the attributes of spans and logs, in the order in which it lists them.

mod message;
mod moment;
mod node;
mod operation;
mod run;

use super::attribute::Attributes;
use super::content::{Content, json_text};
use super::lineage::{self, tenant_id, user_id};
use super::severity;
use super::span::{Ended, Span};
use crate::otlp::record::{EventKind, Json, Record, Source};

/// The attributes of a record's span; none for an event without a span. Never content.
pub fn span_attributes(record: &Record) -> Option<Attributes> {
    shared_with_span(record).map(Attributes::without_blanks)
}

/// The span of a run or node.
pub fn span(record: &Record) -> Option<Span> {
    let (start, end) = match &record.source {
        Source::WorkflowRun(run) => (run.created_at, run.finished_at),
        Source::NodeExecution(node) => (node.created_at, node.finished_at),
        _ => return None,
    };
    Some(Span {
        source: lineage::span_source(record)?,
        parent: lineage::parent_source(record),
        name: record.kind.name().to_owned(),
        start,
        end,
        attributes: span_attributes(record)?,
        ended: severity::failure(record)
            .map_or(Ended::Unset, |error| Ended::Failed(error.to_owned())),
        exception: false,
    })
}

/// The attributes of a record's log: null where a value is unknown, a reference for content unless `include_content`.
pub fn log_attributes(record: &Record, include_content: bool) -> Attributes {
    let mut log = Attributes::default();
    log.put("dify.event.name", record.kind.name());
    log.put("dify.event.signal", signal(record.kind));
    log.put("tenant_id", tenant_id(record));
    if let Some(user) = user_id(record) {
        log.put("user_id", user);
    }
    if let Some(shared) = shared_with_span(record) {
        log.append(shared);
    }
    let content = Content::of(record, include_content);
    match &record.source {
        Source::WorkflowRun(run) => run::details(&mut log, run, &content),
        Source::NodeExecution(node) => node::details(&mut log, node, &content),
        Source::Message(message) => message::details(&mut log, message, &content),
        Source::ToolExecution(tool) => operation::tool(&mut log, tool, &content),
        Source::Moderation(check) => operation::moderation(&mut log, check, &content),
        Source::SuggestedQuestions(suggested) => {
            operation::suggested_questions(&mut log, suggested, &content);
        }
        Source::Retrieval(retrieval) => operation::retrieval(&mut log, retrieval, &content),
        Source::GeneratedName(name) => operation::generated_name(&mut log, name, &content),
        Source::PromptGeneration(prompt) => {
            operation::prompt_generation(&mut log, prompt, &content);
        }
        Source::App(app) => moment::app(&mut log, record.kind, app),
        Source::Feedback(feedback) => moment::feedback(&mut log, feedback, &content),
        Source::RehydrationFailed(failure) => moment::rehydration_failed(&mut log, failure),
    }
    log
}

fn signal(kind: EventKind) -> &'static str {
    if kind.has_span() {
        "span_detail"
    } else {
        "metric_only"
    }
}

/// The dictionary's span lists, nulls included: the span leaves them out, the log that goes with it keeps them.
fn shared_with_span(record: &Record) -> Option<Attributes> {
    match &record.source {
        Source::WorkflowRun(run) => Some(run::identity(record, run)),
        Source::NodeExecution(node) => Some(node::identity(node)),
        _ => None,
    }
}

fn put_content(
    log: &mut Attributes,
    content: &Content,
    name: &'static str,
    shown: impl FnOnce() -> Option<String>,
) {
    if let Some(value) = content.value(shown) {
        log.put(name, value);
    }
}

fn text(json: &Option<Json>) -> Option<String> {
    json.as_ref().map(json_text)
}

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod tests;
