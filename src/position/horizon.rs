//! Up to which event id everything is settled.

use super::{Fate, Xid};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A writer is waited for this long; then it is skipped, and read when it has ended.
const PATIENCE: Duration = Duration::from_secs(1);

/// A transaction that holds the lock on `events`, or has held it.
struct Writer {
    /// It owns no id up to this one.
    bound: i64,
    since: Instant,
}

/// What is known of the writers, from tick to tick. A fresh one, after a restart, knows nothing and waits for everybody once.
#[derive(Default)]
pub struct Horizon {
    /// None before the first tick.
    last: Option<i64>,
    upto: i64,
    writers: BTreeMap<Xid, Writer>,
    slow: BTreeMap<Xid, i64>,
}

impl Horizon {
    /// Takes in what was seen, in this order: the sequence's last value, then the holders of the lock, then the fates.
    ///
    /// `fate` answers for every transaction in `holders` and in [`Horizon::writers`].
    pub fn tick(&mut self, last: i64, holders: &[Xid], fate: impl Fn(Xid) -> Fate, now: Instant) {
        if self.last.is_some_and(|before| last < before) {
            // TRUNCATE ... RESTART IDENTITY: earlier bounds mean nothing any more.
            *self = Self::default();
        }
        for holder in holders {
            // Not there at the previous tick: it took its lock, and so its first id, after that tick had read `last`.
            self.writers.entry(*holder).or_insert(Writer {
                bound: self.last.unwrap_or(0),
                since: now,
            });
        }
        // By the end of the transaction, not of the lock: a rolled-back savepoint gives the lock back too early.
        self.writers.retain(|xid, _| fate(*xid) == Fate::InProgress);
        let (slow, young): (Vec<_>, Vec<_>) = self
            .writers
            .iter()
            .partition(|(_, writer)| now.duration_since(writer.since) >= PATIENCE);
        self.upto = young
            .into_iter()
            .map(|(_, writer)| writer.bound)
            .fold(last, i64::min);
        self.slow = slow
            .into_iter()
            .map(|(xid, writer)| (*xid, writer.bound))
            .collect();
        self.last = Some(last);
    }

    /// Ids up to this one are settled, those of slow writers aside.
    pub fn upto(&self) -> i64 {
        self.upto
    }

    /// The sequence's last value at the last tick; none before the first.
    pub fn last(&self) -> Option<i64> {
        self.last
    }

    /// Whether a young writer holds the horizon back, so that it is worth looking again soon.
    pub fn is_waiting(&self) -> bool {
        self.last.is_some_and(|last| self.upto < last)
    }

    /// Every transaction whose fate the next tick needs.
    pub fn writers(&self) -> impl Iterator<Item = Xid> + '_ {
        self.writers.keys().copied()
    }

    /// The writers that are not waited for, each with the id it owns nothing up to.
    pub fn slow(&self) -> &BTreeMap<Xid, i64> {
        &self.slow
    }
}
