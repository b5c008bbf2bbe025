//! What the data dictionary and the contract say of each event's attributes, and a companion log held against it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Clone)]
pub struct Attribute {
    pub kind: String,
    pub presence: String,
    pub content: bool,
    pub span: bool,
    pub null: bool,
    /// The argument whose value it shows, where it shows one unchanged.
    pub given: Option<String>,
}

/// What a log that is looked at is one of.
#[derive(Clone, Copy, Default)]
pub struct Setting {
    pub nested: bool,
    pub node_type: &'static str,
    pub user: bool,
    pub details: bool,
}

pub fn attributes(event: &str) -> BTreeMap<String, Attribute> {
    let all: Value =
        serde_json::from_str(include_str!("../data/attributes.json")).expect("attributes.json");
    let own = all[event]
        .as_object()
        .unwrap_or_else(|| panic!("{event} is not in attributes.json"));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let flag = |value: &Value| value.as_bool().expect("a flag");
    let read = |(name, told): (&String, &Value)| {
        let attribute = Attribute {
            kind: text(&told["type"]).expect("a type"),
            presence: text(&told["presence"]).expect("a presence"),
            content: flag(&told["content"]),
            span: flag(&told["span"]),
            null: flag(&told["null"]),
            given: text(&told["given"]),
        };
        (name.clone(), attribute)
    };
    own.iter().map(read).collect()
}

impl Attribute {
    pub fn expected_in(&self, setting: Setting) -> bool {
        let node = setting.node_type;
        match self.presence.as_str() {
            "always" => true,
            "when known" => setting.user,
            "nested" => setting.nested,
            "details" => setting.details,
            "model" => {
                ["llm", "agent", "question-classifier", "parameter-extractor"].contains(&node)
            }
            "plugin" => ["tool", "knowledge-retrieval"].contains(&node),
            "dataset" => node == "knowledge-retrieval",
            other => panic!("presence {other}"),
        }
    }

    /// Whether the value has the attribute's type; a null has none.
    fn fits(&self, value: &Value) -> bool {
        match self.kind.as_str() {
            "string" => value.is_string(),
            "int" => value.is_i64(),
            "float" => value.is_number(),
            "time" => value.as_str().is_some_and(is_utc_time),
            other => panic!("type {other}"),
        }
    }
}

fn is_utc_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let fraction = shape
        .strip_prefix("9999-99-99T99:99:99")
        .and_then(|rest| rest.strip_suffix('Z'));
    fraction.is_some_and(|rest| {
        rest.is_empty()
            || rest
                .strip_prefix('.')
                .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c == '9'))
    })
}

/// Exactly the attributes that belong to it, of their types, null only where that is allowed.
#[track_caller]
pub fn assert_complete(event: &str, shown: &Map<String, Value>, setting: Setting) {
    let expected = attributes(event);
    let mut missing: Vec<&str> = Vec::new();
    for (name, attribute) in &expected {
        match shown.get(name) {
            Some(value) => {
                assert!(
                    attribute.expected_in(setting),
                    "{event} has {name} = {value}"
                );
                let allowed = attribute.fits(value) || value.is_null() && attribute.null;
                assert!(allowed, "{event} {name} = {value}");
            }
            None if attribute.expected_in(setting) => missing.push(name),
            None => {}
        }
    }
    assert!(missing.is_empty(), "{event} lacks {missing:?}");
    for name in shown.keys() {
        assert!(
            expected.contains_key(name),
            "{event} has {name}, which is not listed"
        );
    }
}
