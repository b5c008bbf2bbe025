//! Slices of the event log, each event with its source row.

use super::cursor::Cursor;
use super::probes::{Found, Probes};
use super::progress::told_to;
use super::{Stored, run, sources};
use crate::destinations::Filter;
use crate::otlp::record::{EventKind, Micros, Record, Relatives, Source};
use crate::position::Slice;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiClient};
use serde::Deserialize;
use uuid::Uuid;

/// So many ids are looked at in one read: a filter may let few pass, and the worker has other things to do.
const LOOKED_AT: i64 = 20_000;

/// And so many by one query. The planner knows nothing of rows that were written just now, takes them for few, and sorts them
/// all: by the backlog's whole length, each batch would cost more the longer it is.
const WINDOW: i64 = 2_000;

/// What to read of each event, and how much at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// Only events of these kinds; all when empty.
    pub kinds: &'a [EventKind],
    /// Only events of this tenant and app. An event whose row is gone is nobody's then.
    pub filter: Filter,
    pub with_content: bool,
    pub events: usize,
    /// Of text and JSON in source rows.
    pub bytes: usize,
}

/// What was read.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Record>,
    /// Events whose source row is gone or cannot be read, each of its kind if that is known.
    pub orphans: Vec<(i64, Option<EventKind>)>,
    /// Up to this id the slice has been read.
    pub to: i64,
    /// When the newest event read was recorded.
    pub recorded_at: Option<Micros>,
}

/// Reads a slice from its beginning, up to the limits.
///
/// `reader` names the progress row whose `passed_at` lets the read prune partitions: no event above `passed` was recorded
/// more than a day before it.
pub fn read(slice: &Slice, reader: (&str, &str), limits: Limits<'_>) -> Stored<Batch> {
    let (from, to, of, without) = bounds(slice);
    let recent = match slice {
        Slice::Next { .. } => {
            "CASE WHEN p.passed_at > clock_timestamp() THEN '-infinity' ELSE p.passed_at - interval '1 day' END"
        }
        // A skipped transaction may have written long ago.
        Slice::Late { .. } => "'-infinity'::timestamptz",
    };
    let sql = format!(
        "SELECT e.id, e.event, e.trace_id, e.recorded_at, e.source_id, e.source_at, {} AS told \
         FROM dify_observe.events e \
         WHERE e.id > $2 AND e.id <= $3 AND ($4::smallint[] = '{{}}' OR e.event = ANY ($4)) \
           AND ($5 = '' OR e.xid = $5::xid8) AND e.xid <> ALL ($6::xid8[]) \
           AND {} \
         ORDER BY e.id",
        sources::told(),
        told_to("$7", "$8", recent),
    );
    let kinds: Vec<i16> = limits.kinds.iter().map(|kind| *kind as i16).collect();
    let mut batch = Batch {
        records: Vec::new(),
        orphans: Vec::new(),
        to: from,
        recorded_at: None,
    };
    let mut bytes = 0;
    while batch.to < to.min(from + LOOKED_AT) {
        let (begin, end) = (batch.to, to.min(batch.to + WINDOW));
        let args: [DatumWithOid<'_>; 8] = [
            limits.with_content.into(),
            begin.into(),
            end.into(),
            kinds.clone().into(),
            of.clone().into(),
            without.clone().into(),
            reader.0.into(),
            reader.1.into(),
        ];
        let enough = Spi::connect(|client| {
            let mut events = Vec::new();
            let mut cursor = Cursor::open(client, &sql, &args)?;
            while let Some(event) = cursor.next(|row| row.read().map_err(text))? {
                events.push(event);
            }
            batch.fill(client, &events, limits, &mut bytes)
        })?;
        if enough {
            break;
        }
        batch.to = end;
    }
    Ok(batch)
}

/// An event as it stands in the log.
#[derive(Deserialize)]
pub(super) struct Event {
    id: i64,
    event: i16,
    trace_id: Option<String>,
    recorded_at: Micros,
    pub(super) source_id: Uuid,
    pub(super) source_at: Option<Micros>,
    told: Option<String>,
}

impl Event {
    pub(super) fn kind(&self) -> Option<EventKind> {
        EventKind::from_code(self.event)
    }

    fn record(&self, source: Source) -> Option<Record> {
        let trace = self.trace_id.as_deref();
        Some(Record {
            event_id: self.id,
            kind: self.kind()?,
            correlation_id: trace.and_then(|trace| Uuid::parse_str(trace).ok()),
            recorded_at: self.recorded_at,
            source,
            relatives: Relatives::default(),
        })
    }
}

impl Batch {
    /// Takes events until there is enough; false when all were taken.
    ///
    /// An event of an unknown kind, or whose row makes no record, must not hold up what comes behind it: it counts as one whose
    /// row is gone.
    fn fill(
        &mut self,
        client: &SpiClient<'_>,
        events: &[Event],
        limits: Limits<'_>,
        bytes: &mut usize,
    ) -> Stored<bool> {
        let mut probes = Probes::new(client, events, limits);
        for event in events {
            let found = match (event.kind(), &event.told) {
                (None, _) => Found::Nothing,
                (Some(kind), Some(told)) => {
                    *bytes += told.len();
                    match sources::of_told(kind, told, limits.filter) {
                        Ok(Some(source)) => Found::Source(source),
                        Ok(None) => Found::OfOthers,
                        Err(_) => Found::Nothing,
                    }
                }
                (Some(kind), None) => probes.find(kind, bytes)?,
            };
            self.to = event.id;
            self.recorded_at = self.recorded_at.max(Some(event.recorded_at));
            match found {
                Found::Source(source) => self.records.extend(event.record(source)),
                Found::Nothing => self.orphans.push((event.id, event.kind())),
                Found::OfOthers => (),
            }
            if self.records.len() + self.orphans.len() >= limits.events || *bytes >= limits.bytes {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A slice whose last event, the only one in it, cannot be read.
    pub fn unreadable(slice: &Slice) -> Self {
        let to = bounds(slice).1;
        Self {
            records: Vec::new(),
            orphans: vec![(to, None)],
            to,
            recorded_at: None,
        }
    }
}

/// Tells that these events' source rows are gone or cannot be read, once for each.
pub fn report_failures(ids: &[i64], reason: &str) -> Stored<()> {
    run(
        "SELECT dify_observe.report_rehydration_failures($1, $2)",
        &[ids.to_vec().into(), reason.into()],
    )
}

/// A slice as arguments: from, to, the one transaction whose rows are wanted (empty for all), those that are not.
pub(super) fn bounds(slice: &Slice) -> (i64, i64, String, Vec<String>) {
    match slice {
        Slice::Next { from, to, without } => {
            let without = without.iter().map(|skip| skip.xid.to_string()).collect();
            (*from, *to, String::new(), without)
        }
        Slice::Late { xid, from, to } => (*from, *to, xid.to_string(), Vec::new()),
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
