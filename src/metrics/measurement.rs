//! What the metrics need to know of one event.

use super::accumulator::MAX_LABEL_BYTES;
use crate::otlp::record::EventKind;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// One event: the columns of what measures its row, in their order. A text is empty when unknown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Measurement<'a> {
    #[serde(rename = "event", deserialize_with = "of_code")]
    pub kind: EventKind,
    pub tenant_id: &'a str,
    pub app_id: &'a str,
    pub status: &'a str,
    pub invoke_from: &'a str,
    pub node_type: &'a str,
    pub model_provider: &'a str,
    pub model_name: &'a str,
    pub plugin_name: &'a str,
    pub tool_name: &'a str,
    /// Of a prompt generation.
    pub operation_type: &'a str,
    /// Whether the operation failed, by the contract's rule.
    pub failed: bool,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub total_tokens: Option<i64>,
    /// Microseconds.
    pub duration_us: Option<i64>,
    /// Microseconds until the first token of a message.
    pub first_token_us: Option<i64>,
    /// Of a retrieval, each once.
    pub datasets: Option<Vec<String>>,
    /// Of feedback, which the event tells: `like`, `dislike`, or empty when withdrawn.
    #[serde(skip)]
    pub rating: &'a str,
    /// Of a created app, which the event tells.
    #[serde(skip)]
    pub mode: &'a str,
}

impl<'a> Measurement<'a> {
    /// Of an app, and nothing else.
    pub fn of_app(kind: EventKind, tenant_id: &'a str, app_id: &'a str) -> Self {
        Self {
            kind,
            tenant_id,
            app_id,
            status: "",
            invoke_from: "",
            node_type: "",
            model_provider: "",
            model_name: "",
            plugin_name: "",
            tool_name: "",
            operation_type: "",
            failed: false,
            input_tokens: None,
            output_tokens: None,
            total_tokens: None,
            duration_us: None,
            first_token_us: None,
            datasets: None,
            rating: "",
            mode: "",
        }
    }

    /// Writes what decides which series the event adds to: two of one key add to the same.
    pub fn key(&self, key: &mut Vec<u8>) {
        key.clear();
        let known = [
            self.input_tokens,
            self.output_tokens,
            self.total_tokens,
            self.duration_us,
            self.first_token_us,
        ];
        let counted = known.into_iter().fold(u8::from(self.failed), |bits, one| {
            bits << 1 | u8::from(one.is_some_and(|one| one >= 0))
        });
        key.extend([self.kind as u8, counted]);
        let texts = [
            self.tenant_id,
            self.app_id,
            self.status,
            self.invoke_from,
            self.node_type,
            self.model_provider,
            self.model_name,
            self.plugin_name,
            self.tool_name,
            self.operation_type,
            self.rating,
            self.mode,
        ];
        let datasets = self.datasets.iter().flatten().map(String::as_str);
        for text in texts.into_iter().chain(datasets) {
            extend_key(key, text);
        }
    }
}

/// With its length, and of a long one no more than labels keep: a name of megabytes is not to be remembered whole.
pub fn extend_key(key: &mut Vec<u8>, text: &str) {
    // The byte behind the last one that a label may have tells where its last character ends.
    const MOST: usize = MAX_LABEL_BYTES + 1;
    key.extend(text.len().to_ne_bytes());
    key.extend(&text.as_bytes()[..text.len().min(MOST)]);
}

fn of_code<'de, D: Deserializer<'de>>(code: D) -> Result<EventKind, D::Error> {
    let code = i16::deserialize(code)?;
    EventKind::from_code(code)
        .ok_or_else(|| D::Error::custom(format!("an event is of an unknown kind, {code}")))
}
