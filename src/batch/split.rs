//! The events of a batch by their names.

use super::scan::{Parts, members, text};
use crate::otlp::record::EventKind;
use std::collections::HashSet;
use uuid::Uuid;

/// The events of one name.
#[derive(Debug, PartialEq)]
pub struct Kind<'a> {
    /// `dify.app` for all that happens to apps, whose order matters; `None` for what is no object, or has no known name.
    pub name: Option<&'static str>,
    /// As they were written, in their order.
    pub events: Vec<&'a str>,
    /// Whether any of them has an id.
    pub identified: bool,
    /// Whether two of them have the same, or may have.
    pub repeats: bool,
}

/// Splits an array of events, kinds in the order in which they first appear.
pub fn split(batch: &str) -> Vec<Kind<'_>> {
    let mut kinds: Vec<(Kind<'_>, HashSet<Uuid>)> = Vec::new();
    for event in Parts::of(batch).into_iter().flatten() {
        let (mut name, mut id) = (None, None);
        for (key, value) in members(event) {
            match key {
                "\"event\"" => name = known_name(value),
                "\"id\"" => {
                    id = text(value).map(|id| Uuid::parse_str(&id).ok());
                }
                _ => {}
            }
        }
        let known = kinds.iter().position(|(kind, _)| kind.name == name);
        let place = known.unwrap_or_else(|| {
            let kind = Kind {
                name,
                events: Vec::new(),
                identified: false,
                repeats: false,
            };
            kinds.push((kind, HashSet::new()));
            kinds.len() - 1
        });
        if let Some((kind, ids)) = kinds.get_mut(place) {
            kind.events.push(event);
            kind.identified |= id.is_some();
            // An id that only Postgres can read may be any: let it look.
            kind.repeats |= id.is_some_and(|id| id.is_none_or(|id| !ids.insert(id)));
        }
    }
    kinds.into_iter().map(|(kind, _)| kind).collect()
}

/// So few that kinds may be looked for one by one, whatever a batch says.
fn known_name(value: &str) -> Option<&'static str> {
    let name = text(value)?;
    let known = EventKind::ALL.into_iter().map(EventKind::name);
    match known.into_iter().find(|known| *known == name)? {
        app if app.starts_with("dify.app.") => Some("dify.app"),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_grouped_by_name_in_their_order() {
        let batch = r#"[{"event": "dify.message.run", "n": 1}, {"event": "b"}, 7, {"n": 2, "event": "dify.message.run"}, {"event": null}, []]"#;
        let kinds = split(batch);
        let seen: Vec<_> = kinds
            .iter()
            .map(|kind| (kind.name, kind.events.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (
                    Some("dify.message.run"),
                    vec![
                        r#"{"event": "dify.message.run", "n": 1}"#,
                        r#"{"n": 2, "event": "dify.message.run"}"#
                    ]
                ),
                (
                    None,
                    vec![r#"{"event": "b"}"#, "7", r#"{"event": null}"#, "[]"]
                ),
            ]
        );
        assert!(kinds.iter().all(|kind| !kind.identified));
        assert_eq!(split("[]"), []);
    }

    #[test]
    fn what_happens_to_apps_stays_together() {
        let batch = r#"[{"event": "dify.app.deleted"}, {"event": "dify.app.created"}, {"event": "dify.application"}]"#;
        let names: Vec<_> = split(batch)
            .into_iter()
            .map(|kind| (kind.name, kind.events.len()))
            .collect();
        assert_eq!(names, [(Some("dify.app"), 2), (None, 1)]);
    }

    #[test]
    fn an_id_is_repeated_within_its_kind_however_it_is_written() {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let event =
            |name: &str, id: &str| format!(r#"{{"event": "{name}", "id": "{id}", "x": "{id}"}}"#);
        let repeats = |events: &[String]| {
            split(&format!("[{}]", events.join(",")))
                .iter()
                .any(|kind| kind.repeats)
        };
        assert!(repeats(&[
            event("dify.message.run", id),
            event("dify.message.run", &id.to_uppercase())
        ]));
        assert!(repeats(&[
            event("dify.message.run", id),
            event("dify.message.run", &id.replace('-', ""))
        ]));
        assert!(!repeats(&[
            event("dify.message.run", id),
            event("dify.tool.execution", id)
        ]));
        assert!(repeats(&[event(
            "dify.message.run",
            "550e8400-e29b41d4-a7164466-55440000"
        )]));
        assert!(split(&format!("[{}]", event("dify.message.run", "no id")))[0].identified);
        assert!(!repeats(&[
            r#"{"event": "dify.message.run", "id": null}"#.to_owned(),
            r#"{"event": "dify.message.run", "id": null}"#.to_owned()
        ]));
    }
}
