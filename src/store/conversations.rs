//! The summaries of conversations, which lists are made of.

use super::Stored;
use super::arrays::{array, times, uuids};
use super::plans;
use crate::rollups::Accumulator;

/// Brings conversations forward by what was added up.
pub fn add(counted: &Accumulator) -> Stored<()> {
    let told: Vec<_> = counted.conversations().collect();
    if told.is_empty() {
        return Ok(());
    }
    plans::run(
        // One that several apps name is counted as a whole.
        "INSERT INTO dify_observe.conversations AS c (id, tenant_id, app_id, user_id, invoke_from, message_count, created_at, last_message_at) \
         SELECT n.id, min(n.tenant_id)::uuid, min(n.app_id)::uuid, min(n.user_id), min(n.invoke_from), sum(n.messages), min(n.first_at), max(n.last_at) \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[]) \
           AS n (id, tenant_id, app_id, user_id, invoke_from, messages, first_at, last_at) GROUP BY n.id ORDER BY n.id \
         ON CONFLICT (id) DO UPDATE SET message_count = c.message_count + excluded.message_count, \
           user_id = coalesce(c.user_id, excluded.user_id), invoke_from = coalesce(c.invoke_from, excluded.invoke_from), \
           created_at = least(c.created_at, excluded.created_at), last_message_at = greatest(c.last_message_at, excluded.last_message_at)",
        &[
            uuids(told.iter().map(|(id, _, _)| *id)).into(),
            array(told.iter().map(|(_, (tenant, _), _)| tenant.as_str())),
            array(told.iter().map(|(_, (_, app), _)| app.as_str())),
            array(told.iter().map(|(_, _, one)| one.user_id.as_deref())),
            array(told.iter().map(|(_, _, one)| one.invoke_from.as_deref())),
            array(
                told.iter()
                    .map(|(_, _, one)| one.messages + one.debug_messages),
            ),
            times(told.iter().map(|(_, _, one)| one.first_at)).into(),
            times(told.iter().map(|(_, _, one)| one.last_at)).into(),
        ],
    )
}
