//! Slices of the event log as what they count for.

use super::events::bounds;
use super::measured::{self, SOURCES};
use super::{Stored, plans, required, rows};
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

/// What is there of a slice.
#[derive(Debug)]
pub struct Content {
    events: i64,
    /// One bit for each kind, by its code.
    kinds: i32,
}

impl Content {
    fn has(&self, kinds: &[EventKind]) -> bool {
        kinds
            .iter()
            .any(|kind| self.kinds & (1 << *kind as i32) != 0)
    }
}

fn args<'mcx>(slice: &Slice) -> [DatumWithOid<'mcx>; 4] {
    let (from, to, of, without) = bounds(slice);
    [from.into(), to.into(), of.into(), without.into()]
}

/// The id of the first event of a slice.
pub fn first(slice: &Slice, recorded: Recorded) -> Stored<Option<i64>> {
    let found = rows(
        &format!(
            "SELECT e.id FROM dify_observe.events e WHERE {} ORDER BY e.id LIMIT 1",
            recorded.condition()
        ),
        &args(slice),
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next())
}

/// The part of a slice with its first `most` ids, and what is there. By ids, as the planner, which knows nothing of rows that were
/// written just now, would sort the whole slice for its first events. Where no event has these ids, the part goes to the next one.
pub fn part(slice: &Slice, recorded: Recorded, most: i64) -> Stored<(Slice, Content)> {
    let part = slice.first(most);
    let content = content(&part, recorded)?;
    if content.events > 0 || part == *slice {
        return Ok((part, content));
    }
    let end = first(slice, recorded)?.map_or(slice.end(), |id| id - 1);
    Ok((slice.up_to(end), content))
}

fn content(slice: &Slice, recorded: Recorded) -> Stored<Content> {
    let found = plans::write(
        &format!(
            "SELECT count(*), coalesce(bit_or(1 << e.event), 0) FROM dify_observe.events e WHERE {}",
            recorded.condition()
        ),
        &args(slice),
        |row| {
            Ok(Content {
                events: required(row, 1)?,
                kinds: required(row, 2)?,
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

/// Tells what the events of a slice with this content count for; those whose row is gone, for nothing.
pub fn read(
    slice: &Slice,
    recorded: Recorded,
    content: &Content,
    mut tell: impl FnMut(&Counted<'_>),
) -> Stored<()> {
    Spi::connect(|client| {
        let (condition, args) = (recorded.condition(), args(slice));
        for source in SOURCES.iter().filter(|source| content.has(source.kinds)) {
            source.read(client, &condition, &args, &mut tell)?;
        }
        if content.has(measured::WITHOUT_ROW) {
            measured::read_told(client, &condition, &args, &mut tell)?;
        }
        Ok(())
    })
}
