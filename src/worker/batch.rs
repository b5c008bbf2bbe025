//! A batch of events, read from the log.

use crate::otlp::record::{EventKind, Micros, Record};
use crate::position::{Position, Slice};
use crate::store::events;
use std::rc::Rc;

/// What a read brought, for one signal or for both.
#[derive(Clone)]
pub struct Read {
    pub records: Vec<Rc<Record>>,
    /// What is passed over, each of its kind if that is known.
    pub orphans: Vec<(i64, Option<EventKind>)>,
    /// Up to this id the slice has been read.
    pub to: i64,
    pub recorded_at: Option<Micros>,
}

impl Read {
    /// Without those of other kinds, unless the list is empty.
    pub fn only(mut self, kinds: &[EventKind]) -> Self {
        if !kinds.is_empty() {
            let wanted = |kind: &EventKind| kinds.contains(kind);
            self.records.retain(|record| wanted(&record.kind));
            self.orphans
                .retain(|(_, kind)| kind.as_ref().is_some_and(wanted));
        }
        self
    }
}

impl From<events::Batch> for Read {
    fn from(batch: events::Batch) -> Self {
        Self {
            records: batch.records.into_iter().map(Rc::new).collect(),
            orphans: batch.orphans,
            to: batch.to,
            recorded_at: batch.recorded_at,
        }
    }
}

/// What is sent, and what is settled with it.
pub struct Batch {
    pub slice: Slice,
    /// Its records make something to be sent.
    pub read: Read,
    /// Why the orphans are passed over.
    pub reason: &'static str,
    /// What comes behind it waits for others of its trace.
    pub waits: bool,
}

impl Batch {
    /// Whether nothing can be sent before others of a trace have come.
    pub fn only_waits(&self) -> bool {
        self.waits && self.read.records.is_empty()
    }

    /// The event up to which all is settled when the first `records` are, and when that was recorded.
    pub fn reached(&self, records: usize) -> (i64, Option<Micros>) {
        match self.read.records.get(records) {
            Some(next) => {
                let before = self.read.records.iter().take(records);
                let recorded_at = before.map(|record| record.recorded_at).max();
                (next.event_id - 1, recorded_at)
            }
            None => (self.read.to, self.read.recorded_at),
        }
    }

    /// Events to be passed over up to an id, beyond what was settled before.
    pub fn orphans_before(&self, position: &Position, to: i64) -> Vec<i64> {
        let late = matches!(self.slice, Slice::Late { .. });
        let from = if late { 0 } else { position.passed };
        let orphans = self.read.orphans.iter().map(|(id, _)| *id);
        orphans.filter(|id| *id > from && *id <= to).collect()
    }
}
