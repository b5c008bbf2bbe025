//! Partitions ahead of time.

use super::lifecycle;
use super::session::Session;
use crate::store::{activity, partitions};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(60);
/// A lock that was not to be had is tried again sooner.
const AGAIN: Duration = Duration::from_secs(5);

pub struct Maintenance {
    due: Instant,
}

impl Maintenance {
    pub fn new() -> Self {
        Self { due: Instant::now() }
    }

    /// Makes what is missing, when it is time. A failure waits for the next time: rows go to the default partition until then.
    pub fn turn(&mut self, session: Session) {
        let now = Instant::now();
        if now >= self.due {
            self.due = now + if make_partitions(session).is_ok() { INTERVAL } else { AGAIN };
        }
    }
}

/// Makes the missing partitions, each in a transaction of its own, so that no lock is held for long.
pub fn make_partitions(session: Session) -> Result<(), String> {
    // Nothing was logged yet: a dump that is being restored brings its own partitions.
    let missing = session.transaction(|| {
        if activity::last_event_id()? == 0 {
            return Ok(Vec::new());
        }
        partitions::missing()
    })?;
    let mut outcome = Ok(());
    for (root, day) in missing {
        lifecycle::attend();
        if let Err(why) = session.transaction(|| partitions::make(&root, &day)) {
            outcome = Err(format!("no partition of {root} for {day}: {why}"));
        }
    }
    outcome
}
