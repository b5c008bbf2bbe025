//! Slices of the event log as what they count for.

use super::events::bounds;
use super::measured::{self, SOURCES};
use super::{Stored, optional, required, rows};
use crate::metrics::Measurement;
use crate::otlp::record::{EventKind, Micros};
use crate::position::Slice;
use crate::rollups::Charted;
use pgrx::datum::DatumWithOid;
use pgrx::spi::Spi;

/// A condition on `events e`: those of a slice.
const OF_SLICE: &str =
    "e.id > $1 AND e.id <= $2 AND ($3 = '' OR e.xid = $3::xid8) AND e.xid <> ALL ($4::xid8[])";

/// Which events are read, by when they were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// By this installation.
    Here,
    /// Before it: a dump brought them.
    Elsewhere,
}

impl Recorded {
    /// A condition on `events e`.
    fn condition(self) -> String {
        let than = match self {
            Recorded::Here => ">=",
            Recorded::Elsewhere => "<",
        };
        format!(
            "{OF_SLICE} AND e.recorded_at {than} (SELECT i.since FROM dify_observe.installation i)"
        )
    }
}

/// The first events of a slice.
#[derive(Debug)]
pub struct Part {
    /// The slice's own end when there are no more.
    pub end: i64,
    pub events: usize,
    /// One bit for each kind that is there, by its code.
    kinds: i32,
}

impl Part {
    pub fn has(&self, kinds: &[EventKind]) -> bool {
        kinds
            .iter()
            .any(|kind| self.kinds & (1 << *kind as i32) != 0)
    }
}

fn args<'mcx>(slice: &Slice) -> [DatumWithOid<'mcx>; 4] {
    let (from, to, of, without) = bounds(slice);
    [from.into(), to.into(), of.into(), without.into()]
}

/// The first `most` events of a slice.
pub fn part(slice: &Slice, recorded: Recorded, most: i64) -> Stored<Part> {
    let [from, to, of, without] = args(slice);
    let found = rows(
        &format!(
            "SELECT count(*), max(f.id), bit_or(1 << f.event) FROM \
             (SELECT e.id, e.event FROM dify_observe.events e WHERE {} ORDER BY e.id LIMIT $5) f",
            recorded.condition()
        ),
        &[from, to, of, without, most.into()],
        |row| {
            let events: i64 = required(row, 1)?;
            let end = optional(row, 2)?.filter(|_| events == most);
            Ok(Part {
                end: end.unwrap_or(bounds(slice).1),
                events: usize::try_from(events).unwrap_or_default(),
                kinds: optional(row, 3)?.unwrap_or_default(),
            })
        },
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "no events were counted".to_owned())
}

/// An event with what it counts for.
pub struct Counted<'a> {
    pub recorded_at: Micros,
    pub measurement: Measurement<'a>,
    /// Where charts are drawn of such events.
    pub charted: Option<Charted<'a>>,
}

/// Tells what the events of a slice count for, of which `part` says what is there; those whose row is gone, for nothing.
pub fn read(
    slice: &Slice,
    recorded: Recorded,
    part: &Part,
    mut tell: impl FnMut(&Counted<'_>),
) -> Stored<()> {
    Spi::connect(|client| {
        let (condition, args) = (recorded.condition(), args(slice));
        for source in SOURCES.iter().filter(|source| part.has(source.kinds)) {
            source.read(client, &condition, &args, &mut tell)?;
        }
        if part.has(measured::WITHOUT_ROW) {
            measured::read_told(client, &condition, &args, &mut tell)?;
        }
        Ok(())
    })
}
