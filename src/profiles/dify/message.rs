//! A message's attributes.

use super::{put_content, text};
use crate::otlp::record::Message;
use crate::profiles::attribute::Attributes;
use crate::profiles::content::{Content, json_object};
use crate::profiles::severity::error_text;

pub(super) fn details(log: &mut Attributes, message: &Message, content: &Content) {
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

fn object(key: &str, value: &Option<String>) -> Option<String> {
    value.as_deref().map(|text| json_object(key, text))
}
