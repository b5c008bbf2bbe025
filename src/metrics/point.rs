//! The points that one event adds, with the exact labels of the data dictionary.

use super::instrument::{self, Instrument};
use super::measurement::Measurement;
use crate::otlp::record::EventKind;

/// What of an event a point adds to its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    One,
    InputTokens,
    OutputTokens,
    TotalTokens,
    /// In microseconds, as the next.
    Duration,
    FirstToken,
}

impl Amount {
    /// None when it is not known, or negative: a sum would no longer be monotonic, nor adding associative.
    pub fn of(self, event: &Measurement<'_>) -> Option<i64> {
        let amount = match self {
            Amount::One => Some(1),
            Amount::InputTokens => event.input_tokens,
            Amount::OutputTokens => event.output_tokens,
            Amount::TotalTokens => event.total_tokens,
            Amount::Duration => event.duration_us,
            Amount::FirstToken => event.first_token_us,
        };
        amount.filter(|amount| *amount >= 0)
    }
}

/// Label names and values, in the fixed order of their instrument. Every label is there, empty when unknown.
pub type Labels<'a> = Vec<(&'static str, &'a str)>;

/// One addition to one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    pub instrument: &'static Instrument,
    pub labels: Labels<'a>,
    pub amount: Amount,
}

/// The points of an event.
pub fn points<'a>(of: &'a Measurement<'_>) -> Vec<Point<'a>> {
    let mut points = Points(Vec::with_capacity(6));
    match of.kind {
        EventKind::WorkflowRun => points.workflow(of),
        EventKind::NodeExecution => points.node(of, "node"),
        EventKind::DraftNodeExecution => points.node(of, "draft_node"),
        EventKind::Message => points.message(of),
        EventKind::ToolExecution => points.tool(of),
        EventKind::Moderation => points.request(of, "moderation", &[]),
        EventKind::SuggestedQuestions => points.request(of, "suggested_question", &[]),
        EventKind::Retrieval => points.retrieval(of),
        EventKind::GeneratedName => points.request(of, "generate_name", &[]),
        EventKind::PromptGeneration => points.prompt_generation(of),
        EventKind::AppCreated => {
            let labels = with_owner(of, &[], &[("mode", of.mode)]);
            points.add(of, &instrument::APP_CREATED, labels, Amount::One);
        }
        EventKind::AppUpdated => {
            let labels = with_owner(of, &[], &[]);
            points.add(of, &instrument::APP_UPDATED, labels, Amount::One);
        }
        EventKind::AppDeleted => {
            let labels = with_owner(of, &[], &[]);
            points.add(of, &instrument::APP_DELETED, labels, Amount::One);
        }
        EventKind::Feedback => {
            let labels = with_owner(of, &[], &[("rating", of.rating)]);
            points.add(of, &instrument::FEEDBACK, labels, Amount::One);
        }
        EventKind::RehydrationFailed => {}
    }
    points.0
}

struct Points<'a>(Vec<Point<'a>>);

impl<'a> Points<'a> {
    fn workflow(&mut self, of: &'a Measurement<'_>) {
        let labels = [("status", of.status), ("invoke_from", of.invoke_from)];
        self.request(of, "workflow", &labels);
        self.error(of, "workflow", &[]);
        let unknown = [
            ("model_provider", ""),
            ("model_name", ""),
            ("node_type", ""),
        ];
        self.tokens(of, "workflow", unknown);
        let labels = with_owner(of, &[], &[("status", of.status)]);
        self.add(of, &instrument::WORKFLOW_DURATION, labels, Amount::Duration);
    }

    fn node(&mut self, of: &'a Measurement<'_>, kind: &'static str) {
        let node_type = ("node_type", of.node_type);
        let provider = ("model_provider", of.model_provider);
        self.request(of, kind, &[node_type, provider, ("status", of.status)]);
        self.error(of, kind, &[node_type, provider]);
        let tokens = [provider, ("model_name", of.model_name), node_type];
        self.tokens(of, "node_execution", tokens);
        let mut labels = with_owner(of, &[], &[node_type, provider]);
        if matches!(of.node_type, "tool" | "knowledge-retrieval") {
            labels.push(("plugin_name", of.plugin_name));
        }
        self.add(of, &instrument::NODE_DURATION, labels, Amount::Duration);
    }

