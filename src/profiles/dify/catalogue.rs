//! The attributes of every event, held against the catalogue: what either has and the other has not is an error.

use super::{log_attributes, span_attributes};
use crate::otlp::catalogue::{Attribute, Catalogue, Event};
use crate::otlp::record::{EventKind, Record};
use crate::otlp::sample::{OUTER_NODE, START, bare_row, complete_row, from_row};
use crate::profiles::attribute::{Attributes, Value};
use crate::profiles::timestamp::iso8601;
use serde_json::{Value as Json, json};

fn names(attributes: &Attributes) -> Vec<&str> {
    attributes.iter().map(|(name, _)| name.as_ref()).collect()
}

fn listed(event: &Event, which: impl Fn(&Attribute) -> bool) -> Vec<&str> {
    event
        .attributes
        .iter()
        .filter(|one| which(one))
        .map(|one| &*one.name)
        .collect()
}

/// A draft has no run: its list is that of other node executions, but this one is never known.
fn never_known(event: &Event, one: &Attribute) -> bool {
    event.kind() == EventKind::DraftNodeExecution && one.name == "dify.workflow.run_id"
}

/// Where a row keeps what all operations have.
fn common(row: &mut Json) -> &mut Json {
    if row.get("operation").is_some() {
        &mut row["operation"]
    } else {
        row
    }
}

fn shown(kind: EventKind, row: Json) -> Attributes {
    log_attributes(&from_row(kind, row), true)
}

#[test]
fn a_complete_row_shows_every_attribute_in_its_order_and_as_its_type() {
    for event in Catalogue::read().events {
        let mut row = complete_row(event.kind());
        let log = shown(event.kind(), row.clone());
        assert_eq!(names(&log), listed(&event, |_| true), "{}", event.name);
        for (one, (_, value)) in event.attributes.iter().zip(log.iter()) {
            if never_known(&event, one) {
                let listed = (&*one.value_type, one.nullable, one.span);
                assert_eq!((value, listed), (&Value::Null, ("string", true, true)));
                continue;
            }
            assert!(is_of(&one.value_type, value), "{}: {value:?}", one.name);
            if let Some(column) = &one.from {
                let expected = as_given(&mut row, column, one);
                assert_eq!(*value, expected, "{} {}", event.name, one.name);
            }
        }
        let (name, signal) = (event.name.as_str().into(), event.signal.as_str().into());
        assert_eq!(log.get("dify.event.name"), Some(&name));
        assert_eq!(log.get("dify.event.signal"), Some(&signal));
    }
}

fn is_of(value_type: &str, value: &Value) -> bool {
    match (value_type, value) {
        ("string", Value::Text(_))
        | ("int", Value::Int(_))
        | ("float", Value::Float(_))
        | ("boolean", Value::Bool(_)) => true,
        ("json", Value::Text(text)) => serde_json::from_str::<Json>(text).is_ok(),
        ("time", Value::Text(text)) => *text == iso8601(START),
        _ => false,
    }
}

/// A column of a row as the attribute that shows it.
fn as_given(row: &mut Json, column: &str, shown: &Attribute) -> Value {
    if shown.value_type == "time" {
        // The row has one moment, whatever it is called outside.
        assert_eq!(shown.name.rsplit('.').next(), Some(column));
        return iso8601(row["at"].as_i64().unwrap()).into();
    }
    let given = match row.get(column) {
        Some(given) => given,
        None => &common(row)[column],
    };
    match given {
        Json::Array(one) if shown.value_type == "string" => one[0].as_str().into(),
        Json::String(text) => text.as_str().into(),
        Json::Bool(value) => (*value).into(),
        Json::Number(number) if number.is_i64() => number.as_i64().into(),
        Json::Number(number) => number.as_f64().into(),
        Json::Null => Value::Null,
        Json::Array(_) | Json::Object(_) => given.to_string().into(),
    }
}

#[test]
fn a_bare_row_shows_what_is_always_there_and_null_for_what_may_be_unknown() {
    for event in Catalogue::read().events {
        let log = shown(event.kind(), bare_row(event.kind()));
        let always = listed(&event, |one| one.when == "always");
        assert_eq!(names(&log), always, "{}", event.name);
        for one in event.attributes.iter().filter(|one| one.when == "always") {
            let is_null = log.get(&one.name) == Some(&Value::Null);
            assert_eq!(is_null, one.nullable, "{} {}", event.name, one.name);
        }
    }
}

#[test]
fn a_known_user_is_shown() {
    for event in Catalogue::read().events {
        let mut row = bare_row(event.kind());
        common(&mut row)["user_id"] = "u".into();
        let log = shown(event.kind(), row);
        let expected = listed(&event, |one| matches!(&*one.when, "always" | "user"));
        assert_eq!(names(&log), expected, "{}", event.name);
        let mut users = event.attributes.iter().filter(|one| one.when == "user");
        assert!(users.all(|one| !one.nullable), "{}", event.name);
    }
}

