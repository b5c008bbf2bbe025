//! What went into a span and came out of it.

use crate::otlp::record::Json;
use crate::profiles::content::{json_object, json_text};
use crate::profiles::excerpt::{MOST_BYTES, cut};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub text: String,
    /// Whether the text is JSON: a JSON string travels as its bare text, and what was cut is none any more.
    pub is_json: bool,
}

impl Payload {
    pub fn of(json: &Json) -> Self {
        Self::sized(json_text(json), !json.is_text())
    }

    /// `{"key": "text"}`.
    pub fn object(key: &str, text: &str) -> Self {
        Self::sized(json_object(key, text), true)
    }

    pub fn json(text: String) -> Self {
        Self::sized(text, true)
    }

    pub fn plain(text: String) -> Self {
        Self::sized(text, false)
    }

    fn sized(text: String, is_json: bool) -> Self {
        let fits = text.len() <= MOST_BYTES;
        Self {
            text: cut(text, MOST_BYTES),
            is_json: is_json && fits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_no_json_any_more() {
        let json = format!("[{}1]", "\"中\",".repeat(MOST_BYTES)).into();
        let payload = Payload::of(&json);
        assert!(!payload.is_json);
        assert!(payload.text.ends_with(" bytes)"), "it says so");
        assert!(payload.text.len() <= MOST_BYTES);
        assert!(Payload::object("query", "q").is_json);
        let text = r#""bare""#.to_owned().into();
        assert_eq!(Payload::of(&text), Payload::plain("bare".into()));
    }
}
