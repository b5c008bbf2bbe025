//! The data dictionary as data, tests/data/dictionary.json: taken from the page by hand, not from our catalogue, with the contract's
//! corrections. What is shown anywhere is held against it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub const MODEL_NODES: [&str; 4] = ["llm", "agent", "question-classifier", "parameter-extractor"];
pub const PLUGIN_NODES: [&str; 2] = ["tool", "knowledge-retrieval"];

#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub kind: String,
    pub when: String,
    pub null: bool,
    pub content: bool,
    pub span: bool,
}

/// What is known of a log that is looked at.
#[derive(Clone, Copy, Default)]
pub struct Setting {
    pub node_type: &'static str,
    /// Every argument was given, as against the required ones only.
    pub everything: bool,
    /// Content is shown, as against references.
    pub content: bool,
}

/// JSON in the database has one kind of number, OTLP has two.
#[derive(Clone, Copy, PartialEq)]
pub enum Numbers {
    OfOneKind,
    OfTwoKinds,
}

fn page() -> Value {
    serde_json::from_str(include_str!("../data/dictionary.json")).expect("dictionary.json")
}

/// The part of the page under this name: `events`, `metrics`, `resource`.
pub fn part(name: &str) -> Map<String, Value> {
    page()[name].as_object().expect("an object").clone()
}

#[track_caller]
pub fn event(name: &str) -> Value {
    let event = part("events").remove(name);
    event.unwrap_or_else(|| panic!("{name} is not in dictionary.json"))
}

pub fn attributes(name: &str) -> BTreeMap<String, Attribute> {
    let own = event(name)["attributes"].clone();
    let read = |(name, told): (&String, &Value)| (name.clone(), Attribute::read(told));
    own.as_object()
        .expect("attributes")
        .iter()
        .map(read)
        .collect()
}

pub fn texts(list: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.as_array().expect("a list").iter().map(text).collect()
}

impl Attribute {
    fn read(told: &Value) -> Attribute {
        let flag = |name: &str| told.get(name).is_some_and(|flag| flag == true);
        Attribute {
            kind: told["type"].as_str().expect("a type").to_owned(),
            when: told["when"].as_str().unwrap_or("always").to_owned(),
            null: flag("null"),
            content: flag("content"),
            span: flag("span"),
        }
    }

    pub fn expected_in(&self, setting: Setting) -> bool {
        let node = setting.node_type;
        let of_node = match self.when.as_str() {
            "always" => true,
            "user" | "nested" => false,
            "model" => MODEL_NODES.contains(&node),
            "plugin" => PLUGIN_NODES.contains(&node),
            "dataset" => node == "knowledge-retrieval",
            other => panic!("when {other}"),
        };
        of_node || setting.everything
    }

    /// Whether the value has the attribute's type; a null has none.
    fn fits(&self, value: &Value, numbers: Numbers) -> bool {
        match self.kind.as_str() {
            "string" => value.is_string(),
            "int" => value.is_i64(),
            "float" if numbers == Numbers::OfOneKind => value.is_number(),
            "float" => value.is_f64(),
            "boolean" => value.is_boolean(),
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

/// `ref:`, what it names and a UUID; none where the event's content is left out instead.
fn is_reference(value: &Value, event: &str, everything: bool) -> bool {
    let kinds = texts(&self::event(event)["reference"]);
    let kind = if everything {
        kinds.first()
    } else {
        kinds.last()
    };
    let prefix = format!("ref:{}=", kind.expect("a kind of reference"));
    let id = value.as_str().and_then(|text| text.strip_prefix(&prefix));
    id.is_some_and(|id| uuid::Uuid::try_parse(id).is_ok_and(|uuid| uuid.to_string() == id))
}

/// Exactly the attributes that belong to it, of their types, null only where that is allowed, content only where it is shown.
#[track_caller]
pub fn assert_complete<'a>(
    event: &str,
    shown: impl IntoIterator<Item = (&'a String, &'a Value)>,
    setting: Setting,
    numbers: Numbers,
) {
    let mut expected = attributes(event);
    let left_out =
        |of: &Attribute| of.content && self::event(event)["reference"] == Value::Array(Vec::new());
    expected.retain(|_, attribute| {
        attribute.expected_in(setting) && (setting.content || !left_out(attribute))
    });
    for (name, value) in shown {
        let attribute = expected
            .remove(name)
            .unwrap_or_else(|| panic!("{event} has {name} = {value}, which does not belong to it"));
        if attribute.content && !setting.content {
            let told = is_reference(value, event, setting.everything);
            assert!(told, "{event} {name} = {value} is no reference");
        } else {
            let allowed = attribute.fits(value, numbers) || value.is_null() && attribute.null;
            assert!(allowed, "{event} {name} = {value}");
        }
    }
    assert!(expected.is_empty(), "{event} lacks {:?}", expected.keys());
}
