//! What Langfuse reads: `langfuse.*`. See its property mapping, and `docs/backends.md`.

use super::attribute::Attributes;
use super::observation::{Observation, Role, Usage};
use super::severity::Severity;
use super::timestamp::iso8601;
use crate::otlp::record::Record;
use serde_json::{Map, Value as Json};

pub fn span(record: &Record, seen: &Observation) -> (String, Attributes) {
    let name = seen.numbered_name.clone().unwrap_or(seen.name.clone());
    let mut all = Attributes::default();
    of_trace(&mut all, record, seen, &name);
    of_observation(&mut all, seen);
    (name, all)
}

/// What belongs to the whole trace. Every span tells of it what it knows: Langfuse puts it together, tags as a set.
fn of_trace(all: &mut Attributes, record: &Record, seen: &Observation, name: &str) {
    all.put("langfuse.user.id", seen.user.as_deref());
    all.put("langfuse.session.id", seen.session.as_deref());
    all.put("langfuse.trace.tags", seen.tags.clone());
    if !seen.is_root {
        let root = record.relatives.root.as_ref();
        let root_name = root.map(|root| {
            let id = root.workflow_app_log_id.unwrap_or(root.id);
            let kind = if root.is_run { "workflow" } else { "message" };
            format!("{kind}_{id}")
        });
        return all.put("langfuse.trace.name", root_name);
    }
    all.put("langfuse.trace.name", name);
    let text = |payload: &Option<super::observation::Payload>| {
        payload.as_ref().map(|payload| payload.text.clone())
    };
    all.put("langfuse.trace.input", text(&seen.input));
    all.put("langfuse.trace.output", text(&seen.output));
    put_metadata(all, "langfuse.trace.metadata", seen);
}

fn of_observation(all: &mut Attributes, seen: &Observation) {
    all.put("langfuse.observation.type", kind(seen.role));
    let text = |payload: &Option<super::observation::Payload>| {
        payload.as_ref().map(|payload| payload.text.clone())
    };
    all.put("langfuse.observation.input", text(&seen.input));
    all.put("langfuse.observation.output", text(&seen.output));
    let level = match seen.severity {
        Severity::Info => "DEFAULT",
        Severity::Warn => "WARNING",
        Severity::Error => "ERROR",
    };
    all.put("langfuse.observation.level", level);
    all.put("langfuse.observation.status_message", seen.error.as_deref());
    all.put("langfuse.observation.model.name", seen.model.as_deref());
    all.put("langfuse.observation.usage_details", seen.usage.map(usage));
    let cost = seen.cost.map(|cost| format!("{{\"total\":{cost}}}"));
    all.put("langfuse.observation.cost_details", cost);
    let first_token = seen.first_token_at.map(iso8601);
    all.put("langfuse.observation.completion_start_time", first_token);
    all.put("langfuse.version", seen.version.as_deref());
    put_metadata(all, "langfuse.observation.metadata", seen);
}

fn put_metadata(all: &mut Attributes, prefix: &str, seen: &Observation) {
    for (name, value) in &seen.facts {
        all.put(format!("{prefix}.{name}"), value.clone());
    }
    for (name, text) in &seen.details {
        all.put(format!("{prefix}.{name}"), text.as_str());
    }
}

fn kind(role: Role) -> &'static str {
    match role {
        // A span has no usage there, and a run may be the only one to tell it.
        Role::Workflow | Role::Group => "chain",
        Role::Turn | Role::Generation => "generation",
        Role::Agent => "agent",
        Role::Retriever => "retriever",
        Role::Tool => "tool",
        Role::Guardrail => "guardrail",
        Role::Step => "span",
    }
}

fn usage(usage: Usage) -> String {
    let parts = [
        ("input", usage.input),
        ("output", usage.output),
        ("total", usage.total),
    ];
    let known = parts
        .into_iter()
        .filter_map(|(name, count)| Some((name.to_owned(), Json::from(count?))));
    Json::Object(known.collect::<Map<_, _>>()).to_string()
}
