//! What Langfuse reads: `langfuse.*`. See its property mapping, and `docs/backends.md`.

use super::attribute::Attributes;
use super::observation::{Observation, Role, Usage};
use super::severity::Severity;
use super::timestamp::iso8601;
use crate::otlp::record::{Record, Root};
use serde_json::{Map, Value as Json};

pub fn span(record: &Record, seen: &Observation) -> (String, Attributes) {
    let name = seen.numbered_name.clone().unwrap_or(seen.name.clone());
    let mut all = Attributes::default();
    of_trace(&mut all, record, seen, &name);
    of_observation(&mut all, seen);
    (name, all)
}

/// What belongs to the whole trace. Every span tells of it what it knows: Langfuse puts it together, tags as a set, all else by
/// taking one for the other. So no span but the root tells what the root may still tell otherwise, and all tell the version:
/// a missing one would wipe the root's.
fn of_trace(all: &mut Attributes, record: &Record, seen: &Observation, name: &str) {
    all.put("langfuse.session.id", seen.session.as_deref());
    all.put("langfuse.trace.tags", seen.tags.clone());
    if !seen.is_root {
        let root = record.relatives.root.as_ref();
        let version = root.and_then(|root| root.workflow_version.as_deref());
        all.put("langfuse.version", version);
        if let Some(root) = root.filter(|root| root.is_finished) {
            all.put("langfuse.trace.name", name_of(root));
            all.put("langfuse.user.id", user_of(root).or(seen.user.as_deref()));
        }
        return;
    }
    all.put("langfuse.version", seen.version.as_deref());
    all.put("langfuse.trace.name", name);
    all.put("langfuse.user.id", seen.user.as_deref());
    let text = |payload: &Option<super::observation::Payload>| {
        payload.as_ref().map(|payload| payload.text.clone())
    };
    all.put("langfuse.trace.input", text(&seen.input));
    all.put("langfuse.trace.output", text(&seen.output));
    put_metadata(all, "langfuse.trace.metadata", seen);
}

fn name_of(root: &Root) -> String {
    let id = root.workflow_app_log_id.unwrap_or(root.id);
    let kind = if root.is_run { "workflow" } else { "message" };
    format!("{kind}_{id}")
}

fn user_of(root: &Root) -> Option<&str> {
    [&root.user_session_id, &root.user_id]
        .into_iter()
        .find_map(|user| user.as_deref().filter(|user| !user.is_empty()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::{self, RUN};
    use crate::profiles::Profile;
    use crate::profiles::attribute::Value;

    /// Name, user and version of the trace, as a node of a run tells them that stands as given.
    fn told(root: Option<Root>) -> [Option<Value>; 3] {
        let mut node = sample::node(|node| node.user_id = Some("node's".into()));
        node.correlation_id = Some(RUN);
        node.relatives.root = root;
        let span = Profile::Langfuse.span(&node, true).unwrap();
        ["trace.name", "user.id", "version"]
            .map(|name| span.attributes.get(&format!("langfuse.{name}")).cloned())
    }

    fn root(is_finished: bool, user: Option<&str>) -> Root {
        Root {
            id: RUN,
            is_run: true,
            is_finished,
            workflow_app_log_id: None,
            workflow_version: Some("v1".into()),
            conversation_id: None,
            user_id: user.map(Into::into),
            user_session_id: Some(String::new()),
        }
    }

    #[test]
    fn a_child_tells_of_its_trace_what_the_root_will_not_tell_otherwise() {
        let name = || Some(format!("workflow_{RUN}").into());
        let version = || Some("v1".into());
        assert_eq!(told(None), [None, None, None]);
        assert_eq!(
            told(Some(root(false, Some("run's")))),
            [None, None, version()]
        );
        assert_eq!(
            told(Some(root(true, Some("run's")))),
            [name(), Some("run's".into()), version()]
        );
        assert_eq!(
            told(Some(root(true, None))),
            [name(), Some("node's".into()), version()]
        );
    }
}
