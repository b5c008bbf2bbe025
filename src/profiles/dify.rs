//! The vocabulary of the data dictionary: the attributes of spans and logs, in the order in which it lists them.

use super::attribute::Attributes;
use super::content::{Content, json_object, json_text, one_or_json_array};
use super::lineage::{is_nested, tenant_id, user_id};
use super::severity::error_text;
use super::timestamp::iso8601;
use crate::otlp::record::{
    AppChange, EventKind, FeedbackChange, Message, NodeExecution, Record, Source, WorkflowRun,
};
use serde_json::value::RawValue;

/// The attributes of a record's span; none for an event without a span. Never content.
pub fn span_attributes(record: &Record) -> Option<Attributes> {
    shared_with_span(record).map(Attributes::without_blanks)
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
        Source::WorkflowRun(run) => run_details(&mut log, run, &content),
        Source::NodeExecution(node) => node_details(&mut log, node, &content),
        Source::Message(message) => message_details(&mut log, message, &content),
        Source::App(app) => app_details(&mut log, record.kind, app),
        Source::Feedback(feedback) => feedback_details(&mut log, feedback, &content),
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
        Source::WorkflowRun(run) => Some(run_identity(record, run)),
        Source::NodeExecution(node) => Some(node_identity(node)),
        Source::Message(_) | Source::App(_) | Source::Feedback(_) => None,
    }
}

fn run_identity(record: &Record, run: &WorkflowRun) -> Attributes {
    let mut all = Attributes::default();
    all.put("dify.trace_id", run.id);
    all.put("dify.tenant_id", run.tenant_id);
    all.put("dify.app_id", run.app_id);
    all.put("dify.workflow.id", run.workflow_id);
    all.put("dify.workflow.run_id", run.id);
    all.put("dify.workflow.status", run.status.as_str());
    all.put("dify.workflow.error", error_text(run.error.as_deref()));
    all.put("dify.workflow.elapsed_time", run.elapsed_time);
    all.put("dify.invoke_from", run.invoke_from.as_deref());
    all.put("dify.conversation.id", run.conversation_id);
    all.put("dify.message.id", run.message_id);
    all.put("dify.invoked_by", run.invoked_by.as_deref());
    if is_nested(run) {
        let trace = run.parent_trace_id.or(record.correlation_id);
        all.put("dify.parent.trace_id", trace);
        all.put("dify.parent.workflow.run_id", run.parent_workflow_run_id);
        all.put(
            "dify.parent.node.execution_id",
            run.parent_node_execution_id,
        );
        all.put("dify.parent.app.id", run.parent_app_id);
    }
    all
}

fn run_details(log: &mut Attributes, run: &WorkflowRun, content: &Content) {
    log.put("dify.user.id", run.user_id.as_deref());
    log.put("gen_ai.usage.total_tokens", run.total_tokens);
    log.put("dify.workflow.version", run.workflow_version.as_deref());
    put_content(log, content, "dify.workflow.inputs", || text(&run.inputs));
    put_content(log, content, "dify.workflow.outputs", || text(&run.outputs));
    put_content(log, content, "dify.workflow.query", || run.query.clone());
}

fn node_identity(node: &NodeExecution) -> Attributes {
    let mut all = Attributes::default();
    all.put("dify.trace_id", node.workflow_run_id.unwrap_or(node.id));
    all.put("dify.tenant_id", node.tenant_id);
    all.put("dify.app_id", node.app_id);
    all.put("dify.workflow.id", node.workflow_id);
    all.put("dify.workflow.run_id", node.workflow_run_id);
    all.put("dify.message.id", node.message_id);
    all.put("dify.conversation.id", node.conversation_id);
    all.put("dify.node.execution_id", node.id);
    all.put("dify.node.id", node.node_id.as_str());
    all.put("dify.node.type", node.node_type.as_str());
    all.put("dify.node.title", node.title.as_deref());
    all.put("dify.node.status", node.status.as_str());
    all.put("dify.node.error", error_text(node.error.as_deref()));
    all.put("dify.node.elapsed_time", node.elapsed_time);
    all.put("dify.node.index", node.index);
    let predecessor = node.predecessor_node_id.as_deref();
    all.put("dify.node.predecessor_node_id", predecessor);
    all.put("dify.node.iteration_id", node.iteration_id.as_deref());
    all.put("dify.node.loop_id", node.loop_id.as_deref());
    all.put("dify.node.parallel_id", node.parallel_id.as_deref());
    all.put("dify.node.invoked_by", node.invoked_by.as_deref());
    all
}

