//! Who is writing events right now.

use super::{Stored, optional, required, rows};
use crate::position::{Fate, Xid};
use std::collections::{BTreeMap, BTreeSet};

/// The last event id that was given out; 0 before the first.
pub fn last_event_id() -> Stored<i64> {
    let found = rows(
        "SELECT pg_catalog.pg_sequence_last_value('dify_observe.events_id_seq')",
        &[],
        |row| optional::<i64>(row, 1),
    )?;
    Ok(found.into_iter().flatten().next().unwrap_or(0))
}

/// Refuses a sequence that gives ids out in advance: reading by position would lose rows.
pub fn check_sequence() -> Stored<()> {
    let found = rows(
        "SELECT seqcache FROM pg_catalog.pg_sequence WHERE seqrelid = 'dify_observe.events_id_seq'::regclass",
        &[],
        |row| required::<i64>(row, 1),
    )?;
    match found.first() {
        Some(1) => Ok(()),
        _ => Err("the sequence dify_observe.events_id_seq must have CACHE 1: ALTER SEQUENCE dify_observe.events_id_seq CACHE 1".to_owned()),
    }
}

/// The transactions that hold the writer's lock on `events`.
///
/// A prepared transaction has no pid, so lock and xid are matched by virtual transaction. Subtransactions hold xid locks
/// too; the top one is the oldest.
pub fn writers() -> Stored<Vec<Xid>> {
    let found = rows(
        "WITH held AS MATERIALIZED (SELECT * FROM pg_catalog.pg_locks WHERE granted) \
         SELECT l.virtualtransaction, x.transactionid::text::bigint, \
                pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint \
         FROM held l JOIN held x ON x.virtualtransaction = l.virtualtransaction \
         WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.relation = 'dify_observe.events'::regclass \
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
           AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'",
        &[],
        |row| {
            let next: i64 = required(row, 3)?;
            Ok((
                required::<String>(row, 1)?,
                full_xid(required(row, 2)?, next),
            ))
        },
    )?;
    let mut tops: BTreeMap<String, Xid> = BTreeMap::new();
    for (transaction, xid) in found {
        let top = tops.entry(transaction).or_insert(xid);
        *top = xid.min(*top);
    }
    Ok(tops.into_values().collect())
}

/// A 32-bit xid in the epoch of `next`, the next one to be given out: never more than half the circle away.
pub(super) fn full_xid(xid: i64, next: i64) -> Xid {
    #[allow(clippy::cast_possible_truncation)] // Wrapping is what 32-bit xids do.
    let distance = (xid as i32).wrapping_sub(next as i32);
    next.saturating_add(distance.into()).max(0).unsigned_abs()
}

/// How each of these transactions stands.
pub fn fates(xids: &BTreeSet<Xid>) -> Stored<BTreeMap<Xid, Fate>> {
    if xids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked: Vec<String> = xids.iter().map(Xid::to_string).collect();
    let found = rows(
        "SELECT xid, pg_catalog.pg_xact_status(xid::xid8) FROM pg_catalog.unnest($1::text[]) AS xid",
        &[asked.into()],
        |row| {
            let xid = required::<String>(row, 1)?
                .parse::<Xid>()
                .map_err(|error| error.to_string())?;
            let fate = match optional::<String>(row, 2)?.as_deref() {
                Some("in progress") => Fate::InProgress,
                Some("committed") => Fate::Committed,
                Some("aborted") => Fate::Aborted,
                _ => Fate::Unknown,
            };
            Ok((xid, fate))
        },
    )?;
    Ok(found.into_iter().collect())
}
