//! Content (inputs, outputs and other text that may be sensitive): its text form, or a reference in its place.

use super::attribute::Value;
use crate::otlp::record::{Json, Operation, Record, Source};

use uuid::Uuid;

/// What is shown where content belongs.
pub enum Content {
    /// The real value, or null.
    Shown,
    /// A reference to the row that holds it, whether or not it holds any.
    Referenced(String),
    /// Nothing, not even the attribute: feedback has no row of its own to refer to.
    Omitted,
}

impl Content {
    /// What a record shows: its content when `include`, else a reference.
    pub fn of(record: &Record, include: bool) -> Self {
        if include {
            return Content::Shown;
        }
        let (id_type, id) = match &record.source {
            Source::WorkflowRun(run) => ("workflow_run_id", run.id),
            Source::NodeExecution(node) => ("node_execution_id", node.id),
            Source::Message(message) => ("message_id", message.id),
            Source::GeneratedName(name) => ("conversation_id", name.conversation_id),
            Source::PromptGeneration(prompt) => ("trace_id", prompt.operation.id),
            source => match source.operation() {
                Some(operation) => belongs_to(operation, record.correlation_id),
                None => return Content::Omitted,
            },
        };
        Content::Referenced(format!("ref:{id_type}={id}"))
    }

    /// The attribute value for content that `shown` would give; `None` when there is to be no attribute.
    pub fn value(&self, shown: impl FnOnce() -> Option<String>) -> Option<Value> {
        match self {
            Content::Shown => Some(shown().into()),
            Content::Referenced(reference) => Some(reference.as_str().into()),
            Content::Omitted => None,
        }
    }
}

/// The nearest thing an operation belongs to: the first of message, node and run that is known, else its trace.
fn belongs_to(operation: &Operation, correlation_id: Option<Uuid>) -> (&'static str, Uuid) {
    let trace = correlation_id.unwrap_or(operation.id);
    [
        ("message_id", operation.message_id),
        ("node_execution_id", operation.node_execution_id),
        ("workflow_run_id", operation.workflow_run_id),
    ]
    .into_iter()
    .find_map(|(id_type, id)| Some((id_type, id?)))
    .unwrap_or(("trace_id", trace))
}

/// A JSON value as text: a string as its bare text, everything else as it was written.
pub fn json_text(json: &Json) -> String {
    let raw = json.get();
    match json.is_text().then(|| serde_json::from_str(raw)) {
        Some(Ok(bare)) => bare,
        // A string that cannot be decoded (a lone surrogate) still travels, as it was written.
        Some(Err(_)) | None => raw.to_owned(),
    }
}

/// `{"key": "text"}`, spaced as Postgres prints jsonb.
pub fn json_object(key: &str, text: &str) -> String {
    format!("{{{}: {}}}", json_string(key), json_string(text))
}

/// The plain text for one, a JSON array of texts for several (spaced as Postgres prints jsonb), `None` for none.
pub fn one_or_json_array(texts: &[String]) -> Option<String> {
    match texts {
        [] => None,
        [only] => Some(only.clone()),
        several => {
            let quoted: Vec<_> = several.iter().map(|text| json_string(text)).collect();
            Some(format!("[{}]", quoted.join(", ")))
        }
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(json: &str) -> Json {
        json.to_owned().into()
    }

    #[test]
    fn json_values_as_text() {
        for (json, text) in [
            (r#"{"a": 1,"b":[null]}"#, r#"{"a": 1,"b":[null]}"#),
            (r#""bare""#, "bare"),
            (r#""""#, ""),
            (r#""a\n\"b\" \u4e2d\ud83d\ude00""#, "a\n\"b\" 中😀"),
            (r#"["x"]"#, r#"["x"]"#),
            ("72.50", "72.50"),
            ("true", "true"),
            (r#"{"city":"中文 72°F"}"#, r#"{"city":"中文 72°F"}"#),
            (r#""\ud83d""#, r#""\ud83d""#),
        ] {
            assert_eq!(json_text(&raw(json)), text, "{json}");
        }
    }

    #[test]
    fn arrays_only_for_several() {
        let texts = |list: &[&str]| {
            list.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(one_or_json_array(&[]), None);
        assert_eq!(one_or_json_array(&texts(&["a"])).unwrap(), "a");
        assert_eq!(
            one_or_json_array(&texts(&["a", "b\"c"])).unwrap(),
            r#"["a", "b\"c"]"#
        );
    }

    proptest! {
        #[test]
        fn a_json_string_travels_as_its_text(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(json_text(&raw(&json)), text);
        }

        #[test]
        fn an_object_can_be_read_back(text in any::<String>()) {
            let read: serde_json::Value = serde_json::from_str(&json_object("query", &text)).unwrap();
            prop_assert_eq!(read, serde_json::json!({ "query": text }));
        }
    }
}
