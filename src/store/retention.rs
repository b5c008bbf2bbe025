//! Retention, which SQL does piece by piece.

use super::{Stored, required, rows, write};

/// What a piece of work has left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More, at once.
    More,
    /// More, after a rest: rows were deleted.
    Batch,
    /// More, after a rest where a standby is behind: rows of a plain table were deleted by the set.
    Swept,
    /// More, when a lock that was refused may be asked for again.
    Wait,
    Done,
}

/// Plans a run; false where an unfinished one is to be gone on with.
pub fn begin(automatic: bool) -> Stored<bool> {
    let begun = write(
        "SELECT dify_observe.begin_retention($1)",
        &[automatic.into()],
        |row| required(row, 1),
    )?;
    Ok(begun.into_iter().next().unwrap_or(false))
}

/// Does the next piece.
pub fn step() -> Stored<Step> {
    let said = write("SELECT dify_observe.retention_step()", &[], |row| {
        required::<String>(row, 1)
    })?;
    Ok(match said.first().map(String::as_str) {
        Some("more") => Step::More,
        Some("batch") => Step::Batch,
        Some("swept") => Step::Swept,
        Some("wait") => Step::Wait,
        _ => Step::Done,
    })
}

/// Whether a run is unfinished.
pub fn is_under_way() -> Stored<bool> {
    let found = rows(
        "SELECT EXISTS (SELECT FROM dify_observe.retention_runs r WHERE r.finished_at IS NULL)",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next().unwrap_or(false))
}

/// Whether a standby is so far behind that more deletes should wait.
pub fn standbys_lag() -> Stored<bool> {
    let found = rows(
        "SELECT coalesce(max(replay_lag) > interval '10 seconds', false) FROM pg_catalog.pg_stat_replication WHERE state = 'streaming'",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next().unwrap_or(false))
}
