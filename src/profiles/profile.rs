//! The vocabularies a destination can ask for.

use super::excerpt::{MOST_NAME_BYTES, cut};
use super::observation::Observation;
use super::span::Span;
use super::{dify, genai, langfuse, langsmith, openinference, tree};
use crate::otlp::record::{EventKind, Record};
use crate::otlp::signal::Signal;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The data dictionary: runs and nodes as spans, everything as logs, and metrics.
    #[default]
    Dify,
    Langfuse,
    /// Phoenix and Arize AX.
    OpenInference,
    LangSmith,
    /// The OpenTelemetry GenAI conventions.
    GenAi,
}

impl Profile {
    pub const ALL: [Profile; 5] = [
        Profile::Dify,
        Profile::Langfuse,
        Profile::OpenInference,
        Profile::LangSmith,
        Profile::GenAi,
    ];

    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_lowercase();
        let found = Self::ALL.into_iter().find(|known| known.name() == wanted);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Profile::name).join(", ");
            format!("allowed are {names}")
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Profile::Dify => "dify",
            Profile::Langfuse => "langfuse",
            Profile::OpenInference => "openinference",
            Profile::LangSmith => "langsmith",
            Profile::GenAi => "genai",
        }
    }

    /// What is sent unless a destination says otherwise: tools for traces take nothing else.
    pub fn signals(self) -> &'static [Signal] {
        match self {
            Profile::Dify => &Signal::ALL,
            _ => &[Signal::Traces],
        }
    }

    /// The events that have a span.
    pub fn span_kinds(self) -> &'static [EventKind] {
        match self {
            Profile::Dify => &EventKind::ALL[..3],
            _ => &EventKind::ALL[..10],
        }
    }

    /// Whether spans show content, and stand in a tree for which other rows must be looked up (`Record::relatives`).
    pub fn tells_all(self) -> bool {
        self != Profile::Dify
    }

    /// Whether the backend drops, without a word, a span whose parent never comes.
    pub fn drops_orphans(self) -> bool {
        self == Profile::LangSmith
    }

    /// The span of a record that has one.
    pub fn span(self, record: &Record, include_content: bool) -> Option<Span> {
        if self == Profile::Dify {
            return dify::span(record);
        }
        let seen = Observation::of(record, include_content)?;
        let (name, attributes) = match self {
            Profile::Dify | Profile::GenAi => genai::span(&seen),
            Profile::Langfuse => langfuse::span(record, &seen),
            Profile::OpenInference => openinference::span(&seen),
            Profile::LangSmith => langsmith::span(&seen),
        };
        Some(Span {
            source: tree::span_source(record)?,
            parent: tree::parent_source(record),
            name: cut(name, MOST_NAME_BYTES),
            start: seen.start,
            end: seen.end,
            attributes: attributes.without_blanks().cut(),
            ended: seen.ended.cut(),
            exception: matches!(self, Profile::OpenInference | Profile::LangSmith),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.name()), Ok(profile));
        }
        assert_eq!(Profile::parse(" LangFuse "), Ok(Profile::Langfuse));
        let why = Profile::parse("secret").unwrap_err();
        assert_eq!(
            why,
            "allowed are dify, langfuse, openinference, langsmith, genai"
        );
    }

    #[test]
    fn vendors_take_traces_with_everything_that_has_a_duration() {
        let kinds = |profile: Profile| profile.span_kinds().len();
        assert_eq!(kinds(Profile::Dify), 3);
        assert!(
            Profile::Dify
                .span_kinds()
                .iter()
                .all(|kind| kind.has_span())
        );
        for vendor in &Profile::ALL[1..] {
            assert_eq!(vendor.signals(), [Signal::Traces]);
            assert_eq!(kinds(*vendor), 10);
        }
    }
}
