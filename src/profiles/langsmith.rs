//! What LangSmith reads of spans: `langsmith.*`, and `gen_ai.*` in the names it knows.

use super::attribute::Attributes;
use super::excerpt::MOST_BYTES;
use super::observation::{Observation, Role, Said, chat_within};

pub fn span(seen: &Observation) -> (String, Attributes) {
    let mut all = Attributes::default();
    all.put("langsmith.trace.name", seen.name.as_str());
    all.put("langsmith.span.kind", kind(seen.role));
    // One text, with commas between.
    let tags = seen.tags.iter().map(|tag| tag.replace(',', " "));
    all.put("langsmith.span.tags", tags.collect::<Vec<_>>().join(","));
    // Any of the three makes a thread, of all spans that have it. langsmith.trace.session_id would name a project.
    for name in ["session_id", "thread_id"] {
        let name = format!("langsmith.metadata.{name}");
        all.put(name, seen.session.as_deref());
    }
    if !seen
        .facts
        .iter()
        .any(|(name, _)| *name == "conversation_id")
    {
        let conversation = seen.session.as_deref();
        all.put("langsmith.metadata.conversation_id", conversation);
    }
    all.put("langsmith.metadata.user_id", seen.user.as_deref());
    for (name, value) in &seen.facts {
        all.put(format!("langsmith.metadata.{name}"), value.clone());
    }
    for (name, text) in &seen.details {
        all.put(format!("langsmith.metadata.{name}"), text.as_str());
    }
    if seen.role == Role::Generation {
        all.put("gen_ai.operation.name", "chat");
        put_said(&mut all, "gen_ai.prompt", &seen.asked);
        put_said(&mut all, "gen_ai.completion", &seen.answered);
    } else {
        let text = |payload: &Option<super::observation::Payload>| {
            payload.as_ref().map(|payload| payload.text.clone())
        };
        all.put("gen_ai.prompt", text(&seen.input));
        all.put("gen_ai.completion", text(&seen.output));
    }
    if seen.role == Role::Tool {
        all.put("gen_ai.tool.name", seen.name.as_str());
    }
    all.put("gen_ai.system", seen.provider.as_deref());
    all.put("gen_ai.request.model", seen.model.as_deref());
    let reasons: Vec<_> = seen.finish_reason.iter().cloned().collect();
    all.put("gen_ai.response.finish_reasons", reasons);
    if let Some(usage) = seen.usage {
        all.put("gen_ai.usage.input_tokens", usage.input);
        all.put("gen_ai.usage.output_tokens", usage.output);
        all.put("gen_ai.usage.total_tokens", usage.total);
    }
    (seen.name.clone(), all)
}

fn kind(role: Role) -> &'static str {
    match role {
        Role::Generation => "llm",
        Role::Retriever => "retriever",
        Role::Tool => "tool",
        Role::Workflow | Role::Turn | Role::Agent | Role::Guardrail | Role::Group | Role::Step => {
            "chain"
        }
    }
}

fn put_said(all: &mut Attributes, prefix: &str, messages: &[Said]) {
    for (at, said) in chat_within(messages, MOST_BYTES).into_iter().enumerate() {
        all.put(format!("{prefix}.{at}.role"), said.role);
        all.put(format!("{prefix}.{at}.content"), said.text);
    }
}
