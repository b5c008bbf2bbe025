//! Slices of the event log as what they count for.

use super::events::bounds;
use super::{Stored, optional, required, rows, run};
use crate::metrics::Measurement;
use crate::otlp::record::EventKind;
use crate::position::Slice;
use pgrx::datum::DatumWithOid;

const WHERE: &str = "m.id > $1 AND m.id <= $2 AND ($3 = '' OR m.xid = $3::xid8) AND m.xid <> ALL ($4::xid8[]) \
    AND m.recorded_at >= (SELECT i.since FROM dify_observe.installation i)";

fn args<'mcx>(slice: &Slice) -> [DatumWithOid<'mcx>; 4] {
    let (from, to, of, without) = bounds(slice);
    [from.into(), to.into(), of.into(), without.into()]
}

/// The end of the first `most` events of a slice: the slice's own end when there are no more.
pub fn end(slice: &Slice, most: i64) -> Stored<i64> {
    let [from, to, of, without] = args(slice);
    let found = rows(
        &format!(
            "SELECT m.id FROM dify_observe.events m WHERE {WHERE} ORDER BY m.id OFFSET $5 - 1 LIMIT 1"
        ),
        &[from, to, of, without, most.into()],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next().unwrap_or(bounds(slice).1))
}

/// What the events of a slice count for, each with the day it was recorded on (UTC, counted from 1970).
pub fn read(slice: &Slice) -> Stored<Vec<(i32, Measurement)>> {
    let read = rows(
        &format!(
            "SELECT m.event::int2, m.tenant_id::text, coalesce(m.app_id::text, ''), m.status, m.invoke_from, m.node_type, m.model_provider, m.model_name, \
             m.plugin_name, m.rating, m.mode, m.failed, m.input_tokens, m.output_tokens, m.total_tokens, m.duration_us, m.first_token_us, \
             m.tool_name, m.operation_type, m.datasets, (m.recorded_at AT TIME ZONE 'UTC')::date - '1970-01-01'::date \
             FROM dify_observe.measurements m WHERE {WHERE}"
        ),
        &args(slice),
        |row| {
            let code: i16 = required(row, 1)?;
            let Some(kind) = EventKind::from_code(code) else {
                return Err(format!("an event is of an unknown kind, {code}"));
            };
            let measurement = Measurement {
                kind,
                tenant_id: required(row, 2)?,
                app_id: required(row, 3)?,
                status: required(row, 4)?,
                invoke_from: required(row, 5)?,
                node_type: required(row, 6)?,
                model_provider: required(row, 7)?,
                model_name: required(row, 8)?,
                plugin_name: required(row, 9)?,
                rating: required(row, 10)?,
                mode: required(row, 11)?,
                failed: required(row, 12)?,
                input_tokens: optional(row, 13)?,
                output_tokens: optional(row, 14)?,
                total_tokens: optional(row, 15)?,
                duration_us: optional(row, 16)?,
                first_token_us: optional(row, 17)?,
                tool_name: required(row, 18)?,
                operation_type: required(row, 19)?,
                datasets: required(row, 20)?,
            };
            Ok((required(row, 21)?, measurement))
        },
    )?;
    Ok(read)
}

/// Brings the conversations of a slice's messages forward.
pub fn summarise_conversations(slice: &Slice) -> Stored<()> {
    run(
        &format!(
            "INSERT INTO dify_observe.conversations AS c (id, tenant_id, app_id, user_id, invoke_from, message_count, created_at, last_message_at) \
             SELECT m.conversation_id, min(m.tenant_id::text)::uuid, min(m.app_id::text)::uuid, min(m.user_id), min(nullif(m.invoke_from, '')), count(*), min(m.source_at), max(m.source_at) \
             FROM dify_observe.measurements m WHERE m.conversation_id IS NOT NULL AND {WHERE} GROUP BY m.conversation_id \
             ON CONFLICT (id) DO UPDATE SET message_count = c.message_count + excluded.message_count, \
               user_id = coalesce(c.user_id, excluded.user_id), invoke_from = coalesce(c.invoke_from, excluded.invoke_from), created_at = least(c.created_at, excluded.created_at), \
               last_message_at = greatest(c.last_message_at, excluded.last_message_at)"
        ),
        &args(slice),
    )
}
