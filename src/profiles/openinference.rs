//! The OpenInference conventions, which Phoenix and Arize AX read.

use super::attribute::{Attributes, Value};
use super::excerpt::{MOST_BYTES, cut};
use super::observation::{Observation, Payload, Role, Said, chat_within};
use serde_json::{Map, Value as Json};

/// The most bytes of one piece of content in the metadata, which are one JSON text.
const MOST_DETAIL: usize = 8 << 10;

pub fn span(seen: &Observation) -> (String, Attributes) {
    let mut all = Attributes::default();
    all.put("openinference.span.kind", kind(seen.role));
    put_payload(&mut all, "input", &seen.input);
    put_payload(&mut all, "output", &seen.output);
    all.put("session.id", seen.session.as_deref());
    all.put("user.id", seen.user.as_deref());
    all.put("tag.tags", seen.tags.clone());
    all.put("metadata", metadata(seen));
    match seen.role {
        Role::Generation => {
            put_said(&mut all, "llm.input_messages", &seen.asked);
            put_said(&mut all, "llm.output_messages", &seen.answered);
            all.put("llm.finish_reason", seen.finish_reason.as_deref());
        }
        Role::Agent => all.put("agent.name", seen.name.as_str()),
        Role::Tool => {
            all.put("tool.name", seen.name.as_str());
            let parameters = seen
                .details
                .iter()
                .find(|(name, _)| *name == "tool_parameters");
            let given = seen.input.as_ref().map(|input| input.text.as_str());
            let parameters = parameters.map(|(_, text)| text.as_str());
            all.put("tool.parameters", parameters.or(given));
        }
        Role::Retriever => put_documents(&mut all, seen),
        _ => (),
    }
    all.put("llm.model_name", seen.model.as_deref());
    all.put("llm.provider", seen.provider.as_deref());
    all.put("llm.system", seen.provider.as_deref());
    if let Some(usage) = seen.usage {
        all.put("llm.token_count.prompt", usage.input);
        all.put("llm.token_count.completion", usage.output);
        all.put("llm.token_count.total", usage.total);
    }
    all.put("llm.cost.total", seen.cost);
    (seen.name.clone(), all)
}

fn kind(role: Role) -> &'static str {
    match role {
        Role::Workflow | Role::Turn | Role::Group | Role::Step => "CHAIN",
        Role::Generation => "LLM",
        Role::Agent => "AGENT",
        Role::Retriever => "RETRIEVER",
        Role::Tool => "TOOL",
        Role::Guardrail => "GUARDRAIL",
    }
}

fn put_payload(all: &mut Attributes, prefix: &str, payload: &Option<Payload>) {
    let Some(payload) = payload else { return };
    let mime = if payload.is_json {
        "application/json"
    } else {
        "text/plain"
    };
    all.put(format!("{prefix}.value"), payload.text.as_str());
    all.put(format!("{prefix}.mime_type"), mime);
}

fn put_said(all: &mut Attributes, prefix: &str, messages: &[Said]) {
    for (at, said) in chat_within(messages, MOST_BYTES).into_iter().enumerate() {
        all.put(format!("{prefix}.{at}.message.role"), said.role);
        all.put(format!("{prefix}.{at}.message.content"), said.text);
    }
}

fn put_documents(all: &mut Attributes, seen: &Observation) {
    for (at, document) in seen.documents.iter().enumerate() {
        let prefix = format!("retrieval.documents.{at}.document");
        all.put(format!("{prefix}.id"), document.id.as_deref());
        all.put(format!("{prefix}.content"), document.content.as_deref());
        all.put(format!("{prefix}.score"), document.score);
        all.put(format!("{prefix}.metadata"), document.metadata.as_deref());
    }
}

/// One JSON object.
fn metadata(seen: &Observation) -> String {
    let facts = seen.facts.iter().map(|(name, value)| {
        let json = match value {
            Value::Text(text) => Json::from(cut(text.clone(), MOST_DETAIL)),
            Value::Bool(value) => Json::from(*value),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Texts(texts) => Json::from(texts.clone()),
            Value::Null => Json::Null,
        };
        ((*name).to_owned(), json)
    });
    let details = seen.details.iter().map(|(name, text)| {
        let text = cut(text.clone(), MOST_DETAIL);
        ((*name).to_owned(), Json::from(text))
    });
    Json::Object(facts.chain(details).collect::<Map<_, _>>()).to_string()
}
