//! What everything logged adds up to: sections 6 and 7 of the dictionary, section 7 of the contract.

use std::collections::{BTreeMap, BTreeSet};

use crate::attributes::{spelled, total_tokens};
use crate::kind::Kind;
use crate::outcome::failed;
use crate::times::micros;
use crate::world::Event;

/// The contract's default, in microseconds.
pub const BOUNDS: [i64; 14] = [
    10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 2_560_000, 5_120_000,
    10_240_000, 20_480_000, 40_960_000, 81_920_000,
];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: &'static str,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    Counter(i128),
    Observed(Observed),
}

/// In microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    pub count: i64,
    pub sum: i64,
    pub min: i64,
    pub max: i64,
    pub buckets: [u64; BOUNDS.len() + 1],
    /// How far the roundings of what has digits beyond may add up.
    pub slack: i64,
}

pub type Totals = BTreeMap<Series, Amount>;

pub fn unit(name: &str) -> &'static str {
    match name.split('.').nth(1) {
        Some("tokens") => "{token}",
        Some("requests") => "{request}",
        Some("errors") => "{error}",
        Some("feedback") => "{feedback}",
        Some("dataset") => "{retrieval}",
        Some("app") => "{app}",
        _ => "s",
    }
}

pub fn of<'a>(events: impl Iterator<Item = &'a Event>) -> Totals {
    let mut totals = Totals::new();
    for event in events {
        Counting {
            event,
            totals: &mut totals,
        }
        .count();
    }
    totals
}

struct Counting<'a> {
    event: &'a Event,
    totals: &'a mut Totals,
}

