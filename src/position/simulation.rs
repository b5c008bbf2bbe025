//! Random histories of writers, readers and restarts: every committed id is read exactly once, whatever happens between.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
enum Step {
    /// A new transaction takes the lock; its ids come later.
    Begin,
    /// The n-th running transaction takes an id.
    Write(usize),
    /// A savepoint of it is rolled back: the lock goes, the transaction and its ids stay.
    DropLock(usize),
    Commit(usize),
    Abort(usize),
    /// Looks at the writers; others go on between the reading of the last id and the look at the locks.
    Tick {
        wait: bool,
        between: Vec<usize>,
    },
    /// Reads at most this many rows of the next slice.
    Read(usize),
    /// The reader's process is gone; only its position is left.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Begin),
        6 => (0..6usize).prop_map(Step::Write),
        1 => (0..6usize).prop_map(Step::DropLock),
        2 => (0..6usize).prop_map(Step::Commit),
        1 => (0..6usize).prop_map(Step::Abort),
        4 => (any::<bool>(), prop::collection::vec(0..6usize, 0..3)).prop_map(|(wait, between)| Step::Tick { wait, between }),
        4 => (1..4usize).prop_map(Step::Read),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..120)
}

#[derive(Default)]
struct World {
    last: i64,
    next_xid: Xid,
    running: Vec<Xid>,
    locked: BTreeSet<Xid>,
    rows: BTreeMap<i64, Xid>,
    committed: BTreeSet<Xid>,
    horizon: Horizon,
    position: Position,
    now: Option<Instant>,
    read: Vec<i64>,
}

impl World {
    fn fate(&self, xid: Xid) -> Fate {
        if self.running.contains(&xid) {
            Fate::InProgress
        } else if self.committed.contains(&xid) {
            Fate::Committed
        } else {
            Fate::Aborted
        }
    }

    fn tick(&mut self, wait: bool, between: &[usize]) {
        let now = self.now.unwrap_or_else(Instant::now) + Duration::from_secs(wait.into());
        self.now = Some(now);
        let last = self.last;
        for n in between {
            match n {
                0 => {
                    self.run(Step::Begin);
                    self.run(Step::Write(self.running.len() - 1));
                }
                1 => self.run(Step::Commit(0)),
                n => self.run(Step::Write(*n)),
            }
        }
        let holders: Vec<_> = self.locked.iter().copied().collect();
        let fates: BTreeMap<_, _> = (0..=self.next_xid)
            .map(|xid| (xid, self.fate(xid)))
            .collect();
        self.horizon.tick(last, &holders, |xid| fates[&xid], now);
    }

    fn read(&mut self, most: usize) -> bool {
        let fates: BTreeMap<_, _> = (0..=self.next_xid)
            .map(|xid| (xid, self.fate(xid)))
            .collect();
        let Some(slice) = self.position.next(&self.horizon, |xid| fates[&xid]) else {
            return false;
        };
        let (from, to) = match &slice {
            Slice::Next { from, to, .. } | Slice::Late { from, to, .. } => (*from, *to),
        };
        let wanted = |xid: Xid| match &slice {
            Slice::Next { without, .. } => !without.iter().any(|skip| skip.xid == xid),
            Slice::Late { xid: late, .. } => *late == xid,
        };
        let visible: Vec<_> = self
            .rows
            .range(from + 1..=to)
            .filter(|(_, xid)| self.committed.contains(xid) && wanted(**xid))
            .map(|(id, _)| *id)
            .take(most)
            .collect();
        let end = if visible.len() == most {
            visible[most - 1]
        } else {
            to
        };
        self.read.extend(&visible);
        self.position.settle(&slice, end);
        true
    }

    fn run(&mut self, step: Step) {
        let pick = |n: usize, running: &[Xid]| running.get(n % running.len().max(1)).copied();
        match step {
            Step::Begin => {
                self.next_xid += 1;
                self.running.push(self.next_xid);
                self.locked.insert(self.next_xid);
            }
            Step::Write(n) => {
                if let Some(xid) = pick(n, &self.running) {
                    self.locked.insert(xid);
                    self.last += 1;
                    self.rows.insert(self.last, xid);
                }
            }
            Step::DropLock(n) => {
                if let Some(xid) = pick(n, &self.running) {
                    self.locked.remove(&xid);
                    self.rows.retain(|_, owner| *owner != xid);
                }
            }
            Step::Commit(n) | Step::Abort(n) => {
                if let Some(xid) = pick(n, &self.running) {
                    self.running.retain(|other| *other != xid);
                    self.locked.remove(&xid);
                    if matches!(step, Step::Commit(_)) {
                        self.committed.insert(xid);
                    }
                }
            }
            Step::Tick { wait, between } => self.tick(wait, &between),
            Step::Read(most) => {
                self.read(most);
            }
            Step::Restart => {
                self.horizon = Horizon::default();
                let kept = serde_json::to_string(&self.position.skipped).unwrap();
                self.position.skipped = serde_json::from_str(&kept).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn every_committed_row_is_read_exactly_once(steps in steps()) {
        let mut world = World::default();
        for step in steps {
            world.run(step);
        }
        // A transaction that stays open holds up only its own rows.
        world.tick(true, &[]);
        world.tick(true, &[]);
        while world.read(100) {}
        let settled: Vec<_> = world.rows.iter().filter(|(_, xid)| world.committed.contains(xid)).map(|(id, _)| *id).collect();
        let mut read = world.read.clone();
        read.sort_unstable();
        prop_assert_eq!(read, settled);
    }
}
