//! What there is to tell about a span, before a vocabulary gives it names: every vendor's profile says the same things.

mod chat;
mod documents;
mod execution;
mod operation;
mod payload;
mod usage;

pub use chat::{Said, within as chat_within};
pub use documents::Document;
pub use payload::Payload;
pub use usage::Usage;

use super::attribute::Value;
use super::content::Content;
use super::severity::{Severity, error_text, failure, severity};
use super::span::Ended;
use super::{lineage, tree};
use crate::otlp::record::{Json, Micros, Record, Source};

/// What a span did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Workflow,
    /// A message whose answer a run made.
    Turn,
    /// A call of a language model.
    Generation,
    Agent,
    Retriever,
    Tool,
    Guardrail,
    /// Something that other nodes run in: an iteration or a loop.
    Group,
    Step,
}

#[derive(Clone, Debug)]
pub struct Observation {
    pub role: Role,
    /// The same for all spans that do the same.
    pub name: String,
    /// What a Langfuse trace or observation is called, where that differs.
    pub numbered_name: Option<String>,
    pub is_root: bool,
    pub start: Micros,
    pub end: Micros,
    pub input: Option<Payload>,
    pub output: Option<Payload>,
    /// The conversation with the model, where it is one.
    pub asked: Vec<Said>,
    pub answered: Vec<Said>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub finish_reason: Option<String>,
    /// None where something else in the trace tells the same tokens: a sum over the trace is then right.
    pub usage: Option<Usage>,
    /// In US dollars, the only currency that backends know.
    pub cost: Option<f64>,
    pub first_token_at: Option<Micros>,
    pub query: Option<String>,
    pub documents: Vec<Document>,
    pub session: Option<String>,
    pub user: Option<String>,
    pub version: Option<String>,
    pub tags: Vec<String>,
    /// What is known, without content.
    pub facts: Vec<(&'static str, Value)>,
    /// Facts that are content.
    pub details: Vec<(&'static str, String)>,
    pub severity: Severity,
    pub error: Option<String>,
    pub ended: Ended,
}

impl Observation {
    /// What there is to tell about a record with a duration.
    pub fn of(record: &Record, include_content: bool) -> Option<Self> {
        let mut seen = Self::begun(record)?;
        let gate = Gate(include_content);
        match &record.source {
            Source::WorkflowRun(run) => execution::run(&mut seen, record, run, gate),
            Source::NodeExecution(node) => execution::node(&mut seen, node, gate),
            Source::Message(message) => execution::message(&mut seen, record, message, gate),
            Source::ToolExecution(tool) => operation::tool(&mut seen, tool, gate),
            Source::Moderation(check) => operation::moderation(&mut seen, check, gate),
            Source::SuggestedQuestions(suggested) => {
                operation::suggested_questions(&mut seen, record, suggested, gate);
            }
            Source::Retrieval(retrieval) => {
                operation::retrieval(&mut seen, record, retrieval, gate);
            }
            Source::GeneratedName(name) => operation::generated_name(&mut seen, name, gate),
            Source::PromptGeneration(prompt) => {
                operation::prompt_generation(&mut seen, prompt, gate);
            }
            Source::App(_) | Source::Feedback(_) | Source::RehydrationFailed(_) => return None,
        }
        if let Content::Referenced(reference) = Content::of(record, include_content) {
            seen.fact("content", reference);
        }
        seen.facts.retain(|(_, value)| !value.is_blank());
        seen.details.retain(|(_, text)| !text.is_empty());
        Some(seen)
    }

    /// What all records have in common.
    fn begun(record: &Record) -> Option<Self> {
        let (start, end) = period(record)?;
        let root = record.relatives.root.as_ref();
        let (conversation, session, error, app) = match &record.source {
            Source::WorkflowRun(run) => (
                run.conversation_id,
                &run.user_session_id,
                &run.error,
                Some(run.app_id),
            ),
            Source::NodeExecution(node) => {
                (node.conversation_id, &None, &node.error, Some(node.app_id))
            }
            Source::Message(message) => (
                message.conversation_id,
                &message.user_session_id,
                &message.error,
                Some(message.app_id),
            ),
            source => {
                let operation = source.operation()?;
                let conversation = match source {
                    Source::GeneratedName(name) => Some(name.conversation_id),
                    _ => None,
                };
                (conversation, &None, &operation.error, operation.app_id)
            }
        };
        let known = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let user = known(session.as_deref())
            .or_else(|| known(root?.user_session_id.as_deref()))
            .or_else(|| known(lineage::user_id(record)))
            .or_else(|| known(root?.user_id.as_deref()));
        let mut seen = Self {
            role: Role::Step,
            name: String::new(),
            numbered_name: None,
            is_root: tree::is_root(record),
            start,
            end,
            input: None,
            output: None,
            asked: Vec::new(),
            answered: Vec::new(),
            provider: None,
            model: None,
            finish_reason: None,
            usage: None,
            cost: None,
            first_token_at: None,
            query: None,
            documents: Vec::new(),
            session: conversation
                .or_else(|| root?.conversation_id)
                .map(|id| id.to_string()),
            user,
            version: None,
            tags: Vec::new(),
            facts: Vec::new(),
            details: Vec::new(),
            severity: severity(record),
            error: error_text(error.as_deref()).map(str::to_owned),
            ended: match failure(record) {
                Some(error) => Ended::Failed(error.to_owned()),
                None => Ended::Well,
            },
        };
        seen.fact("tenant_id", lineage::tenant_id(record));
        seen.fact("app_id", app);
        Some(seen)
    }

    fn fact(&mut self, name: &'static str, value: impl Into<Value>) {
        self.facts.push((name, value.into()));
    }

    fn detail(&mut self, name: &'static str, text: Option<String>) {
        self.details.extend(text.map(|text| (name, text)));
    }
}

fn period(record: &Record) -> Option<(Micros, Micros)> {
    match &record.source {
        Source::WorkflowRun(run) => Some((run.created_at, run.finished_at)),
        Source::NodeExecution(node) => Some((node.created_at, node.finished_at)),
        Source::Message(message) => Some((message.created_at, message.finished_at)),
        source => {
            let operation = source.operation()?;
            Some((operation.created_at, operation.finished_at))
        }
    }
}

/// Whether content is shown. What it lets through is cut to size.
#[derive(Clone, Copy)]
struct Gate(bool);

impl Gate {
    fn json(self, json: &Option<Json>) -> Option<Payload> {
        let json = json.as_ref().filter(|_| self.0)?;
        // What says nothing must not stand before what does.
        (!matches!(json.get(), "null" | "{}" | "[]" | "\"\"")).then(|| Payload::of(json))
    }

    fn text(self, text: &Option<String>) -> Option<String> {
        text.clone().filter(|_| self.0)
    }

    /// `{"key": "text"}`.
    fn object(self, key: &str, text: &Option<String>) -> Option<Payload> {
        self.text(text).map(|text| Payload::object(key, &text))
    }

    /// A JSON value to look into.
    fn parsed(self, json: &Option<Json>) -> Option<serde_json::Value> {
        serde_json::from_str(json.as_ref().filter(|_| self.0)?.get()).ok()
    }
}
