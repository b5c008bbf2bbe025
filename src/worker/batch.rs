//! A batch of events, read from the log.

use super::destination::Destination;
use super::session::Session;
use crate::delivery::family;
use crate::otlp::record::{Micros, Record};
use crate::otlp::sampling;
use crate::otlp::signal::Signal;
use crate::position::{Position, Slice};
use crate::store::events::{self, Limits};
use crate::store::{ancestors, measurements, relatives};
use std::time::{SystemTime, UNIX_EPOCH};

const MOST_EVENTS: usize = 2048;
/// Of source rows; what is sent is of the same order. A gRPC receiver takes 4 MiB unless told otherwise.
const MOST_BYTES: usize = 2 << 20;

/// What is sent, and what is settled with it.
pub struct Batch {
    pub slice: Slice,
    /// Those that make something to be sent.
    pub records: Vec<Record>,
    /// The slice was read up to this id.
    to: i64,
    recorded_at: Option<Micros>,
    /// What is passed over, and why.
    orphans: Vec<i64>,
    pub reason: &'static str,
    /// What comes behind it waits for others of its trace.
    waits: bool,
}

impl Batch {
    /// Whether nothing can be sent before others of a trace have come.
    pub fn only_waits(&self) -> bool {
        self.waits && self.records.is_empty()
    }

    /// The event up to which all is settled when the first `records` are, and when that was recorded.
    pub fn reached(&self, records: usize) -> (i64, Option<Micros>) {
        match self.records.get(records) {
            Some(next) => {
                let before = self.records.iter().take(records);
                let recorded_at = before.map(|record| record.recorded_at).max();
                (next.event_id - 1, recorded_at)
            }
            None => (self.to, self.recorded_at),
        }
    }

    /// Events to be passed over up to an id, beyond what was settled before.
    pub fn orphans_before(&self, position: &Position, to: i64) -> Vec<i64> {
        let late = matches!(self.slice, Slice::Late { .. });
        let from = if late { 0 } else { position.passed };
        let orphans = self.orphans.iter().copied();
        orphans.filter(|id| *id > from && *id <= to).collect()
    }
}

/// How events are read: with care where something cannot be read.
#[derive(Default)]
pub struct Reading {
    /// A read failed over its data: the next ones, so many, take one event each, and pass over the one that cannot be read.
    careful: usize,
}

impl Reading {
    pub fn read(
        &mut self,
        session: Session,
        slice: Slice,
        reader: (&str, &str),
        signal: Signal,
        destination: &Destination,
    ) -> Result<Batch, String> {
        let traces = signal == Signal::Traces;
        let profile = destination.rendering.profile;
        let limits = Limits {
            kinds: if traces { profile.span_kinds() } else { &[] },
            filter: destination.filter,
            with_content: (!traces || profile.tells_all()) && destination.rendering.include_content,
            events: MOST_EVENTS,
            bytes: MOST_BYTES,
        };
        let part = if self.careful > 0 {
            slice.up_to(session.transaction(|| measurements::end(&slice, 1))?)
        } else {
            slice.clone()
        };
        let mut reason = "not found in database";
        let read = || {
            let mut read = events::read(&part, reader, limits)?;
            if traces && profile.tells_all() {
                relatives::look_up(&mut read.records)?;
            }
            if traces && profile.drops_orphans() {
                ancestors::look_up(&mut read.records, reader, destination.filter)?;
            }
            Ok(read)
        };
        let read = match session.transaction(read) {
            Ok(read) => {
                self.careful = self.careful.saturating_sub(1);
                read
            }
            Err(why) if !is_data_fault(&why) => return Err(why),
            Err(_) if self.careful > 0 => {
                self.careful = 0;
                reason = "cannot be read";
                events::Batch::unreadable(&part)
            }
            Err(why) => {
                self.careful = MOST_EVENTS;
                return Err(why);
            }
        };
        let (mut records, mut to, mut recorded_at) = (read.records, read.to, read.recorded_at);
        if traces {
            // Every record is then a span: a part of a batch always says something to the peer.
            let rate = destination.rendering.sampling_rate;
            records.retain(|record| {
                record
                    .correlation_id
                    .is_some_and(|id| sampling::keep(id, rate))
            });
        }
        let waiting = family::first_waiting(&records, now());
        if let Some((at, first)) = waiting.and_then(|at| Some((at, records.get(at)?))) {
            to = first.event_id - 1;
            records.truncate(at);
            recorded_at = records.iter().map(|record| record.recorded_at).max();
        }
        Ok(Batch {
            slice,
            records,
            to,
            recorded_at,
            orphans: read.orphans,
            reason,
            waits: waiting.is_some(),
        })
    }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
    })
}

/// Whether a read failed over what is stored, so that it would fail again: a value that cannot be converted, or too much
/// for the memory.
fn is_data_fault(why: &str) -> bool {
    ["22", "53200", "54", "XX000"]
        .iter()
        .any(|class| why.contains(&format!("(SQLSTATE {class}")))
}
