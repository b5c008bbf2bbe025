//! Removing what has expired, a short piece at a time.

use super::lifecycle;
use super::session::Session;
use crate::store::retention::{self, Step};
use std::time::{Duration, Instant};

/// Between automatic runs. A run that has nothing to do costs some milliseconds.
const INTERVAL: Duration = Duration::from_secs(600);
/// After an error, such as a full disk.
const AGAIN: Duration = Duration::from_secs(60);
/// For a lock that was refused.
const LOCKED: Duration = Duration::from_millis(100);
/// What a turn of the worker may spend before everything else gets its turn.
const TURN: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(1);

pub struct Retention {
    due: Instant,
    running: bool,
    failed: Option<String>,
}

impl Retention {
    pub fn new() -> Self {
        Self {
            due: Instant::now(),
            running: false,
            failed: None,
        }
    }

    /// Goes on removing for a moment when it is time; how long it may rest then.
    pub fn turn(&mut self, session: Session, enabled: bool) -> Duration {
        let began = Instant::now();
        if !enabled {
            self.running = false;
            return INTERVAL;
        }
        if began < self.due {
            return self.due - began;
        }
        let rest = match self.pieces(session, began) {
            Ok(rest) => {
                self.failed = None;
                rest
            }
            Err(why) => {
                // Once, not for every attempt.
                if self.failed.as_ref() != Some(&why) {
                    pgrx::log!("dify_observe: retention waits a minute: {why}");
                    self.failed = Some(why);
                }
                AGAIN
            }
        };
        self.due = Instant::now() + rest;
        rest
    }

    fn pieces(&mut self, session: Session, began: Instant) -> Result<Duration, String> {
        if !self.running {
            session.transaction(|| retention::begin(true))?;
            self.running = true;
        }
        loop {
            lifecycle::attend();
            let (step, rest) = piece(session)?;
            match step {
                Step::More | Step::Swept if rest.is_zero() && began.elapsed() < TURN => {}
                Step::Done => {
                    self.running = false;
                    return Ok(INTERVAL);
                }
                _ => return Ok(rest),
            }
        }
    }
}

/// One piece, and how long to rest behind it: as long as a batch took, so that autovacuum, standbys and others keep up.
fn piece(session: Session) -> Result<(Step, Duration), String> {
    let began = Instant::now();
    let step = session.transaction(retention::step)?;
    let rest = match step {
        Step::Batch | Step::Swept if session.transaction(retention::standbys_lag)? => LONGEST_REST,
        Step::Batch => began.elapsed().min(LONGEST_REST),
        Step::Wait => LOCKED,
        Step::More | Step::Swept | Step::Done => Duration::ZERO,
    };
    Ok((step, rest))
}

/// Removes everything that has expired by now. A run that is under way may have been planned by older policies: it is ended first.
pub fn run(session: Session) -> Result<(), String> {
    while session.transaction(retention::is_under_way)? {
        finish(session)?;
    }
    while !session.transaction(|| retention::begin(false))? {
        finish(session)?;
    }
    finish(session)
}

fn finish(session: Session) -> Result<(), String> {
    loop {
        let (step, rest) = piece(session)?;
        if step == Step::Done {
            return Ok(());
        }
        lifecycle::wait(rest, None);
    }
}
