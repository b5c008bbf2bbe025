//! The rollups that charts are drawn from.

use super::arrays::{times, uuids};
use super::events::bounds;
use super::measurements::Recorded;
use super::rollup_sums::{add_conversations, add_latencies, add_members, add_usage};
use super::{Stored, plans, required, rows, run, write};
use crate::position::{Position, Skip, Slice};
use crate::rollups::{Accumulator, Dimension};
use pgrx::datum::DatumWithOid;

/// How far the rollups have come.
pub struct Standing {
    /// Whether this installation wrote them. Another one first adds what was logged and not yet counted there.
    pub is_ours: bool,
    pub position: Position,
}

pub fn standing() -> Stored<Standing> {
    let found = rows(
        "SELECT coalesce(p.since = i.since, false), coalesce(p.passed, 0), coalesce(p.skipped, '[]')::text \
         FROM dify_observe.installation i LEFT JOIN dify_observe.rollup_position p ON true",
        &[],
        |row| {
            let skipped: Vec<Skip> = serde_json::from_str(&required::<String>(row, 3)?)
                .map_err(|error| error.to_string())?;
            Ok(Standing {
                is_ours: required(row, 1)?,
                position: Position {
                    passed: required(row, 2)?,
                    skipped,
                },
            })
        },
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "there is no installation".to_owned())
}

/// Keeps the position to which what was added leads.
pub fn settle(position: &Position) -> Stored<()> {
    let skipped = serde_json::to_string(&position.skipped).map_err(|error| error.to_string())?;
    run(
        "INSERT INTO dify_observe.rollup_position AS p (since, passed, skipped) SELECT i.since, $1, $2::jsonb FROM dify_observe.installation i \
         ON CONFLICT (singleton) DO UPDATE SET since = excluded.since, passed = excluded.passed, skipped = excluded.skipped",
        &[position.passed.into(), skipped.into()],
    )
}

/// Adds the feedback that a slice's events tell of.
pub fn add_feedback(slice: &Slice, recorded: Recorded) -> Stored<()> {
    let (from, to, of, without) = bounds(slice);
    let (since, before) = match recorded {
        Recorded::Here => ("i.since", "'infinity'"),
        Recorded::Elsewhere => ("'-infinity'", "i.since"),
    };
    run(
        &format!(
            "SELECT dify_observe.add_feedback_to_rollups($1, $2, nullif($3, '')::xid8, $4::xid8[], {since}, {before}) FROM dify_observe.installation i"
        ),
        &[from.into(), to.into(), of.into(), without.into()],
    )
}

/// Adds what was added up.
pub fn add(counted: &Accumulator) -> Stored<()> {
    if counted.is_empty() {
        return Ok(());
    }
    let sums = counted.sums(&dimensions(counted)?);
    let key = key()?;
    add_usage(&sums)?;
    add_latencies(&sums)?;
    add_members(&sums, &key)?;
    add_conversations(counted, &key)?;
    identify(counted)
}

/// What the combinations are stored as, in their order.
fn dimensions(counted: &Accumulator) -> Stored<Vec<Dimension>> {
    let combinations = counted.combinations();
    let labels = |at: usize| -> Vec<&str> {
        let labels = combinations.iter().filter_map(|one| one.0.get(at));
        labels.map(String::as_str).collect()
    };
    let labels: [DatumWithOid<'_>; 14] = std::array::from_fn(|at| labels(at).into());
    let found = plans::write(
        "SELECT dimension, is_priced FROM dify_observe.rollup_dimension_ids($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ORDER BY number",
        &labels,
        |row| {
            Ok(Dimension {
                id: required(row, 1)?,
                is_priced: required(row, 2)?,
            })
        },
    )?;
    if found.len() != combinations.len() {
        return Err("a combination of labels has no dimension".to_owned());
    }
    Ok(found)
}

/// The secret of `member_hash()`, made when there is none yet.
fn key() -> Stored<Vec<u8>> {
    let found = plans::write(
        "WITH made AS (INSERT INTO dify_observe.rollup_key (key) SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) \
           WHERE NOT EXISTS (SELECT FROM dify_observe.rollup_key) RETURNING key) \
         SELECT key FROM made UNION ALL SELECT key FROM dify_observe.rollup_key",
        &[],
        |row| required(row, 1),
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "the rollups have no key".to_owned())
}

/// Tells feedback that came before its message where that belongs.
fn identify(counted: &Accumulator) -> Stored<()> {
    let waits = rows(
        "SELECT EXISTS (SELECT FROM dify_observe.rollup_feedback f WHERE NOT f.known)",
        &[],
        |row| required::<bool>(row, 1),
    )?;
    let messages = counted.messages();
    if waits != [true] || messages.is_empty() {
        return Ok(());
    }
    run(
        "UPDATE dify_observe.rollup_feedback f SET known = true, quarter = m.quarter, debug = m.debug, compat = m.compat \
         FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::boolean[]) AS m (id, quarter, debug, compat) \
         WHERE NOT f.known AND f.message_id = m.id",
        &[
            uuids(messages.iter().map(|one| one.id)).into(),
            times(messages.iter().map(|one| one.quarter)).into(),
            messages
                .iter()
                .map(|one| one.debug)
                .collect::<Vec<_>>()
                .into(),
            messages
                .iter()
                .map(|one| one.compat)
                .collect::<Vec<_>>()
                .into(),
        ],
    )
}

/// Whether members can be packed. Asked first, so that nothing is written, nor an xid taken, for nothing.
pub fn to_be_packed() -> Stored<bool> {
    let found: Vec<bool> = rows(
        "SELECT EXISTS (SELECT FROM dify_observe.rollup_members m WHERE m.quarter < (SELECT dify_observe.packed_until()))",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.contains(&true))
}

/// Packs some of them; how many.
pub fn pack() -> Stored<i64> {
    let packed: Vec<i64> = write("SELECT dify_observe.pack_rollups()", &[], |row| {
        required(row, 1)
    })?;
    Ok(packed.into_iter().sum())
}