fn node_details(log: &mut Attributes, node: &NodeExecution, content: &Content) {
    let node_type = node.node_type.as_str();
    let model = matches!(
        node_type,
        "llm" | "agent" | "question-classifier" | "parameter-extractor"
    );
    let plugin = matches!(node_type, "tool" | "knowledge-retrieval");
    let dataset = node_type == "knowledge-retrieval";
    let provider = node.model_provider.as_deref();
    let datasets = |texts: &Option<Vec<String>>| texts.as_deref().and_then(one_or_json_array);

    log.put("dify.user.id", node.user_id.as_deref());
    log.put_where(model, "gen_ai.provider.name", provider);
    log.put_where(model, "gen_ai.request.model", node.model_name.as_deref());
    log.put_where(model, "gen_ai.usage.input_tokens", node.input_tokens);
    log.put_where(model, "gen_ai.usage.output_tokens", node.output_tokens);
    log.put_where(model, "gen_ai.usage.total_tokens", node.total_tokens);
    log.put_where(model, "dify.node.total_price", node.total_price);
    log.put_where(model, "dify.node.currency", node.currency.as_deref());
    log.put_where(plugin, "dify.node.plugin_name", node.plugin_name.as_deref());
    log.put_where(plugin, "dify.node.plugin_id", node.plugin_id.as_deref());
    log.put_where(dataset, "dify.dataset.id", datasets(&node.dataset_ids));
    log.put_where(dataset, "dify.dataset.name", datasets(&node.dataset_names));
    put_content(log, content, "dify.node.inputs", || text(&node.inputs));
    put_content(log, content, "dify.node.outputs", || text(&node.outputs));
    put_content(log, content, "dify.node.process_data", || {
        text(&node.process_data)
    });
}

fn message_details(log: &mut Attributes, message: &Message, content: &Content) {
    log.put("dify.app_id", message.app_id);
    log.put("dify.message.id", message.id);
    log.put("dify.conversation.id", message.conversation_id);
    log.put("dify.workflow.run_id", message.workflow_run_id);
    log.put("dify.invoke_from", message.invoke_from.as_deref());
    log.put("gen_ai.provider.name", message.model_provider.as_deref());
    log.put("gen_ai.request.model", message.model_name.as_deref());
    log.put("gen_ai.usage.input_tokens", message.input_tokens);
    log.put("gen_ai.usage.output_tokens", message.output_tokens);
    log.put("gen_ai.usage.total_tokens", message.total_tokens);
    log.put("dify.message.status", message.status.as_str());
    log.put("dify.message.error", error_text(message.error.as_deref()));
    log.put("dify.message.duration", message.duration);
    let first_token = message.time_to_first_token;
    log.put("dify.message.time_to_first_token", first_token);
    put_content(log, content, "dify.message.inputs", || {
        text(&message.inputs).or_else(|| object("query", &message.query))
    });
    put_content(log, content, "dify.message.outputs", || {
        text(&message.outputs).or_else(|| object("answer", &message.answer))
    });
}

fn app_details(log: &mut Attributes, kind: EventKind, app: &AppChange) {
    log.put("dify.app_id", app.app_id);
    let when = match kind {
        EventKind::AppUpdated => "dify.app.updated_at",
        EventKind::AppDeleted => "dify.app.deleted_at",
        _ => {
            log.put("dify.app.mode", app.mode.as_deref());
            "dify.app.created_at"
        }
    };
    log.put(when, iso8601(app.at));
}

fn feedback_details(log: &mut Attributes, feedback: &FeedbackChange, content: &Content) {
    log.put("dify.app_id", feedback.app_id);
    log.put("dify.message.id", feedback.message_id);
    log.put("dify.feedback.rating", feedback.rating.as_deref());
    put_content(log, content, "dify.feedback.content", || {
        feedback.content.clone()
    });
    log.put("dify.feedback.created_at", iso8601(feedback.at));
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

fn text(json: &Option<Box<RawValue>>) -> Option<String> {
    json.as_deref().map(json_text)
}

fn object(key: &str, value: &Option<String>) -> Option<String> {
    value.as_deref().map(|text| json_object(key, text))
}

#[cfg(test)]
mod tests;
