//! Slices of the event log, each event with its source row.

use super::{Stored, optional, required};
use crate::otlp::record::{EventKind, Micros, Record, Source};
use crate::position::Slice;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiHeapTupleData};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Rows are taken from the cursor this many at a time, so that a few huge payloads do not fill the memory.
const FETCH: i64 = 4;

/// What to read of each event, and how much at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Only events that have a span.
    pub spans_only: bool,
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
    pub orphans: i64,
    /// Up to this id the slice has been read.
    pub to: i64,
    /// When the newest event read was recorded.
    pub recorded_at: Option<Micros>,
}

/// The source row as JSON, under the names of the record's fields, times in microseconds. A scalar subquery, so that the
/// planner cannot choose anything but one probe per event.
const SOURCE: &str = "CASE e.event \
 WHEN 1 THEN (SELECT row_to_json(s)::text FROM (SELECT r.id, r.tenant_id, r.app_id, r.workflow_id, r.workflow_version, r.status, \
   CASE WHEN $4 THEN r.inputs END AS inputs, CASE WHEN $4 THEN r.outputs END AS outputs, CASE WHEN $4 THEN r.query END AS query, \
   r.error, coalesce(r.warnings NOT IN ('[]', '{}', 'null', '\"\"'), false) AS warned, r.invoke_from, r.conversation_id, r.message_id, \
   r.invoked_by, r.user_id, r.total_tokens, r.elapsed_time, (extract(epoch FROM r.created_at) * 1000000)::bigint AS created_at, \
   (extract(epoch FROM coalesce(r.finished_at, r.created_at)) * 1000000)::bigint AS finished_at, r.parent_trace_id, \
   r.parent_workflow_run_id, r.parent_node_execution_id, r.parent_app_id \
   FROM dify_observe.workflow_runs r WHERE r.id = e.source_id AND r.created_at = e.source_at) s) \
 WHEN 4 THEN (SELECT row_to_json(s)::text FROM (SELECT m.id, m.tenant_id, m.app_id, m.status, m.conversation_id, m.workflow_run_id, \
   m.node_execution_id, m.invoke_from, m.user_id, CASE WHEN $4 THEN m.query END AS query, CASE WHEN $4 THEN m.answer END AS answer, \
   CASE WHEN $4 THEN m.inputs END AS inputs, CASE WHEN $4 THEN m.outputs END AS outputs, m.model_provider, m.model_name, \
   m.input_tokens, m.output_tokens, m.total_tokens, m.error, m.duration, m.time_to_first_token, \
   (extract(epoch FROM m.created_at) * 1000000)::bigint AS created_at, \
   (extract(epoch FROM coalesce(m.finished_at, m.created_at)) * 1000000)::bigint AS finished_at \
   FROM dify_observe.messages m WHERE m.id = e.source_id AND m.created_at = e.source_at) s) \
 WHEN 14 THEN (SELECT row_to_json(s)::text FROM (SELECT f.tenant_id, f.app_id, f.message_id, e.change ->> 'rating' AS rating, \
   CASE WHEN $4 THEN e.change ->> 'content' END AS content, e.change ->> 'user_id' AS user_id, \
   (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint AS at \
   FROM dify_observe.feedbacks f WHERE f.id = e.source_id) s) \
 WHEN 11 THEN app.change WHEN 12 THEN app.change WHEN 13 THEN app.change \
 ELSE (SELECT row_to_json(s)::text FROM (SELECT n.id, n.tenant_id, n.app_id, n.workflow_id, n.workflow_run_id, n.node_id, n.node_type, \
   n.title, n.status, n.index, n.predecessor_node_id, n.iteration_id, n.loop_id, n.parallel_id, \
   CASE WHEN $4 THEN n.inputs END AS inputs, CASE WHEN $4 THEN n.outputs END AS outputs, \
   CASE WHEN $4 THEN n.process_data END AS process_data, n.error, n.elapsed_time, n.invoked_by, n.user_id, n.message_id, \
   n.conversation_id, n.model_provider, n.model_name, n.input_tokens, n.output_tokens, n.total_tokens, n.total_price, n.currency, \
   n.plugin_name, n.plugin_id, n.dataset_ids, n.dataset_names, (extract(epoch FROM n.created_at) * 1000000)::bigint AS created_at, \
   (extract(epoch FROM coalesce(n.finished_at, n.created_at)) * 1000000)::bigint AS finished_at \
   FROM dify_observe.node_executions n WHERE n.id = e.source_id AND n.created_at = e.source_at) s) END";

