//! The vendors' profiles, field by field, against expectations kept as data in `tests/data/profiles/`: what is logged in
//! `records.json`, what each backend is told of it under its own name, and in `page.json` the tables of the original's
//! Langfuse page.

use super::attribute::Value;
use super::{Ended, Profile, Span};
use crate::otlp::record::{EventKind, Record, Relatives};
use crate::otlp::sample::{MESSAGE, RUN, complete_row, from_row};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Deserialize)]
struct Given {
    event: String,
    trace: Uuid,
    row: Json,
    relatives: Relatives,
}

impl Given {
    fn record(self) -> Record {
        let kind = EventKind::ALL
            .into_iter()
            .find(|kind| kind.name() == self.event);
        let mut record = from_row(kind.unwrap(), self.row);
        record.kind = kind.unwrap();
        record.correlation_id = Some(self.trace);
        record.relatives = self.relatives;
        record
    }
}

fn records() -> BTreeMap<String, Record> {
    let given: BTreeMap<String, Given> =
        serde_json::from_str(include_str!("../../tests/data/profiles/records.json")).unwrap();
    let records = given
        .into_iter()
        .map(|(name, given)| (name, given.record()));
    records.collect()
}

fn shown(span: Span) -> Json {
    let attributes: Map<_, _> = span
        .attributes
        .into_iter()
        .map(|(name, value)| (name.into_owned(), json_of(value)))
        .collect();
    let failure = match span.ended {
        Ended::Failed(error) => Some(error),
        Ended::Well | Ended::Unset => None,
    };
    json!({
        "name": span.name, "parent": span.parent, "failure": failure, "seconds": (span.end - span.start) as f64 / 1e6,
        "attributes": attributes,
    })
}

fn json_of(value: Value) -> Json {
    match value {
        Value::Text(text) => text.into(),
        Value::Bool(value) => value.into(),
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Texts(texts) => texts.into(),
        Value::Null => Json::Null,
    }
}

#[track_caller]
fn as_expected(profile: Profile, expected: &str) {
    let expected: Map<String, Json> = serde_json::from_str(expected).unwrap();
    let records = records();
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(records.keys().collect()),
        names(expected.keys().collect())
    );
    for (name, record) in &records {
        let found = shown(profile.span(record, true).unwrap());
        let text = serde_json::to_string_pretty(&found).unwrap();
        assert_eq!(found, expected[name], "{name}: {text}");
    }
}

#[test]
fn langfuse() {
    as_expected(
        Profile::Langfuse,
        include_str!("../../tests/data/profiles/langfuse.json"),
    );
}

#[test]
fn openinference() {
    as_expected(
        Profile::OpenInference,
        include_str!("../../tests/data/profiles/openinference.json"),
    );
}

#[test]
fn langsmith() {
    as_expected(
        Profile::LangSmith,
        include_str!("../../tests/data/profiles/langsmith.json"),
    );
}

#[test]
fn genai() {
    as_expected(
        Profile::GenAi,
        include_str!("../../tests/data/profiles/genai.json"),
    );
}

/// The tables of the original's Langfuse page, for a row in which everything is given: each field with the column that it
/// tells, or null where it is made of several.
#[test]
fn the_page_of_the_langfuse_integration_holds_field_by_field() {
    #[derive(Deserialize)]
    struct Table {
        named: String,
        tags: Vec<String>,
        fields: BTreeMap<String, Option<String>>,
        metadata: BTreeMap<String, String>,
    }
    let page: BTreeMap<String, Table> =
        serde_json::from_str(include_str!("../../tests/data/profiles/page.json")).unwrap();
    for (event, table) in page {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == event);
        let mut row = complete_row(kind.unwrap());
        let mut record = from_row(kind.unwrap(), row.clone());
        row["message"] = message_facts();
        record.relatives.message = serde_json::from_value(message_facts()).unwrap();
        let span = Profile::Langfuse.span(&record, true).unwrap();
        assert!(
            span.name.starts_with(&table.named),
            "{event}: {}",
            span.name
        );
        let all = &span.attributes;
        assert_eq!(
            all.get("langfuse.trace.tags"),
            Some(&table.tags.into()),
            "{event}"
        );
        let fields = table
            .fields
            .into_iter()
            .filter(|(field, _)| span.parent.is_none() || !field.starts_with("trace."));
        let metadata = table
            .metadata
            .into_iter()
            .map(|(key, column)| (format!("observation.metadata.{key}"), Some(column)));
        for (field, column) in fields.chain(metadata) {
            let told = all.get(&format!("langfuse.{field}"));
            let told = told.unwrap_or_else(|| panic!("{event}: {field}"));
            let Some(column) = column else { continue };
            let held = row.pointer(&format!("/{}", column.replace('.', "/")));
            let held = held.unwrap_or_else(|| panic!("{event}: {column}"));
            assert_eq!(&as_held(told, held), held, "{event}: {field}");
        }
    }
}

/// JSON travels as its text.
fn as_held(told: &Value, held: &Json) -> Json {
    match (told, held) {
        (Value::Text(text), Json::Object(_) | Json::Array(_)) => {
            serde_json::from_str(text).unwrap()
        }
        _ => json_of(told.clone()),
    }
}

fn message_facts() -> Json {
    json!({
        "id": MESSAGE, "status": "normal", "workflow_run_id": RUN, "from_source": "api", "agent_based": true,
        "end_user_id": "e", "account_id": "a", "model_provider": "openai", "model_name": "gpt-4",
    })
}
