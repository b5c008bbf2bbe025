//! Our catalogue says neither more nor less than the data dictionary. Needs no server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::dictionary::{self, Attribute, texts};
use crate::event_catalogue::{catalogue, events};

/// By name, in the order of names.
fn by_name(list: &Value) -> BTreeMap<String, Value> {
    let named = |one: &Value| {
        (
            one["name"].as_str().expect("a name").to_owned(),
            one.clone(),
        )
    };
    let all = list.as_array().expect("a list");
    let named: BTreeMap<String, Value> = all.iter().map(named).collect();
    assert_eq!(named.len(), all.len(), "a name twice");
    named
}

fn names(of: &BTreeMap<String, Value>) -> Vec<&String> {
    of.keys().collect()
}

fn attribute(told: &Value) -> Attribute {
    let flag = |name: &str| {
        told[name]
            .as_bool()
            .unwrap_or_else(|| panic!("{name} of {told}"))
    };
    let kind = match told["type"].as_str().expect("a type") {
        "json" => "string",
        other => other,
    };
    Attribute {
        kind: kind.to_owned(),
        when: told["when"].as_str().expect("when").to_owned(),
        null: flag("nullable"),
        content: flag("content"),
        span: flag("span"),
    }
}

#[test]
fn the_catalogue_has_the_events_of_the_dictionary() {
    let ours = by_name(&catalogue()["events"]);
    let theirs = dictionary::part("events");
    assert_eq!(names(&ours), theirs.keys().collect::<Vec<_>>());
    let codes: BTreeSet<i64> = events()
        .iter()
        .filter_map(|event| event["code"].as_i64())
        .collect();
    assert_eq!(codes, (1..=15).collect());
    for (name, event) in &ours {
        assert_eq!(event["signal"], theirs[name]["signal"], "{name}");
        assert_eq!(
            event["span"],
            theirs[name]["signal"] == "span_detail",
            "{name}"
        );
        assert_eq!(
            event["payload_type"], theirs[name]["payload_type"],
            "{name}"
        );
        let told = match event["reference"].as_array() {
            None => Value::Null,
            Some(_) => texts(&event["reference"])
                .iter()
                .map(|kind| kind.trim_start_matches("own:"))
                .collect(),
        };
        assert_eq!(told, theirs[name]["reference"], "{name}");
    }
}

#[test]
fn every_attribute_is_the_dictionary_s_and_none_of_those_is_missing() {
    for event in events() {
        let name = event["name"].as_str().expect("a name");
        let ours: BTreeMap<String, Attribute> = by_name(&event["attributes"])
            .iter()
            .map(|(name, told)| (name.clone(), attribute(told)))
            .collect();
        assert_eq!(ours, dictionary::attributes(name), "{name}");
        let theirs = dictionary::event(name)["attributes"].clone();
        for (attribute, told) in by_name(&event["attributes"]) {
            if theirs[&attribute]["json"] == true {
                assert_eq!(told["type"], "json", "{name} {attribute}");
            }
            assert!(!told["means"].as_str().expect("a meaning").is_empty());
        }
        let content = ours.values().any(|attribute| attribute.content);
        assert_eq!(event["reference"].is_array(), content, "{name}");
    }
}

#[test]
fn the_metrics_have_the_dictionary_s_names_units_and_kinds() {
    let ours = by_name(&catalogue()["metrics"]);
    let theirs = dictionary::part("metrics");
    assert_eq!(names(&ours), theirs.keys().collect::<Vec<_>>());
    for (name, metric) in &ours {
        assert_eq!(metric["unit"], theirs[name]["unit"], "{name}");
        assert_eq!(metric["kind"], theirs[name]["kind"], "{name}");
    }
}

#[test]
fn the_labels_of_each_type_are_the_dictionary_s() {
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut counted = BTreeSet::new();
    for event in events() {
        for metric in event["metrics"].as_array().expect("metrics") {
            let name = metric["name"].as_str().expect("a name");
            counted.insert(name.to_owned());
            let told = &dictionary::part("metrics")[name];
            let expected = match metric["fixed"]["type"].as_str() {
                Some(kind) => {
                    types
                        .entry(name.to_owned())
                        .or_default()
                        .insert(kind.to_owned());
                    &told["labels_by_type"][kind]
                }
                None => &told["labels"],
            };
            assert_eq!(&metric["labels"], expected, "{name} of {}", event["name"]);
            let labels = texts(&metric["labels"]);
            let fixed = metric["fixed"].as_object().expect("fixed values");
            assert!(fixed.keys().all(|label| labels.contains(label)), "{name}");
            if let Some(operation) = fixed.get("operation_type") {
                let known = texts(&told["operation_type"]);
                assert!(known.iter().any(|one| one == operation), "{operation}");
            }
            let conditional = |of: &Value, key: &str| -> Vec<String> {
                let labels = of[key].as_object().cloned().unwrap_or_default();
                labels.keys().cloned().collect()
            };
            assert_eq!(
                conditional(metric, "conditional_labels"),
                conditional(told, "only_on_node_types")
            );
        }
    }
    for (name, told) in dictionary::part("metrics") {
        assert!(counted.contains(&name), "nothing adds to {name}");
        if let Some(by_type) = told["labels_by_type"].as_object() {
            assert_eq!(types[&name], by_type.keys().cloned().collect(), "{name}");
        }
    }
}

#[test]
fn the_resource_is_the_dictionary_s() {
    let ours = by_name(&catalogue()["resource"]);
    let theirs = dictionary::part("resource");
    assert_eq!(names(&ours), theirs.keys().collect::<Vec<_>>());
    for (name, attribute) in &ours {
        assert_eq!(attribute["type"], theirs[name]["type"], "{name}");
    }
    assert_eq!(catalogue()["scope"], "dify.enterprise");
}
