//! The OpenTelemetry conventions for generative AI, for every backend that follows them. What they have no name for stands
//! under `dify.`, or under the names that most backends know.

use super::attribute::Attributes;
use super::excerpt::MOST_BYTES;
use super::observation::{Document, Observation, Payload, Role, Said, chat_within};
use super::span::Ended;
use serde_json::{Value as Json, json};

pub fn span(seen: &Observation) -> (String, Attributes) {
    let mut all = Attributes::default();
    let operation = operation(seen.role);
    all.put("gen_ai.operation.name", operation);
    all.put("gen_ai.conversation.id", seen.session.as_deref());
    all.put("user.id", seen.user.as_deref());
    all.put("gen_ai.provider.name", seen.provider.as_deref());
    all.put("gen_ai.request.model", seen.model.as_deref());
    let reasons: Vec<_> = seen.finish_reason.iter().cloned().collect();
    all.put("gen_ai.response.finish_reasons", reasons);
    let first_chunk = seen.first_token_at.map(|at| (at - seen.start) as f64 / 1e6);
    all.put("gen_ai.response.time_to_first_chunk", first_chunk);
    if let Some(usage) = seen.usage {
        all.put("gen_ai.usage.input_tokens", usage.input);
        all.put("gen_ai.usage.output_tokens", usage.output);
        all.put("gen_ai.usage.total_tokens", usage.total);
    }
    all.put("gen_ai.usage.cost", seen.cost);
    put_content(&mut all, seen);
    if let Ended::Failed(_) = seen.ended {
        all.put("error.type", "error");
    }
    all.put("dify.tags", seen.tags.clone());
    all.put("dify.workflow.version", seen.version.as_deref());
    for (name, value) in &seen.facts {
        all.put(format!("dify.{name}"), value.clone());
    }
    for (name, text) in &seen.details {
        all.put(format!("dify.{name}"), text.as_str());
    }
    (name(seen, operation), all)
}

/// The operation and what it was done with, as the conventions want it.
fn name(seen: &Observation, operation: Option<&str>) -> String {
    match (operation, seen.role) {
        (Some(operation), Role::Generation) => {
            let with = seen.model.as_deref().unwrap_or(&seen.name);
            format!("{operation} {with}")
        }
        (Some(operation), _) => format!("{operation} {}", seen.name),
        (None, _) => seen.name.clone(),
    }
}

fn operation(role: Role) -> Option<&'static str> {
    match role {
        Role::Workflow => Some("invoke_workflow"),
        Role::Generation => Some("chat"),
        Role::Agent => Some("invoke_agent"),
        Role::Retriever => Some("retrieval"),
        Role::Tool => Some("execute_tool"),
        Role::Turn | Role::Guardrail | Role::Group | Role::Step => None,
    }
}

fn put_content(all: &mut Attributes, seen: &Observation) {
    let text = |payload: &Option<Payload>| payload.as_ref().map(|payload| payload.text.clone());
    match seen.role {
        Role::Generation => {
            let system: Vec<_> = seen
                .asked
                .iter()
                .filter(|said| said.role == "system")
                .cloned()
                .collect();
            let others: Vec<_> = seen
                .asked
                .iter()
                .filter(|said| said.role != "system")
                .cloned()
                .collect();
            all.put("gen_ai.system_instructions", instructions(&system));
            all.put("gen_ai.input.messages", messages(&others, None));
            let reason = seen.finish_reason.as_deref().or(Some("stop"));
            all.put("gen_ai.output.messages", messages(&seen.answered, reason));
        }
        Role::Tool => {
            all.put("gen_ai.tool.name", seen.name.as_str());
            all.put("gen_ai.tool.type", "function");
            all.put("gen_ai.tool.call.arguments", text(&seen.input));
            all.put("gen_ai.tool.call.result", text(&seen.output));
        }
        Role::Retriever => {
            all.put("gen_ai.retrieval.query.text", seen.query.as_deref());
            all.put("gen_ai.retrieval.documents", documents(&seen.documents));
        }
        Role::Agent => all.put("gen_ai.agent.name", seen.name.as_str()),
        Role::Workflow => all.put("gen_ai.workflow.name", seen.name.as_str()),
        _ => (),
    }
    all.put("input.value", text(&seen.input));
    all.put("output.value", text(&seen.output));
}

/// As JSON, of which escapes can make six times the text: fewer messages until it fits.
fn messages(said: &[Said], finish_reason: Option<&str>) -> Option<String> {
    fitting(said, |said| {
        let mut message =
            json!({"role": said.role, "parts": [{"type": "text", "content": said.text}]});
        if let Some(reason) = finish_reason {
            message["finish_reason"] = reason.into();
        }
        message
    })
}

fn instructions(said: &[Said]) -> Option<String> {
    fitting(said, |said| json!({"type": "text", "content": said.text}))
}

fn fitting(said: &[Said], form: impl Fn(Said) -> Json) -> Option<String> {
    if said.is_empty() {
        return None;
    }
    let mut most = MOST_BYTES;
    loop {
        let list: Vec<_> = chat_within(said, most).into_iter().map(&form).collect();
        let text = Json::Array(list).to_string();
        if text.len() <= MOST_BYTES {
            return Some(text);
        }
        most /= 2;
    }
}

/// As many of the documents as fit.
fn documents(found: &[Document]) -> Option<String> {
    let mut left = MOST_BYTES;
    let list: Vec<_> = found
        .iter()
        .map(|document| json!({"id": document.id, "score": document.score, "content": document.content}))
        .take_while(|document| {
            let size = document.to_string().len() + 2;
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .collect();
    (!list.is_empty()).then(|| Json::Array(list).to_string())
}
