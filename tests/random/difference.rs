//! Pairs what is expected with what was seen, and tells what differs.

use std::collections::{BTreeMap, BTreeSet};

use crate::arrived::Record;
use crate::attributes::Fields;

/// What was expected, and the statement that logged it.
pub type Wanted = (Fields, String);

/// Each is expected once and seen once. One line of a kind of difference, with an example and how often it was met.
#[derive(Default)]
pub struct Differences {
    kinds: BTreeMap<String, (usize, String)>,
}

impl Differences {
    pub fn note(&mut self, kind: String, example: impl FnOnce() -> String) {
        let entry = self.kinds.entry(kind).or_insert_with(|| (0, example()));
        entry.0 += 1;
    }

    #[track_caller]
    pub fn none(self, story: &str) {
        if self.kinds.is_empty() {
            return;
        }
        let count = self.kinds.len();
        let lines: Vec<String> = self
            .kinds
            .into_iter()
            .map(|(kind, (times, example))| {
                format!("{kind} ({times} times)\n  {}", shortened(&example, 2_500))
            })
            .collect();
        panic!(
            "{story}: {count} kinds of differences\n{}",
            lines.join("\n")
        );
    }

    pub fn compare(&mut self, what: &str, wanted: Vec<Wanted>, seen: Vec<Record>) {
        let name = |event: Option<String>| event.unwrap_or_default();
        let mut by_event: BTreeMap<String, (Vec<Wanted>, Vec<Record>)> = BTreeMap::new();
        for one in wanted {
            let event = one
                .0
                .get("(event)")
                .or(one.0.get("(name)"))
                .map(|it| format!("{it:?}"));
            by_event.entry(name(event)).or_default().0.push(one);
        }
        for one in seen {
            let event = one
                .get("(event)")
                .or(one.get("(name)"))
                .map(|it| format!("{it:?}"));
            by_event.entry(name(event)).or_default().1.push(one);
        }
        for (event, (wanted, seen)) in by_event {
            self.paired(&format!("{what} {event}"), wanted, seen);
        }
    }

    /// First those that agree, then each with the nearest that is left.
    fn paired(&mut self, what: &str, wanted: Vec<Wanted>, mut seen: Vec<Record>) {
        let mut open = Vec::new();
        for one in wanted {
            match seen
                .iter()
                .position(|record| wrong(&one.0, record).is_empty())
            {
                Some(at) => {
                    seen.swap_remove(at);
                }
                None => open.push(one),
            }
        }
        for (fields, statement) in open {
            let nearest = (0..seen.len()).min_by_key(|at| wrong(&fields, &seen[*at]).len());
            let Some(at) = nearest else {
                self.note(format!("{what}: never arrived"), || {
                    format!("{fields:?}\n  {statement}")
                });
                continue;
            };
            let record = seen.swap_remove(at);
            let names = wrong(&fields, &record);
            for name in names {
                self.note(format!("{what}: {name}"), || {
                    let (wanted, seen) = (fields.get(&name), record.get(&name));
                    let [wanted, seen] =
                        [format!("{wanted:?}"), format!("{seen:?}")].map(|it| shortened(&it, 400));
                    format!("expected {wanted}\n  seen     {seen}\n  {statement}")
                });
            }
        }
        for record in seen {
            self.note(format!("{what}: one too many"), || format!("{record:?}"));
        }
    }
}

fn wrong(wanted: &Fields, seen: &Record) -> Vec<String> {
    let names: BTreeSet<&String> = wanted.keys().chain(seen.keys()).collect();
    names
        .into_iter()
        .filter(|name| match (wanted.get(*name), seen.get(*name)) {
            (Some(wanted), Some(seen)) => !wanted.admits(seen),
            _ => true,
        })
        .cloned()
        .collect()
}

fn shortened(text: &str, enough: usize) -> String {
    match text.char_indices().nth(enough) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
