//! The fold: events added to the metric state, each exactly once.

use super::lifecycle;
use super::session::Session;
use crate::metrics::Accumulator;
use crate::position::{Fate, Horizon, Position, Slice, Xid};
use crate::store::{measurements, metric_state, progress};
use std::time::{Duration, Instant};

/// So that the state is written rarely, and few events are counted twice in vain after a crash.
const INTERVAL: Duration = Duration::from_secs(10);
/// Events in one transaction.
const MOST: i64 = 20_000;

pub struct Fold {
    pub position: Position,
    due: Instant,
}

impl Fold {
    pub fn new(position: Position) -> Self {
        Self {
            position,
            due: Instant::now(),
        }
    }

    pub fn due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Counts everything up to the horizon. New totals, summaries and position are written in one transaction, so a crash
    /// repeats all or nothing.
    pub fn run(
        &mut self,
        session: Session,
        horizon: &Horizon,
        bounds: &[f64],
        fate: impl Fn(Xid) -> Fate,
    ) -> Result<(), String> {
        self.due = Instant::now() + INTERVAL;
        loop {
            lifecycle::attend();
            let mut position = self.position.clone();
            let Some(slice) = position.next(horizon, &fate) else {
                if position != self.position {
                    session.transaction(|| progress::store("fold", "metrics", &position, None))?;
                    self.position = position;
                }
                return Ok(());
            };
            session.transaction(|| {
                let end = measurements::end(&slice, MOST)?;
                let part = up_to(&slice, end);
                let mut totals = Accumulator::new(bounds);
                for measurement in measurements::read(&part)? {
                    totals.add(&measurement);
                }
                metric_state::add(totals.into_totals(), bounds)?;
                measurements::summarise_conversations(&part)?;
                position.settle(&slice, end);
                progress::store("fold", "metrics", &position, None)
            })?;
            self.position = position;
        }
    }
}

/// The beginning of a slice.
fn up_to(slice: &Slice, end: i64) -> Slice {
    let mut part = slice.clone();
    match &mut part {
        Slice::Next { to, .. } | Slice::Late { to, .. } => *to = end,
    }
    part
}
