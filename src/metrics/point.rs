//! The points that one event adds, with the exact labels of the data dictionary.

use super::instrument::{self, Instrument};
use super::measurement::Measurement;
use crate::otlp::record::EventKind;

/// What a point adds to its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// To a counter.
    Count(i64),
    /// To a histogram, in microseconds.
    Duration(i64),
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
pub fn points(of: &Measurement) -> Vec<Point<'_>> {
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
            let labels = with_owner(of, &[], &[("mode", &of.mode)]);
            points.count(&instrument::APP_CREATED, labels, 1);
        }
        EventKind::AppUpdated => {
            points.count(&instrument::APP_UPDATED, with_owner(of, &[], &[]), 1);
        }
        EventKind::AppDeleted => {
            points.count(&instrument::APP_DELETED, with_owner(of, &[], &[]), 1);
        }
        EventKind::Feedback => {
            let labels = with_owner(of, &[], &[("rating", &of.rating)]);
            points.count(&instrument::FEEDBACK, labels, 1);
        }
        EventKind::RehydrationFailed => {}
    }
    points.0
}

struct Points<'a>(Vec<Point<'a>>);

impl<'a> Points<'a> {
    fn workflow(&mut self, of: &'a Measurement) {
        let labels = [("status", &*of.status), ("invoke_from", &*of.invoke_from)];
        self.request(of, "workflow", &labels);
        self.error(of, "workflow", &[]);
        let unknown = [
            ("model_provider", ""),
            ("model_name", ""),
            ("node_type", ""),
        ];
        self.tokens(of, "workflow", unknown);
        let labels = with_owner(of, &[], &[("status", &of.status)]);
        self.duration(&instrument::WORKFLOW_DURATION, labels, of.duration_us);
    }

    fn node(&mut self, of: &'a Measurement, kind: &'static str) {
        let node_type = ("node_type", &*of.node_type);
        let provider = ("model_provider", &*of.model_provider);
        self.request(of, kind, &[node_type, provider, ("status", &of.status)]);
        self.error(of, kind, &[node_type, provider]);
        let tokens = [provider, ("model_name", &*of.model_name), node_type];
        self.tokens(of, "node_execution", tokens);
        let mut labels = with_owner(of, &[], &[node_type, provider]);
        if matches!(&*of.node_type, "tool" | "knowledge-retrieval") {
            labels.push(("plugin_name", &of.plugin_name));
        }
        self.duration(&instrument::NODE_DURATION, labels, of.duration_us);
    }

    fn message(&mut self, of: &'a Measurement) {
        let provider = ("model_provider", &*of.model_provider);
        let model = ("model_name", &*of.model_name);
        let status = ("status", &*of.status);
        let invoke_from = ("invoke_from", &*of.invoke_from);
        self.request(of, "message", &[provider, model, status, invoke_from]);
        self.error(of, "message", &[provider, model]);
        self.tokens(of, "message", [provider, model, ("node_type", "")]);
        for (instrument, micros) in [
            (&instrument::MESSAGE_DURATION, of.duration_us),
            (&instrument::TIME_TO_FIRST_TOKEN, of.first_token_us),
        ] {
            let labels = with_owner(of, &[], &[provider, model]);
            self.duration(instrument, labels, micros);
        }
    }

    fn tool(&mut self, of: &'a Measurement) {
        let labels = [("tool_name", &*of.tool_name)];
        self.request(of, "tool", &labels);
        self.error(of, "tool", &labels);
        let labels = with_owner(of, &[], &labels);
        self.duration(&instrument::TOOL_DURATION, labels, of.duration_us);
    }

    fn retrieval(&mut self, of: &'a Measurement) {
        self.request(of, "dataset_retrieval", &[]);
        for dataset in &of.datasets {
            let labels = with_owner(of, &[], &[("dataset_id", dataset)]);
            self.count(&instrument::DATASET_RETRIEVALS, labels, 1);
        }
    }

    fn prompt_generation(&mut self, of: &'a Measurement) {
        let operation = ("operation_type", &*of.operation_type);
        let provider = ("model_provider", &*of.model_provider);
        let model = ("model_name", &*of.model_name);
        let labels = [operation, provider, model];
        let with_status = [operation, provider, model, ("status", &of.status)];
        self.request(of, "prompt_generation", &with_status);
        self.error(of, "prompt_generation", &labels);
        self.tokens(of, &of.operation_type, [provider, model, ("node_type", "")]);
        let labels = with_owner(of, &[], &labels);
        self.duration(
            &instrument::PROMPT_GENERATION_DURATION,
            labels,
            of.duration_us,
        );
    }

    fn request(
        &mut self,
        of: &'a Measurement,
        kind: &'static str,
        more: &[(&'static str, &'a str)],
    ) {
        let labels = with_owner(of, &[("type", kind)], more);
        self.count(&instrument::REQUESTS, labels, 1);
    }

    fn error(&mut self, of: &'a Measurement, kind: &'static str, more: &[(&'static str, &'a str)]) {
        if of.failed {
            let labels = with_owner(of, &[("type", kind)], more);
            self.count(&instrument::ERRORS, labels, 1);
        }
    }

    /// A known count of 0 makes the series, a count that is not known does not.
    fn tokens(
        &mut self,
        of: &'a Measurement,
        operation_type: &'a str,
        more: [(&'static str, &'a str); 3],
    ) {
        for (instrument, count) in [
            (&instrument::TOKENS_TOTAL, of.total_tokens),
            (&instrument::TOKENS_INPUT, of.input_tokens),
            (&instrument::TOKENS_OUTPUT, of.output_tokens),
        ] {
            if let Some(count) = count {
                let [provider, model, node_type] = more;
                let operation = ("operation_type", operation_type);
                let labels = with_owner(of, &[], &[operation, provider, model, node_type]);
                self.count(instrument, labels, count);
            }
        }
    }

    /// What is negative is left out: a sum would no longer be monotonic, nor adding associative.
    fn count(&mut self, instrument: &'static Instrument, labels: Labels<'a>, count: i64) {
        if count >= 0 {
            let amount = Amount::Count(count);
            self.push(instrument, labels, amount);
        }
    }

    fn duration(
        &mut self,
        instrument: &'static Instrument,
        labels: Labels<'a>,
        micros: Option<i64>,
    ) {
        if let Some(micros) = micros.filter(|micros| *micros >= 0) {
            self.push(instrument, labels, Amount::Duration(micros));
        }
    }

    fn push(&mut self, instrument: &'static Instrument, labels: Labels<'a>, amount: Amount) {
        self.0.push(Point {
            instrument,
            labels,
            amount,
        });
    }
}

fn with_owner<'a>(
    of: &'a Measurement,
    before: &[(&'static str, &'a str)],
    after: &[(&'static str, &'a str)],
) -> Labels<'a> {
    let mut labels = Vec::with_capacity(before.len() + after.len() + 3);
    labels.extend_from_slice(before);
    labels.push(("tenant_id", &of.tenant_id));
    labels.push(("app_id", &of.app_id));
    labels.extend_from_slice(after);
    labels
}

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod tests;
