//! Which records of a refused batch are at fault.
//!
//! The batch is halved, and parts are sent in order, until what is refused stands alone. A record alone is only suspected: it
//! is poison once something else passes after it, for a peer that refuses everything is itself at fault.

use std::ops::Range;

/// So many in a row are refused alone before something else is tried: then it is no matter of records.
const MOST_SUSPECTS: usize = 32;

/// A batch that is being taken apart. `next` says what to send; then its outcome is told.
#[derive(Debug)]
pub struct Bisection {
    records: usize,
    /// Parts to be sent, the next one last.
    parts: Vec<Range<usize>>,
    suspects: Vec<Suspect>,
    /// A record that has passed, to be sent again where nothing else can tell whether the peer takes anything.
    passed: Option<usize>,
    /// A record that is sent for nothing but that.
    probe: Option<usize>,
}

/// A record that was refused alone, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    pub record: usize,
    pub reason: String,
}

/// What is settled by a part that was accepted: every record before `to`, the poisoned ones excepted.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled {
    pub to: usize,
    pub poisoned: Vec<Suspect>,
}

/// What a refusal leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something else is to be sent.
    Continue,
    /// Nothing passes: the peer is at fault. What is not settled is held.
    Hold,
}

impl Bisection {
    /// A batch of so many records, of which nothing was sent yet.
    pub fn of(records: usize) -> Self {
        let whole = 0..records;
        Self {
            records,
            parts: vec![whole],
            suspects: Vec::new(),
            passed: None,
            probe: None,
        }
    }

    /// What to send now; none when everything is settled.
    pub fn next(&self) -> Option<Range<usize>> {
        match self.probe {
            Some(record) => Some(record..record + 1),
            None => self.parts.last().cloned(),
        }
    }

    /// What was sent is accepted.
    pub fn accepted(&mut self) -> Settled {
        if self.probe.take().is_none()
            && let Some(part) = self.parts.pop()
        {
            self.passed = part.last();
        }
        Settled {
            to: self.parts.last().map_or(self.records, |part| part.start),
            poisoned: std::mem::take(&mut self.suspects),
        }
    }

    /// What was sent is refused.
    pub fn refused(&mut self, reason: &str) -> Refusal {
        if self.probe.is_some() {
            return Refusal::Hold;
        }
        let Some(part) = self.parts.pop() else {
            return Refusal::Hold;
        };
        if part.len() > 1 {
            let middle = part.start + part.len() / 2;
            self.parts.push(middle..part.end);
            self.parts.push(part.start..middle);
            return Refusal::Continue;
        }
        self.suspects.push(Suspect {
            record: part.start,
            reason: reason.to_owned(),
        });
        if self.suspects.len() < MOST_SUSPECTS && !self.parts.is_empty() {
            return Refusal::Continue;
        }
        // Nothing behind is likely to tell soon: one that has passed, else the last, which is far from these.
        let last = self.parts.first().map(|part| part.end - 1);
        self.probe = self.passed.or(last);
        match self.probe {
            Some(_) => Refusal::Continue,
            None => Refusal::Hold,
        }
    }
}

#[cfg(test)]
mod tests;
