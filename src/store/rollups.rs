//! The rollups that charts are drawn from.

use super::events::bounds;
use super::{Stored, run};
use crate::position::{Position, Slice};

/// Adds the events of a slice, which leads to this position.
pub fn add(slice: &Slice, position: &Position) -> Stored<()> {
    let (from, to, of, without) = bounds(slice);
    let skipped = serde_json::to_string(&position.skipped).map_err(|error| error.to_string())?;
    run(
        "SELECT dify_observe.fold_rollups($1, $2, nullif($3, '')::xid8, $4::xid8[], $5, $6::jsonb)",
        &[
            from.into(),
            to.into(),
            of.into(),
            without.into(),
            position.passed.into(),
            skipped.into(),
        ],
    )
}
