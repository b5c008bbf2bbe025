//! The source rows of some events: looked up table by table, given out in the order of the events.

use super::Stored;
use super::cursor::Cursor;
use super::events::{Event, Limits};
use super::row::Row;
use super::sources::{self, TABLES, Table};
use super::value::EPOCHS_APART;
use crate::otlp::record::{EventKind, Source};
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::spi::SpiClient;
use serde::Deserialize;

/// What an event makes.
pub enum Found {
    Source(Source),
    /// Its row is gone, or makes no record.
    Nothing,
    /// The filter keeps it out.
    OfOthers,
}

pub struct Probes<'a, 'client> {
    client: &'a SpiClient<'client>,
    events: &'a [Event],
    limits: Limits<'a>,
    begun: [Option<Probe<'client>>; TABLES.len()],
}

/// The rows of one table.
struct Probe<'client> {
    cursor: Cursor<'client>,
    /// So many events of this table have been asked for.
    asked: i64,
    /// What was read last, with its number, until that is asked for.
    ahead: Option<(i64, Found)>,
}

/// What stands before a row's columns.
#[derive(Deserialize)]
struct Head {
    number: i64,
    wanted: bool,
}

impl<'a, 'client> Probes<'a, 'client> {
    pub fn new(client: &'a SpiClient<'client>, events: &'a [Event], limits: Limits<'a>) -> Self {
        Self {
            client,
            events,
            limits,
            begun: Default::default(),
        }
    }

    /// What the next of the events with a row in this kind's table makes; `bytes` grows by what is read.
    pub fn find(&mut self, kind: EventKind, bytes: &mut usize) -> Stored<Found> {
        let at = TABLES.iter().position(|table| table.kinds.contains(&kind));
        let Some((table, begun)) = at.and_then(|at| TABLES.get(at).zip(self.begun.get_mut(at)))
        else {
            return Ok(Found::Nothing);
        };
        let probe = match begun {
            Some(probe) => probe,
            none => none.insert(Probe {
                cursor: open(table, self.client, self.events, &self.limits)?,
                asked: 0,
                ahead: None,
            }),
        };
        probe.asked += 1;
        if probe.ahead.is_none() {
            probe.ahead = probe.cursor.next(|row| read(kind, row, bytes))?;
        }
        match probe.ahead.take_if(|(number, _)| *number == probe.asked) {
            Some((_, found)) => Ok(found),
            // Whose it was cannot be told any more.
            None if self.limits.filter.is_open() => Ok(Found::Nothing),
            None => Ok(Found::OfOthers),
        }
    }
}

fn open<'client>(
    table: &Table,
    client: &SpiClient<'client>,
    events: &[Event],
    limits: &Limits<'_>,
) -> Stored<Cursor<'client>> {
    let of_table = |event: &&Event| event.kind().is_some_and(|kind| table.kinds.contains(&kind));
    let mut ids = Vec::new();
    let mut times = Vec::new();
    for event in events.iter().filter(of_table) {
        ids.push(uuid(event.source_id));
        let time = event.source_at.map(|at| at - EPOCHS_APART);
        times.push(time.and_then(|at| TimestampWithTimeZone::try_from(at).ok()));
    }
    let args: [DatumWithOid<'_>; 5] = [
        ids.into(),
        times.into(),
        limits.with_content.into(),
        limits.filter.tenant_id.map(uuid).into(),
        limits.filter.app_id.map(uuid).into(),
    ];
    Cursor::open(client, &table.query(), &args)
}

/// A row with the number of its event. One that makes no record must not hold up what comes behind it.
fn read(kind: EventKind, row: &mut Row<'_>, bytes: &mut usize) -> Stored<(i64, Found)> {
    let head: Head = row.read().map_err(|error| error.to_string())?;
    if !head.wanted {
        return Ok((head.number, Found::OfOthers));
    }
    let found = sources::of_row(kind, row).map_or(Found::Nothing, Found::Source);
    *bytes += row.bytes;
    Ok((head.number, found))
}

fn uuid(id: uuid::Uuid) -> pgrx::Uuid {
    pgrx::Uuid::from_bytes(id.into_bytes())
}