impl Counting<'_> {
    fn count(&mut self) {
        let draft = self.event.call.is_draft();
        match self.event.call.kind {
            Kind::Run => {
                self.requests("workflow", &["status", "invoke_from"]);
                self.errors("workflow", &[]);
                self.tokens("workflow");
                let (apart, slack) = (self.event.times.apart, self.event.times.slack);
                self.observe("dify.workflow.duration", apart, slack, &["status"]);
            }
            Kind::Node => {
                let kind = if draft { "draft_node" } else { "node" };
                self.requests(kind, &["node_type", "model_provider", "status"]);
                self.errors(kind, &["node_type", "model_provider"]);
                self.tokens("node_execution");
                let node_type = self.event.call.text("node_type").unwrap_or_default();
                if ["tool", "knowledge-retrieval"].contains(&node_type) {
                    self.took(
                        "dify.node.duration",
                        &["node_type", "model_provider", "plugin_name"],
                    );
                } else {
                    self.took("dify.node.duration", &["node_type", "model_provider"]);
                }
            }
            Kind::Message => {
                const MODEL: [&str; 2] = ["model_provider", "model_name"];
                self.requests(
                    "message",
                    &["model_provider", "model_name", "status", "invoke_from"],
                );
                self.errors("message", &MODEL);
                self.tokens("message");
                self.took("dify.message.duration", &MODEL);
                if let Some(first) = self.event.call.float("time_to_first_token") {
                    let (first, slack) = micros(first);
                    self.observe("dify.message.time_to_first_token", first, slack, &MODEL);
                }
            }
            Kind::Tool => {
                self.requests("tool", &["tool_name"]);
                self.errors("tool", &["tool_name"]);
                self.took("dify.tool.duration", &["tool_name"]);
            }
            Kind::Moderation => self.requests("moderation", &[]),
            Kind::Questions => self.requests("suggested_question", &[]),
            Kind::Retrieval => self.retrieval(),
            Kind::Name => self.requests("generate_name", &[]),
            Kind::Prompt => {
                const LABELS: [&str; 4] =
                    ["operation_type", "model_provider", "model_name", "status"];
                self.requests("prompt_generation", &LABELS);
                self.errors("prompt_generation", &LABELS[..3]);
                let operation = self.event.call.text("operation_type").unwrap_or_default();
                self.tokens(operation);
                self.took("dify.prompt_generation.duration", &LABELS[..3]);
            }
            Kind::AppCreated => self.add("dify.app.created.total", 1, &["mode"], &[]),
            Kind::AppUpdated => self.add("dify.app.updated.total", 1, &[], &[]),
            Kind::AppDeleted => self.add("dify.app.deleted.total", 1, &[], &[]),
            Kind::Feedback => self.add("dify.feedback.total", 1, &["rating"], &[]),
        }
    }

    fn requests(&mut self, kind: &str, labels: &[&str]) {
        self.add("dify.requests.total", 1, labels, &[("type", kind)]);
    }

    fn errors(&mut self, kind: &str, labels: &[&str]) {
        if failed(self.event) {
            self.add("dify.errors.total", 1, labels, &[("type", kind)]);
        }
    }

    fn tokens(&mut self, operation: &str) {
        let call = &self.event.call;
        let node_type = call.text("node_type").unwrap_or_default().to_owned();
        for (name, count) in [
            ("dify.tokens.total", total_tokens(self.event)),
            ("dify.tokens.input", call.int("input_tokens")),
            ("dify.tokens.output", call.int("output_tokens")),
        ] {
            if let Some(count) = count {
                let fixed = [
                    ("operation_type", operation),
                    ("node_type", node_type.as_str()),
                ];
                self.add(name, count, &["model_provider", "model_name"], &fixed);
            }
        }
    }

    fn retrieval(&mut self) {
        self.requests("dataset_retrieval", &[]);
        let distinct: BTreeSet<String> = self
            .event
            .call
            .texts("dataset_ids")
            .unwrap_or_default()
            .iter()
            .cloned()
            .collect();
        for dataset in distinct {
            self.add(
                "dify.dataset.retrievals.total",
                1,
                &[],
                &[("dataset_id", &dataset)],
            );
        }
    }

    fn took(&mut self, name: &'static str, labels: &[&str]) {
        let (length, slack) = micros(self.event.times.took);
        self.observe(name, length, slack, labels);
    }

    fn add(&mut self, name: &'static str, amount: i64, labels: &[&str], fixed: &[(&str, &str)]) {
        let series = self.series(name, labels, fixed);
        match self.totals.entry(series).or_insert(Amount::Counter(0)) {
            Amount::Counter(total) => *total += i128::from(amount),
            Amount::Observed(_) => panic!("{name} is a counter"),
        }
    }

    fn observe(&mut self, name: &'static str, length: i64, slack: i64, labels: &[&str]) {
        let series = self.series(name, labels, &[]);
        let empty = Observed {
            min: i64::MAX,
            ..Observed::default()
        };
        match self.totals.entry(series).or_insert(Amount::Observed(empty)) {
            Amount::Observed(seen) => {
                seen.count += 1;
                seen.sum += length;
                seen.min = seen.min.min(length);
                seen.max = seen.max.max(length);
                seen.slack += slack;
                seen.buckets[BOUNDS.iter().filter(|bound| **bound < length).count()] += 1;
            }
            Amount::Counter(_) => panic!("{name} is a histogram"),
        }
    }

    /// Labels are always there, empty when unknown; those of an argument have its name.
    fn series(&self, name: &'static str, labels: &[&str], fixed: &[(&str, &str)]) -> Series {
        let call = &self.event.call;
        let id = |name| call.uuid(name).map(spelled).unwrap_or_default();
        let mut all = BTreeMap::from([
            ("tenant_id".to_owned(), id("tenant_id")),
            ("app_id".to_owned(), id("app_id")),
        ]);
        for label in labels {
            // A run's tokens know no model.
            let value = match call.kind {
                Kind::Run if label.starts_with("model_") => "",
                _ => call.text(label).unwrap_or_default(),
            };
            all.insert((*label).to_owned(), cut(value));
        }
        for (label, value) in fixed {
            all.insert((*label).to_owned(), cut(value));
        }
        Series { name, labels: all }
    }
}

/// At the last whole character within 256 bytes.
fn cut(text: &str) -> String {
    let mut end = text.len().min(256);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
