//! Slices of the event log, each event with its source row.

use super::plans::planned;
use super::progress::told_to;
use super::{Stored, optional, owners, required, run, sources};
use crate::destinations::Filter;
use crate::otlp::record::{EventKind, Micros, Record, Relatives, Source};
use crate::position::Slice;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiHeapTupleData};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Rows are taken from the cursor this many at a time, so that a few huge payloads do not fill the memory: how large the next
/// are is not known, and one may become three times as large on its way.
const FETCH: i64 = 4;

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
    /// Of source rows, as JSON text.
    pub bytes: usize,
}

/// What was read.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Record>,
    /// Events whose source row is gone or cannot be read.
    pub orphans: Vec<i64>,
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
    let source = sources::of_event();
    let source = if limits.filter.is_open() {
        format!("{source}, $9 || $10")
    } else {
        format!("CASE WHEN {} THEN {source} ELSE '' END", owners::of_event())
    };
    let sql = format!(
        "SELECT e.id, e.event, e.trace_id, (extract(epoch FROM e.recorded_at) * 1000000)::bigint, {source} \
         FROM dify_observe.events e \
         WHERE e.id > $1 AND e.id <= $2 AND ($3::smallint[] = '{{}}' OR e.event = ANY ($3)) \
           AND ($5 = '' OR e.xid = $5::xid8) AND e.xid <> ALL ($6::xid8[]) \
           AND {} \
         ORDER BY e.id",
        told_to("$7", "$8", recent),
    );
    let kinds: Vec<i16> = limits.kinds.iter().map(|kind| *kind as i16).collect();
    let [tenant, app] = limits.filter.texts();
    let mut batch = Batch {
        records: Vec::new(),
        orphans: Vec::new(),
        to: from,
        recorded_at: None,
    };
    let mut bytes = 0;
    while batch.to < to.min(from + LOOKED_AT) {
        let (begin, end) = (batch.to, to.min(batch.to + WINDOW));
        let args: [DatumWithOid<'_>; 10] = [
            begin.into(),
            end.into(),
            kinds.clone().into(),
            limits.with_content.into(),
            of.clone().into(),
            without.clone().into(),
            reader.0.into(),
            reader.1.into(),
            tenant.clone().into(),
            app.clone().into(),
        ];
        if batch.fill(&sql, &args, limits, &mut bytes)? {
            break;
        }
        batch.to = end;
    }
    Ok(batch)
}

impl Batch {
    /// Takes the rows of a query until there is enough; false when all were taken.
    fn fill(
        &mut self,
        sql: &str,
        args: &[DatumWithOid<'_>],
        limits: Limits<'_>,
        bytes: &mut usize,
    ) -> Stored<bool> {
        Spi::connect(|client| {
            let plan = planned(client, sql, args)?;
            let mut cursor = client
                .try_open_cursor(&*plan, args)
                .map_err(|error| error.to_string())?;
            loop {
                let table = cursor.fetch(FETCH).map_err(|error| error.to_string())?;
                if table.is_empty() {
                    return Ok(false);
                }
                for row in table {
                    let (id, record, size) = record(&row)?;
                    self.to = id;
                    self.recorded_at = self.recorded_at.max(optional(&row, 4)?);
                    *bytes += size;
                    match record {
                        Found::Record(record) => self.records.push(*record),
                        Found::Nothing => self.orphans.push(id),
                        Found::OfOthers => (),
                    }
                }
                let found = self.records.len() + self.orphans.len();
                if found >= limits.events || *bytes >= limits.bytes {
                    return Ok(true);
                }
            }
        })
    }

    /// A slice whose last event, the only one in it, cannot be read.
    pub fn unreadable(slice: &Slice) -> Self {
        let to = bounds(slice).1;
        Self {
            records: Vec::new(),
            orphans: vec![to],
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

/// What an event makes.
enum Found {
    Record(Box<Record>),
    /// Its row is gone, or makes no record.
    Nothing,
    /// The filter keeps it out.
    OfOthers,
}

/// An event's id, what it makes, and the size of that.
///
/// An event of an unknown kind, or whose row makes no record, must not hold up what comes behind it: it counts as one whose
/// row is gone.
fn record(row: &SpiHeapTupleData<'_>) -> Stored<(i64, Found, usize)> {
    let id: i64 = required(row, 1)?;
    let kind = EventKind::from_code(required(row, 2)?);
    let (Some(kind), Some(json)) = (kind, optional::<String>(row, 5)?) else {
        return Ok((id, Found::Nothing, 0));
    };
    if json.is_empty() {
        return Ok((id, Found::OfOthers, 0));
    }
    let Ok(source) = source(kind, &json) else {
        return Ok((id, Found::Nothing, 0));
    };
    let record = Record {
        event_id: id,
        kind,
        correlation_id: optional::<String>(row, 3)?.and_then(|trace| Uuid::parse_str(&trace).ok()),
        recorded_at: required(row, 4)?,
        source,
        relatives: Relatives::default(),
    };
    Ok((id, Found::Record(Box::new(record)), json.len()))
}

fn source(kind: EventKind, json: &str) -> Stored<Source> {
    fn parse<T: DeserializeOwned>(json: &str) -> Stored<T> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
    Ok(match kind {
        EventKind::WorkflowRun => Source::WorkflowRun(Box::new(parse(json)?)),
        EventKind::NodeExecution | EventKind::DraftNodeExecution => {
            Source::NodeExecution(Box::new(parse(json)?))
        }
        EventKind::Message => Source::Message(Box::new(parse(json)?)),
        EventKind::ToolExecution => Source::ToolExecution(Box::new(parse(json)?)),
        EventKind::Moderation => Source::Moderation(Box::new(parse(json)?)),
        EventKind::SuggestedQuestions => Source::SuggestedQuestions(Box::new(parse(json)?)),
        EventKind::Retrieval => Source::Retrieval(Box::new(parse(json)?)),
        EventKind::GeneratedName => Source::GeneratedName(Box::new(parse(json)?)),
        EventKind::PromptGeneration => Source::PromptGeneration(Box::new(parse(json)?)),
        EventKind::AppCreated | EventKind::AppUpdated | EventKind::AppDeleted => {
            Source::App(parse(json)?)
        }
        EventKind::Feedback => Source::Feedback(parse(json)?),
        EventKind::RehydrationFailed => Source::RehydrationFailed(parse(json)?),
    })
}
