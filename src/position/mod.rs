//! Reading the event log by position: nothing lost, nothing read twice, nothing held up by strangers.
//!
//! Ids are taken before commit, so "greater than the last one read" would lose the rows of slow transactions. What makes
//! it sound: a writer takes its lock on `events` before its first id, and its commit is visible before the lock goes.
//!
//! - [`Horizon`]: up to which id everything is settled now, but for writers that take long. One per database.
//! - [`Position`]: how far one reader has come, and which slow transactions it has still to come back for.
//!
//! Pure: what the database says comes in as arguments.

mod horizon;
mod reader;

pub use horizon::Horizon;
pub use reader::{Position, Skip, Slice};

/// A full transaction id (`xid8`).
pub type Xid = u64;

/// How a transaction ended, if it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    InProgress,
    Committed,
    Aborted,
    /// So old that the server has forgotten: it has ended, and its rows, if any are there, are visible.
    Unknown,
}

#[cfg(test)]
mod simulation;
