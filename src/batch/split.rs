//! The events of a batch by their names.

use super::scan::{Parts, members, text};
use std::collections::HashSet;
use uuid::Uuid;

/// The events of one name.
#[derive(Debug, PartialEq)]
pub struct Kind<'a> {
    /// `dify.app` for all that happens to apps; `None` for what is no object, or has no `event`.
    pub name: Option<String>,
    /// As they were written, in their order.
    pub events: Vec<&'a str>,
    /// Whether any of them has an id.
    pub identified: bool,
    /// Whether two of them have the same.
    pub repeats: bool,
}

/// Splits an array of events, kinds in the order in which they first appear.
pub fn split(batch: &str) -> Vec<Kind<'_>> {
    let mut kinds: Vec<(Kind<'_>, HashSet<Uuid>)> = Vec::new();
    for event in Parts::of(batch).into_iter().flatten() {
        let (mut name, mut id, mut identified) = (None, None, false);
        for (key, value) in members(event) {
            match key {
                "\"event\"" => name = text(value),
                "\"id\"" => {
                    identified = value != "null";
                    id = text(value).and_then(|id| Uuid::parse_str(&id).ok());
                }
                _ => {}
            }
        }
        // What happens to an app is told in its order, whatever it is.
        if name
            .as_deref()
            .is_some_and(|name| name.starts_with("dify.app."))
        {
            name = Some("dify.app".into());
        }
        let known = kinds
            .iter_mut()
            .position(|(kind, _)| kind.name.as_deref() == name.as_deref());
        let place = known.unwrap_or_else(|| {
            let kind = Kind {
                name: name.map(|name| name.into_owned()),
                events: Vec::new(),
                identified: false,
                repeats: false,
            };
            kinds.push((kind, HashSet::new()));
            kinds.len() - 1
        });
        if let Some((kind, ids)) = kinds.get_mut(place) {
            kind.events.push(event);
            kind.identified |= identified;
            kind.repeats |= id.is_some_and(|id| !ids.insert(id));
        }
    }
    kinds.into_iter().map(|(kind, _)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_grouped_by_name_in_their_order() {
        let batch = r#"[{"event": "a", "n": 1}, {"event": "b"}, 7, {"n": 2, "event": "a"}, {"event": null}, []]"#;
        let kinds = split(batch);
        let seen: Vec<_> = kinds
            .iter()
            .map(|kind| (kind.name.as_deref(), kind.events.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (
                    Some("a"),
                    vec![r#"{"event": "a", "n": 1}"#, r#"{"n": 2, "event": "a"}"#]
                ),
                (Some("b"), vec![r#"{"event": "b"}"#]),
                (None, vec!["7", r#"{"event": null}"#, "[]"]),
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
        assert_eq!(
            names,
            [
                (Some("dify.app".to_owned()), 2),
                (Some("dify.application".to_owned()), 1)
            ]
        );
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
        assert!(repeats(&[event("a", id), event("a", &id.to_uppercase())]));
        assert!(repeats(&[event("a", id), event("a", &id.replace('-', ""))]));
        assert!(!repeats(&[event("a", id), event("b", id)]));
        assert!(!repeats(&[event("a", "no id"), event("a", "no id")]));
        assert!(split(&format!("[{}]", event("a", "no id")))[0].identified);
        assert!(!repeats(&[
            r#"{"event": "a", "id": null}"#.to_owned(),
            r#"{"event": "a", "id": null}"#.to_owned()
        ]));
    }
}
