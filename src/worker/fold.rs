//! The fold: events added to the metric state and to the rollups, each exactly once.

use super::charting::Charting;
use super::session::Session;
use crate::metrics::Accumulator;
use crate::otlp::record::Micros;
use crate::position::{Fate, Horizon, Position, Slice, Xid};
use crate::store::measurements::{self, Recorded};
use crate::store::progress::{self, FOLD};
use crate::store::{conversations, metric_state};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// So that the state is written rarely, and few events are counted twice in vain after a crash.
const INTERVAL: Duration = Duration::from_secs(10);
/// Ids in one transaction, and so events at most: DROP DATABASE waits five seconds for it, and where each event has labels of its
/// own, its sums take 20 KiB.
const MOST: i64 = 2_000;

pub struct Fold {
    pub position: Position,
    due: Instant,
    /// There may be more to count at once.
    more: bool,
}

impl Fold {
    pub fn new(position: Position) -> Self {
        Self {
            position,
            due: Instant::now(),
            more: false,
        }
    }

    pub fn due(&self) -> bool {
        self.more || Instant::now() >= self.due
    }

    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Counts the next part of what is up to the horizon: one part a turn, so that nothing else waits for long. New totals,
    /// summaries, rollups and position are written in one transaction, so a crash repeats all or nothing.
    pub fn run(
        &mut self,
        session: Session,
        horizon: &Horizon,
        bounds: &[f64],
        fate: impl Fn(Xid) -> Fate,
    ) -> Result<(), String> {
        self.due = Instant::now() + INTERVAL;
        self.more = false;
        let mut position = self.position.clone();
        let Some(slice) = position.next(horizon, &fate) else {
            if position != self.position {
                session.transaction(|| progress::store(FOLD, "metrics", &position, None))?;
                self.position = position;
            }
            return Ok(());
        };
        let part = session.transaction(|| {
            // Retention moves counts of events that it removes: never of those that are being counted.
            progress::load(FOLD, "metrics")?;
            let (part, content) = measurements::part(&slice, Recorded::Here, MOST)?;
            let mut days: BTreeMap<i32, Accumulator> = BTreeMap::new();
            let mut charting = Charting::default();
            measurements::read(&part, Recorded::Here, &content, |counted| {
                let totals = days
                    .entry(day(counted.recorded_at))
                    .or_insert_with(|| Accumulator::new(bounds));
                totals.add(&counted.measurement);
                charting.add(counted);
            })?;
            for (day, totals) in days {
                metric_state::add(totals.into_totals(), bounds, day)?;
            }
            conversations::add(charting.sums())?;
            position.settle(&slice, part.end());
            charting.store(&part, &position)?;
            progress::store(FOLD, "metrics", &position, None)?;
            Ok(part)
        })?;
        self.position = position;
        // What comes in meanwhile waits for the interval: only the rest of this slice, or what is behind a late one, is more.
        self.more = part != slice || matches!(slice, Slice::Late { .. });
        Ok(())
    }
}

/// The day of a time (UTC), counted from 1970.
fn day(at: Micros) -> i32 {
    const DAY: Micros = 24 * 60 * 60 * 1_000_000;
    i32::try_from(at.div_euclid(DAY)).unwrap_or(i32::MAX)
}
