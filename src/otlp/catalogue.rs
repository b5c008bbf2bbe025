//! The catalogue of events, for the tests that hold the code against it.

use super::record::EventKind;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct Catalogue {
    resource: Vec<Named>,
    scope: String,
    pub events: Vec<Event>,
    pub metrics: Vec<Metric>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
pub struct Event {
    pub name: String,
    code: i16,
    pub signal: String,
    span: bool,
    /// Ids that stand in for content, the first known one; empty when content is left out, none without content.
    pub reference: Option<Vec<String>>,
    pub attributes: Vec<Attribute>,
    pub metrics: Vec<Counted>,
}

#[derive(Deserialize)]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub value_type: String,
    pub when: String,
    pub nullable: bool,
    pub content: bool,
    pub span: bool,
    /// The column that is shown as it is.
    pub from: Option<String>,
}

/// What an event adds to a metric.
#[derive(Deserialize)]
pub struct Counted {
    pub name: String,
    pub adds: String,
    pub fixed: BTreeMap<String, String>,
    pub labels: Vec<String>,
    /// Labels that are there only where a text like `node_type is tool or loop` holds.
    #[serde(default)]
    pub conditional_labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub struct Metric {
    pub name: String,
    pub unit: String,
    pub kind: String,
}

impl Catalogue {
    pub fn read() -> Self {
        serde_json::from_str(include_str!("../../catalogue.json")).unwrap()
    }
}

impl Event {
    pub fn kind(&self) -> EventKind {
        EventKind::from_code(self.code).unwrap_or_else(|| panic!("{} has no kind", self.name))
    }
}

#[test]
fn every_kind_of_event_is_in_the_catalogue_under_its_code() {
    let catalogue = Catalogue::read();
    let mut listed: Vec<_> = catalogue
        .events
        .iter()
        .map(|event| (event.code, &*event.name, event.span))
        .collect();
    listed.sort_unstable();
    let known = EventKind::ALL.map(|kind| (kind as i16, kind.name(), kind.has_span()));
    assert_eq!(listed, known);
}

#[test]
fn resource_and_scope_are_those_of_the_catalogue() {
    let catalogue = Catalogue::read();
    let listed: Vec<_> = catalogue.resource.iter().map(|one| &*one.name).collect();
    let resource = super::sample::sender().message();
    let sent: Vec<_> = resource.attributes.iter().map(|one| &*one.key).collect();
    assert_eq!(sent, listed);
    assert_eq!(super::scope().name, catalogue.scope);
}
