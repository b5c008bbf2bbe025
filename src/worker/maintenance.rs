//! Partitions ahead of time; behind it rollups packed, and days indexed by what they are sorted by.

use super::lifecycle;
use super::session::Session;
use crate::store::{activity, partitions, rollups};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(60);
/// Sooner when a lock was not to be had, or nothing was logged yet.
const AGAIN: Duration = Duration::from_secs(5);
/// As long as what is packed at once is, and often enough for a day that is over.
const UPKEEP: Duration = Duration::from_secs(15 * 60);

pub struct Maintenance {
    due: Instant,
    packing_due: Instant,
    indexing_due: Instant,
}

impl Maintenance {
    pub fn new() -> Self {
        Self {
            due: Instant::now(),
            packing_due: Instant::now(),
            indexing_due: Instant::now(),
        }
    }

    /// Makes what is missing, when it is time. A failure waits for the next time: rows go to the default partition until then.
    pub fn turn(&mut self, session: Session) {
        let now = Instant::now();
        if now >= self.due {
            self.due = now
                + if make_partitions(session) == Ok(true) {
                    INTERVAL
                } else {
                    AGAIN
                };
        }
        // A part a turn, so that nothing else waits for long.
        if now >= self.packing_due {
            self.packing_due = now
                + match pack_part(session) {
                    Ok(true) => Duration::ZERO,
                    Ok(false) => UPKEEP,
                    Err(_) => AGAIN,
                };
        }
        if now >= self.indexing_due {
            self.indexing_due = now
                + match index_day(session) {
                    Ok(true) => Duration::ZERO,
                    Ok(false) => UPKEEP,
                    Err(_) => INTERVAL,
                };
        }
    }
}

/// Packs a part of the rollups. False when there is nothing left to pack.
pub fn pack_part(session: Session) -> Result<bool, String> {
    session.transaction(|| Ok(rollups::to_be_packed()? && rollups::pack()? > 0))
}

/// Indexes a day that is over, where others are indexed so. False when there is none left.
pub fn index_day(session: Session) -> Result<bool, String> {
    session.transaction(|| {
        let missing = partitions::to_be_indexed()?;
        if missing {
            partitions::index()?;
        }
        Ok(missing)
    })
}

/// Makes the missing partitions, each in a transaction of its own, so that no lock is held for long. False when it is too
/// early: nothing was logged yet, and a dump that is being restored brings its own partitions.
pub fn make_partitions(session: Session) -> Result<bool, String> {
    let missing = session.transaction(|| {
        if activity::last_event_id()? == 0 {
            return Ok(None);
        }
        partitions::missing().map(Some)
    })?;
    let Some(missing) = missing else {
        return Ok(false);
    };
    let mut outcome = Ok(true);
    for (root, day) in missing {
        lifecycle::attend();
        if let Err(why) = session.transaction(|| partitions::make(&root, &day)) {
            outcome = Err(format!("no partition of {root} for {day}: {why}"));
        }
    }
    outcome
}