    fn message(&mut self, of: &'a Measurement<'_>) {
        let provider = ("model_provider", of.model_provider);
        let model = ("model_name", of.model_name);
        let status = ("status", of.status);
        let invoke_from = ("invoke_from", of.invoke_from);
        self.request(of, "message", &[provider, model, status, invoke_from]);
        self.error(of, "message", &[provider, model]);
        self.tokens(of, "message", [provider, model, ("node_type", "")]);
        for (instrument, amount) in [
            (&instrument::MESSAGE_DURATION, Amount::Duration),
            (&instrument::TIME_TO_FIRST_TOKEN, Amount::FirstToken),
        ] {
            let labels = with_owner(of, &[], &[provider, model]);
            self.add(of, instrument, labels, amount);
        }
    }

    fn tool(&mut self, of: &'a Measurement<'_>) {
        let labels = [("tool_name", of.tool_name)];
        self.request(of, "tool", &labels);
        self.error(of, "tool", &labels);
        let labels = with_owner(of, &[], &labels);
        self.add(of, &instrument::TOOL_DURATION, labels, Amount::Duration);
    }

    fn retrieval(&mut self, of: &'a Measurement<'_>) {
        self.request(of, "dataset_retrieval", &[]);
        for dataset in of.datasets.iter().flatten() {
            let labels = with_owner(of, &[], &[("dataset_id", dataset)]);
            self.add(of, &instrument::DATASET_RETRIEVALS, labels, Amount::One);
        }
    }

    fn prompt_generation(&mut self, of: &'a Measurement<'_>) {
        let operation = ("operation_type", of.operation_type);
        let provider = ("model_provider", of.model_provider);
        let model = ("model_name", of.model_name);
        let labels = [operation, provider, model];
        let with_status = [operation, provider, model, ("status", of.status)];
        self.request(of, "prompt_generation", &with_status);
        self.error(of, "prompt_generation", &labels);
        self.tokens(of, of.operation_type, [provider, model, ("node_type", "")]);
        let labels = with_owner(of, &[], &labels);
        self.add(
            of,
            &instrument::PROMPT_GENERATION_DURATION,
            labels,
            Amount::Duration,
        );
    }

    fn request(
        &mut self,
        of: &'a Measurement<'_>,
        kind: &'static str,
        more: &[(&'static str, &'a str)],
    ) {
        let labels = with_owner(of, &[("type", kind)], more);
        self.add(of, &instrument::REQUESTS, labels, Amount::One);
    }

    fn error(
        &mut self,
        of: &'a Measurement<'_>,
        kind: &'static str,
        more: &[(&'static str, &'a str)],
    ) {
        if of.failed {
            let labels = with_owner(of, &[("type", kind)], more);
            self.add(of, &instrument::ERRORS, labels, Amount::One);
        }
    }

    /// A known count of 0 makes the series, a count that is not known does not.
    fn tokens(
        &mut self,
        of: &'a Measurement<'_>,
        operation_type: &'a str,
        more: [(&'static str, &'a str); 3],
    ) {
        let [provider, model, node_type] = more;
        let operation = ("operation_type", operation_type);
        for (instrument, amount) in [
            (&instrument::TOKENS_TOTAL, Amount::TotalTokens),
            (&instrument::TOKENS_INPUT, Amount::InputTokens),
            (&instrument::TOKENS_OUTPUT, Amount::OutputTokens),
        ] {
            let labels = with_owner(of, &[], &[operation, provider, model, node_type]);
            self.add(of, instrument, labels, amount);
        }
    }

    fn add(
        &mut self,
        of: &Measurement<'_>,
        instrument: &'static Instrument,
        labels: Labels<'a>,
        amount: Amount,
    ) {
        if amount.of(of).is_some() {
            self.0.push(Point {
                instrument,
                labels,
                amount,
            });
        }
    }
}

fn with_owner<'a>(
    of: &'a Measurement<'_>,
    before: &[(&'static str, &'a str)],
    after: &[(&'static str, &'a str)],
) -> Labels<'a> {
    let mut labels = Vec::with_capacity(before.len() + after.len() + 3);
    labels.extend_from_slice(before);
    labels.push(("tenant_id", of.tenant_id));
    labels.push(("app_id", of.app_id));
    labels.extend_from_slice(after);
    labels
}

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod tests;
