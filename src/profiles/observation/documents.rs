//! What a retrieval found.

use crate::profiles::excerpt::cut;
use serde_json::Value as Json;

/// The most documents of one retrieval that are shown, and the most bytes of one.
const MOST_DOCUMENTS: usize = 50;
const MOST_BYTES: usize = 8 << 10;

#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub id: Option<String>,
    pub content: Option<String>,
    pub score: Option<f64>,
    /// Everything else, as JSON.
    pub metadata: Option<String>,
}

/// The documents of a list, each an object with its text, score and ids at hand or in its metadata.
pub fn of(list: &Json) -> Vec<Document> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(document).take(MOST_DOCUMENTS).collect()
}

/// Those that a retrieval node's outputs hold.
pub fn of_outputs(outputs: &Json) -> Vec<Document> {
    ["result", "documents"]
        .iter()
        .filter_map(|key| outputs.get(key))
        .map(of)
        .find(|documents| !documents.is_empty())
        .unwrap_or_default()
}

fn document(json: &Json) -> Option<Document> {
    let mut rest = json.as_object()?.clone();
    let inner = rest.get("metadata").cloned().unwrap_or_default();
    let mut take = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| rest.remove(*name))
            .or_else(|| names.iter().find_map(|name| inner.get(name).cloned()))
    };
    let content = take(&["content", "page_content", "text"]);
    let score = take(&["score"]);
    let id = take(&["document_id", "id", "segment_id"]);
    let metadata = (!rest.is_empty()).then(|| cut(Json::Object(rest).to_string(), MOST_BYTES));
    Some(Document {
        id: id.map(text),
        content: content.map(|content| cut(text(content), MOST_BYTES)),
        score: score.and_then(|score| score.as_f64()),
        metadata,
    })
}

fn text(json: Json) -> String {
    match json {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_of_documents() {
        let told =
            of(&json!([{"dataset_id": "d", "document_id": "a", "score": 0.5, "content": "text"}]));
        let expected = Document {
            id: Some("a".into()),
            content: Some("text".into()),
            score: Some(0.5),
            metadata: Some(r#"{"dataset_id":"d"}"#.into()),
        };
        assert_eq!(told, [expected]);
        let found = of_outputs(&json!({"result": [
            {"title": "t", "content": "c", "metadata": {"document_id": "b", "score": 1}}
        ]}));
        assert_eq!(
            (found[0].id.as_deref(), found[0].score),
            (Some("b"), Some(1.0))
        );
        assert_eq!(of_outputs(&json!({"documents": 3})), []);
        assert_eq!(of(&json!([1, "x", null])), []);
    }

    #[test]
    fn many_and_long_documents_are_bounded() {
        let long = json!({"content": "中".repeat(MOST_BYTES), "document_id": "a"});
        let found = of(&Json::Array(vec![long; 500]));
        assert_eq!(found.len(), MOST_DOCUMENTS);
        assert!(found[0].content.as_ref().unwrap().len() <= MOST_BYTES);
    }
}
