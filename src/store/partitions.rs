//! Partitions of the coming days, and indexes of past ones.

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

/// Whether a past day is without an index by which others are sorted.
pub fn to_be_indexed() -> Stored<bool> {
    let found: Vec<bool> = rows(
        "SELECT EXISTS (SELECT FROM dify_observe.next_sort_index())",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.contains(&true))
}

/// Makes one such index.
pub fn index() -> Stored<()> {
    write("SELECT dify_observe.index_past_day()", &[], |_| Ok(()))?;
    Ok(())
}