#[test]
fn a_nested_run_shows_its_parents_whichever_it_knows() {
    for event in Catalogue::read().events {
        for parent in event.attributes.iter().filter(|one| one.when == "nested") {
            let mut row = bare_row(event.kind());
            row[parent.from.as_ref().unwrap()] = json!(OUTER_NODE);
            let log = shown(event.kind(), row);
            let expected = listed(&event, |one| matches!(&*one.when, "always" | "nested"));
            assert_eq!(names(&log), expected, "{}", parent.name);
            for one in event.attributes.iter().filter(|one| one.when == "nested") {
                let is_null = log.get(&one.name) == Some(&Value::Null);
                let unknown = one.nullable && one.name != parent.name;
                assert_eq!(is_null, unknown, "{} {}", parent.name, one.name);
            }
        }
    }
}

#[test]
fn a_node_shows_what_its_type_has_and_what_else_was_given() {
    for event in Catalogue::read().events {
        for (node_type, groups) in [
            ("llm", &["model"][..]),
            ("agent", &["model"]),
            ("question-classifier", &["model"]),
            ("parameter-extractor", &["model"]),
            ("tool", &["plugin"]),
            ("knowledge-retrieval", &["plugin", "dataset"]),
            ("code", &[]),
            ("of-tomorrow", &[]),
        ] {
            let of_type = |one: &Attribute| one.when == "always" || groups.contains(&&*one.when);
            let mut row = bare_row(event.kind());
            row["node_type"] = node_type.into();
            let log = shown(event.kind(), row.clone());
            let name = &event.name;
            assert_eq!(names(&log), listed(&event, of_type), "{name} {node_type}");
            for given in &event.attributes {
                if !matches!(&*given.when, "model" | "plugin" | "dataset") {
                    continue;
                }
                assert!(given.nullable, "{}", given.name);
                let column = given.from.as_ref().unwrap();
                let mut row = row.clone();
                row[column] = complete_row(event.kind())[column].take();
                let log = shown(event.kind(), row);
                let expected = listed(&event, |one| of_type(one) || one.name == given.name);
                assert_eq!(names(&log), expected, "{name} {node_type} {column}");
                assert_ne!(log.get(&given.name), Some(&Value::Null), "{column}");
            }
        }
    }
}

#[test]
fn content_that_is_not_shown_is_a_reference_or_left_out() {
    for event in Catalogue::read().events {
        let content = listed(&event, |one| one.content);
        let Some(reference) = &event.reference else {
            assert!(content.is_empty(), "{}", event.name);
            continue;
        };
        assert!(!content.is_empty(), "{}", event.name);
        if reference.is_empty() {
            let log = log_attributes(&from_row(event.kind(), complete_row(event.kind())), false);
            assert_eq!(names(&log), listed(&event, |one| !one.content));
        }
        // With every id known, then without the first, and so on; of a bare row the last is known.
        let mut row = complete_row(event.kind());
        let mut cases = Vec::new();
        for id_type in reference {
            cases.push((row.clone(), id_type));
            common(&mut row)[id_type] = Json::Null;
        }
        cases.extend(reference.last().map(|last| (bare_row(event.kind()), last)));
        for (mut row, id_type) in cases {
            let record = from_row(event.kind(), row.clone());
            let expected = Value::Text(reference_text(&record, &mut row, id_type));
            let (log, gated) = (
                log_attributes(&record, true),
                log_attributes(&record, false),
            );
            assert_eq!(names(&log), names(&gated), "{}", event.name);
            for ((name, real), (_, shown)) in log.iter().zip(gated.iter()) {
                let is_content = content.contains(&name.as_ref());
                assert_eq!(shown, if is_content { &expected } else { real }, "{name}");
            }
        }
    }
}

/// An id that a row does not have is the row's own.
fn reference_text(record: &Record, row: &mut Json, id_type: &str) -> String {
    let known = |row: &Json, column: &str| Some(row.get(column)?.as_str()?.to_owned());
    let own = known(common(row), "id").unwrap();
    let (id_type, id) = match id_type {
        "own:trace_id" => ("trace_id", own),
        "trace_id" => (id_type, record.correlation_id.unwrap().to_string()),
        _ => {
            let id = known(row, id_type).or_else(|| known(common(row), id_type));
            (id_type, id.unwrap_or(own))
        }
    };
    format!("ref:{id_type}={id}")
}

#[test]
fn a_span_has_the_attributes_that_are_marked_and_no_other() {
    for event in Catalogue::read().events {
        let expected = listed(&event, |one| one.span && !never_known(&event, one));
        let complete = from_row(event.kind(), complete_row(event.kind()));
        let span = span_attributes(&complete);
        assert_eq!(span.is_some(), event.kind().has_span(), "{}", event.name);
        let span = span.unwrap_or_default();
        assert_eq!(names(&span), expected, "{}", event.name);
        assert!(!event.attributes.iter().any(|one| one.span && one.content));
        let log = log_attributes(&complete, false);
        for (name, value) in span.iter() {
            assert_eq!(log.get(name), Some(value), "{name}");
        }
        let bare = span_attributes(&from_row(event.kind(), bare_row(event.kind())));
        let known = listed(&event, |one| {
            one.span && one.when == "always" && !one.nullable
        });
        assert_eq!(names(&bare.unwrap_or_default()), known, "{}", event.name);
    }
}