const APP: &str = "LEFT JOIN LATERAL (SELECT row_to_json(s)::text AS change FROM (SELECT a.tenant_id, a.id AS app_id, \
   e.change ->> 'mode' AS mode, (extract(epoch FROM (e.change ->> 'at')::timestamptz) * 1000000)::bigint AS at \
   FROM dify_observe.apps a WHERE a.id = e.source_id) s) app ON e.event IN (11, 12, 13)";

/// Reads a slice from its beginning, up to the limits.
///
/// `reader` names the progress row whose `passed_at` lets the read prune partitions: no event above `passed` was recorded
/// more than a day before it.
pub fn read(slice: &Slice, reader: (&str, &str), limits: Limits) -> Stored<Batch> {
    let (from, to, of, without) = bounds(slice);
    let recent = match slice {
        Slice::Next { .. } => {
            "AND e.recorded_at >= (SELECT CASE WHEN p.passed_at > clock_timestamp() THEN '-infinity' ELSE p.passed_at - interval '1 day' END \
             FROM dify_observe.export_progress p WHERE p.destination = $7 AND p.signal = $8)"
        }
        // A skipped transaction may have written long ago.
        Slice::Late { .. } => "AND ($7, $8) IS NOT NULL",
    };
    let sql = format!(
        "SELECT e.id, e.event, e.trace_id, (extract(epoch FROM e.recorded_at) * 1000000)::bigint, {SOURCE} \
         FROM dify_observe.events e {APP} \
         WHERE e.id > $1 AND e.id <= $2 AND (NOT $3 OR e.event IN (1, 2, 3)) \
           AND ($5 = '' OR e.xid = $5::xid8) AND e.xid <> ALL ($6::xid8[]) \
           AND e.recorded_at >= (SELECT i.since FROM dify_observe.installation i) {recent} \
         ORDER BY e.id"
    );
    let args: [DatumWithOid<'_>; 8] = [
        from.into(),
        to.into(),
        limits.spans_only.into(),
        limits.with_content.into(),
        of.into(),
        without.into(),
        reader.0.into(),
        reader.1.into(),
    ];
    Spi::connect(|client| {
        let mut cursor = client
            .try_open_cursor(sql.as_str(), &args)
            .map_err(|error| error.to_string())?;
        let mut batch = Batch {
            records: Vec::new(),
            orphans: 0,
            to: from,
            recorded_at: None,
        };
        let mut bytes = 0;
        loop {
            let table = cursor.fetch(FETCH).map_err(|error| error.to_string())?;
            if table.is_empty() {
                batch.to = to;
                return Ok(batch);
            }
            for row in table {
                let (id, record, size) = record(&row)?;
                batch.to = id;
                batch.recorded_at = batch.recorded_at.max(optional(&row, 4)?);
                bytes += size;
                match record {
                    Some(record) => batch.records.push(record),
                    None => batch.orphans += 1,
                }
            }
            if batch.records.len() >= limits.events || bytes >= limits.bytes {
                return Ok(batch);
            }
        }
    })
}

impl Batch {
    /// A slice of one event that cannot be read.
    pub fn orphan(slice: &Slice) -> Self {
        Self {
            records: Vec::new(),
            orphans: 1,
            to: bounds(slice).1,
            recorded_at: None,
        }
    }
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

/// An event's id, its record where there is one to be read, and the size of that.
///
/// An event of an unknown kind, or whose row makes no record, must not hold up what comes behind it: it counts as one whose
/// row is gone.
fn record(row: &SpiHeapTupleData<'_>) -> Stored<(i64, Option<Record>, usize)> {
    let id: i64 = required(row, 1)?;
    let kind = EventKind::from_code(required(row, 2)?);
    let (Some(kind), Some(json)) = (kind, optional::<String>(row, 5)?) else {
        return Ok((id, None, 0));
    };
    let Ok(source) = source(kind, &json) else {
        return Ok((id, None, 0));
    };
    let record = Record {
        event_id: id,
        kind,
        correlation_id: optional::<String>(row, 3)?.and_then(|trace| Uuid::parse_str(&trace).ok()),
        recorded_at: required(row, 4)?,
        source,
    };
    Ok((id, Some(record), json.len()))
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
        EventKind::AppCreated | EventKind::AppUpdated | EventKind::AppDeleted => {
            Source::App(parse(json)?)
        }
        EventKind::Feedback => Source::Feedback(parse(json)?),
    })
}
