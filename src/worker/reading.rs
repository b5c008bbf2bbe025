//! Reading a batch: for one signal, or for both signals of a destination that stand at the same place.

use super::batch::{Batch, Read};
use super::destination::Destination;
use super::session::Session;
use super::shelf::Shelf;
use crate::delivery::family;
use crate::otlp::record::{EventKind, Micros};
use crate::otlp::sampling;
use crate::otlp::signal::Signal;
use crate::position::Slice;
use crate::store::events::{self, Limits};
use crate::store::measurements::{self, Recorded};
use crate::store::{ancestors, relatives};
use std::time::{SystemTime, UNIX_EPOCH};

const GONE: &str = "not found in database";

const MOST_EVENTS: usize = 2048;
/// Of source rows; what is sent is of the same order. A gRPC receiver takes 4 MiB unless told otherwise.
const MOST_BYTES: usize = 2 << 20;

/// How events are read: with care where something cannot be read.
#[derive(Default)]
pub struct Reading {
    /// A read failed over its data: the next ones, so many, take one event each, and pass over the one that cannot be read.
    careful: usize,
}

impl Reading {
    /// Reads a slice from its beginning. `shelf` is where the destination's other signal may have put it, and where it is put
    /// for that when it `follows`.
    pub fn read(
        &mut self,
        session: Session,
        slice: Slice,
        reader: (&str, Signal),
        destination: &Destination,
        (shelf, follows): (&mut Shelf, bool),
    ) -> Result<Batch, String> {
        let kinds = kinds(reader.1, destination);
        let (reason, mut read) = match shelf.take(&slice) {
            Some(read) if self.careful == 0 => (GONE, read.only(kinds)),
            _ if follows && self.careful == 0 => {
                let (reason, read) = self.read_log(session, &slice, reader, destination, true)?;
                shelf.put(&slice, &read);
                (reason, read.only(kinds))
            }
            _ => self.read_log(session, &slice, reader, destination, false)?,
        };
        if reader.1 == Signal::Traces {
            // Every record is then a span: a part of a batch always says something to the peer.
            let rate = destination.rendering.sampling_rate;
            read.records.retain(|record| {
                record
                    .correlation_id
                    .is_some_and(|id| sampling::keep(id, rate))
            });
        }
        let waiting = family::first_waiting(&read.records, now());
        if let Some((at, first)) = waiting.and_then(|at| Some((at, read.records.get(at)?))) {
            read.to = first.event_id - 1;
            read.records.truncate(at);
            let recorded = read.records.iter().map(|record| record.recorded_at);
            read.recorded_at = recorded.max();
        }
        Ok(Batch {
            slice,
            read,
            reason,
            waits: waiting.is_some(),
        })
    }

    /// What was read, and why what is passed over is. `for_both`: what either signal needs.
    fn read_log(
        &mut self,
        session: Session,
        slice: &Slice,
        (key, signal): (&str, Signal),
        destination: &Destination,
        for_both: bool,
    ) -> Result<(&'static str, Read), String> {
        let reader = (key, signal.name());
        let traces = signal == Signal::Traces;
        let profile = destination.rendering.profile;
        let limits = Limits {
            kinds: if for_both {
                &[]
            } else {
                kinds(signal, destination)
            },
            filter: destination.filter,
            with_content: (!traces || for_both || profile.tells_all())
                && destination.rendering.include_content,
            events: MOST_EVENTS,
            bytes: MOST_BYTES,
        };
        let part = if self.careful > 0 {
            let first = session.transaction(|| measurements::first(slice, Recorded::Here))?;
            slice.up_to(first.unwrap_or(slice.end()))
        } else {
            slice.clone()
        };
        let read = || {
            let mut read = events::read(&part, reader, limits)?;
            if traces && profile.tells_all() {
                relatives::look_up(&mut read.records)?;
            }
            let filter = destination.filter;
            let drops = profile.drops_orphans();
            if traces && profile.tells_all() && (drops || !filter.is_open()) {
                ancestors::look_up(&mut read.records, reader, filter, drops)?;
            }
            Ok(read)
        };
        match session.transaction(read) {
            Ok(read) => {
                self.careful = self.careful.saturating_sub(1);
                Ok((GONE, read.into()))
            }
            Err(why) if !is_data_fault(&why) => Err(why),
            Err(_) if self.careful > 0 => {
                self.careful = 0;
                Ok(("cannot be read", events::Batch::unreadable(&part).into()))
            }
            Err(why) => {
                self.careful = MOST_EVENTS;
                Err(why)
            }
        }
    }
}

/// Of what events a signal tells; all when empty.
fn kinds(signal: Signal, destination: &Destination) -> &'static [EventKind] {
    if signal == Signal::Traces {
        destination.rendering.profile.span_kinds()
    } else {
        &[]
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
