//! The counters and histograms of the data dictionary, by name and unit.

/// How the points of an instrument add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstrumentKind {
    /// A monotonic integer sum.
    Counter,
    /// A distribution of durations.
    Histogram,
}

/// A metric of the dictionary.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Instrument {
    pub name: &'static str,
    /// UCUM, as on the wire.
    pub unit: &'static str,
    pub kind: InstrumentKind,
}

const fn counter(name: &'static str, unit: &'static str) -> Instrument {
    Instrument {
        name,
        unit,
        kind: InstrumentKind::Counter,
    }
}

const fn seconds(name: &'static str) -> Instrument {
    Instrument {
        name,
        unit: "s",
        kind: InstrumentKind::Histogram,
    }
}

/// Tokens of all kinds; those of a workflow include those of its nodes.
pub static TOKENS_TOTAL: Instrument = counter("dify.tokens.total", "{token}");
/// Prompt tokens.
pub static TOKENS_INPUT: Instrument = counter("dify.tokens.input", "{token}");
/// Completion tokens.
pub static TOKENS_OUTPUT: Instrument = counter("dify.tokens.output", "{token}");
/// Operations, by type.
pub static REQUESTS: Instrument = counter("dify.requests.total", "{request}");
/// Failed operations, by type.
pub static ERRORS: Instrument = counter("dify.errors.total", "{error}");
/// Feedback given, changed or withdrawn.
pub static FEEDBACK: Instrument = counter("dify.feedback.total", "{feedback}");
/// Retrievals, by dataset: one that asked several counts for each.
pub static DATASET_RETRIEVALS: Instrument = counter("dify.dataset.retrievals.total", "{retrieval}");
/// Apps created.
pub static APP_CREATED: Instrument = counter("dify.app.created.total", "{app}");
/// Changes of apps.
pub static APP_UPDATED: Instrument = counter("dify.app.updated.total", "{app}");
/// Apps deleted.
pub static APP_DELETED: Instrument = counter("dify.app.deleted.total", "{app}");
/// How long runs took.
pub static WORKFLOW_DURATION: Instrument = seconds("dify.workflow.duration");
/// How long node executions took, drafts included.
pub static NODE_DURATION: Instrument = seconds("dify.node.duration");
/// How long messages took.
pub static MESSAGE_DURATION: Instrument = seconds("dify.message.duration");
/// How long the first token of a message took.
pub static TIME_TO_FIRST_TOKEN: Instrument = seconds("dify.message.time_to_first_token");
/// How long tools took.
pub static TOOL_DURATION: Instrument = seconds("dify.tool.duration");
/// How long prompts took to generate.
pub static PROMPT_GENERATION_DURATION: Instrument = seconds("dify.prompt_generation.duration");
