//! Partitions of the coming days.

use super::{Stored, required, rows, write};

/// The daily partitions from yesterday to three days ahead that do not exist, as (table, day).
pub fn missing() -> Stored<Vec<(String, String)>> {
    rows(
        "SELECT m.root, m.day::text FROM dify_observe.missing_partitions(now() - interval '1 day', now() + interval '3 days') m",
        &[],
        |row| Ok((required(row, 1)?, required(row, 2)?)),
    )
}

/// Makes one; false where the default partition holds too many rows of that day.
pub fn make(root: &str, day: &str) -> Stored<bool> {
    let made = write(
        "SELECT dify_observe.ensure_partition($1, $2::date)",
        &[root.into(), day.into()],
        |row| required(row, 1),
    )?;
    Ok(made.into_iter().next().unwrap_or(false))
}
