//! How far one reader has come.

use super::{Fate, Horizon, Xid};
use serde::{Deserialize, Serialize};

/// A transaction that was still running when ids of it may have been passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    #[serde(with = "xid_text")]
    pub xid: Xid,
    /// Its ids in `(from, to]` are to be read when it has committed.
    pub from: i64,
    pub to: i64,
}

/// JSON numbers lose precision above 2^53.
mod xid_text {
    use super::Xid;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(xid: &Xid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(xid)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Xid, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// A reader's place in the log, kept across restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub passed: i64,
    pub skipped: Vec<Skip>,
}

/// What to read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slice {
    /// Ids in `(from, to]`, without the rows of the `without` transactions.
    Next {
        from: i64,
        to: i64,
        without: Vec<Skip>,
    },
    /// Ids in `(from, to]` of one transaction that was skipped and has committed.
    Late { xid: Xid, from: i64, to: i64 },
}

impl Slice {
    /// The beginning of the slice, up to the id `end`.
    pub fn up_to(&self, end: i64) -> Slice {
        let mut part = self.clone();
        match &mut part {
            Slice::Next { to, .. } | Slice::Late { to, .. } => *to = end,
        }
        part
    }

    /// The part with the first `most` ids.
    pub fn first(&self, most: i64) -> Slice {
        let (Slice::Next { from, to, .. } | Slice::Late { from, to, .. }) = self;
        self.up_to(from.saturating_add(most).min(*to))
    }

    /// The last id.
    pub fn end(&self) -> i64 {
        let (Slice::Next { to, .. } | Slice::Late { to, .. }) = self;
        *to
    }

    /// Whether this one is the beginning of the other, or all of it.
    pub fn begins(&self, other: &Slice) -> bool {
        self.end() <= other.end() && other.up_to(self.end()) == *self
    }
}

impl Position {
    /// The next slice; what was skipped and has ended comes first. None when there is nothing to read.
    ///
    /// `fate` answers for every transaction in `self.skipped`. Skipped transactions that rolled back are forgotten here.
    pub fn next(&mut self, horizon: &Horizon, fate: impl Fn(Xid) -> Fate) -> Option<Slice> {
        if horizon.last().is_some_and(|last| last < self.passed) {
            // TRUNCATE ... RESTART IDENTITY: the ids begin anew.
            *self = Self::default();
        }
        self.skipped.retain(|skip| fate(skip.xid) != Fate::Aborted);
        if let Some(late) = self
            .skipped
            .iter()
            .find(|skip| fate(skip.xid) != Fate::InProgress)
        {
            return Some(Slice::Late {
                xid: late.xid,
                from: late.from,
                to: late.to,
            });
        }
        if horizon.upto() <= self.passed {
            return None;
        }
        let mut without = self.skipped.clone();
        for (xid, bound) in horizon.slow() {
            if !without.iter().any(|skip| skip.xid == *xid) {
                without.push(Skip {
                    xid: *xid,
                    from: (*bound).max(self.passed),
                    to: self.passed,
                });
            }
        }
        Some(Slice::Next {
            from: self.passed,
            to: horizon.upto(),
            without,
        })
    }

    /// Takes note that a slice was dealt with up to the id `to`, which may be before its end.
    pub fn settle(&mut self, slice: &Slice, to: i64) {
        match slice {
            Slice::Next { without, .. } => {
                self.passed = to;
                self.skipped = without
                    .iter()
                    .filter(|skip| skip.from < to)
                    .map(|skip| Skip { to, ..skip.clone() })
                    .collect();
            }
            Slice::Late { xid, to: end, .. } => {
                if to >= *end {
                    self.skipped.retain(|skip| skip.xid != *xid);
                } else if let Some(skip) = self.skipped.iter_mut().find(|skip| skip.xid == *xid) {
                    skip.from = to;
                }
            }
        }
    }
}
