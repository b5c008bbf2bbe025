//! Our catalogue of events, catalogue.json: which call tells an event, and which argument an attribute shows.

use std::collections::BTreeMap;

use serde_json::Value;

pub fn catalogue() -> Value {
    serde_json::from_str(include_str!("../../catalogue.json")).expect("catalogue.json")
}

pub fn events() -> Vec<Value> {
    catalogue()["events"].as_array().expect("events").clone()
}

#[track_caller]
pub fn event(name: &str) -> Value {
    let found = events().into_iter().find(|event| event["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in catalogue.json"))
}

/// The event's attributes by name.
pub fn attributes(event: &str) -> BTreeMap<String, Value> {
    let own = self::event(event)["attributes"].clone();
    let named = |one: &Value| {
        (
            one["name"].as_str().expect("a name").to_owned(),
            one.clone(),
        )
    };
    own.as_array()
        .expect("attributes")
        .iter()
        .map(named)
        .collect()
}

/// The tables that events come from, each once.
pub fn tables() -> Vec<String> {
    let of = |event: Value| event["table"].as_str().map(str::to_owned);
    let mut tables: Vec<String> = events().into_iter().filter_map(of).collect();
    tables.dedup();
    tables
}
