//! Which records of a refused batch are at fault.
//!
//! The batch is halved, and parts are sent in order, until what is refused stands alone. A record alone is only suspected, for a
//! peer that refuses everything is itself at fault. Once something else has passed it is sent again, and is poison if it is
//! refused then, too: the peer may have come to itself in between.

use std::ops::Range;

/// So many in a row are refused alone before something else is tried: then it is no matter of records.
const MOST_SUSPECTS: usize = 32;

/// A batch that is being taken apart. `next` says what to send; then its outcome is told.
#[derive(Debug)]
pub struct Bisection {
    records: usize,
    /// Parts to be sent, the next one last.
    parts: Vec<Part>,
    /// Records that were refused alone since something passed.
    suspects: Vec<usize>,
    /// A record that has passed, to be sent again where nothing else can tell whether the peer takes anything.
    passed: Option<usize>,
    /// A record that is sent for nothing but that.
    probe: Option<usize>,
}

#[derive(Debug)]
struct Part {
    records: Range<usize>,
    /// A suspect, when something else has passed.
    again: bool,
}

/// A record that is at fault, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    pub record: usize,
    pub reason: String,
}

/// How far a batch is settled: every record before `to` was accepted, or is poison.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled {
    pub to: usize,
    /// What was found out just now.
    pub poison: Option<Poison>,
}

/// What a refusal leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something else is to be sent.
    Continue,
    /// A record was found to be poison.
    Settle(Settled),
    /// Nothing passes: the peer is at fault. What is not settled is held.
    Hold,
}

impl Bisection {
    /// A batch of so many records, of which nothing was sent yet.
    pub fn of(records: usize) -> Self {
        Self {
            records,
            parts: vec![Part::of(0..records)],
            suspects: Vec::new(),
            passed: None,
            probe: None,
        }
    }

    /// What to send now; none when everything is settled.
    pub fn next(&self) -> Option<Range<usize>> {
        match self.probe {
            Some(record) => Some(record..record + 1),
            None => self.parts.last().map(|part| part.records.clone()),
        }
    }

    /// What was sent is accepted.
    pub fn accepted(&mut self) -> Settled {
        if self.probe.take().is_none()
            && let Some(part) = self.parts.pop()
        {
            self.passed = part.records.last();
        }
        let again = self.suspects.drain(..).rev().map(|record| Part {
            records: record..record + 1,
            again: true,
        });
        self.parts.extend(again);
        self.settled(None)
    }

    /// What was sent is refused.
    pub fn refused(&mut self, reason: &str) -> Refusal {
        if self.probe.is_some() {
            return Refusal::Hold;
        }
        let Some(Part { records, again }) = self.parts.pop() else {
            return Refusal::Hold;
        };
        if again {
            return Refusal::Settle(self.settled(Some(Poison {
                record: records.start,
                reason: reason.to_owned(),
            })));
        }
        if records.len() > 1 {
            let middle = records.start + records.len() / 2;
            self.parts.push(Part::of(middle..records.end));
            self.parts.push(Part::of(records.start..middle));
            return Refusal::Continue;
        }
        self.suspects.push(records.start);
        if self.suspects.len() < MOST_SUSPECTS && !self.parts.is_empty() {
            return Refusal::Continue;
        }
        // Nothing behind is likely to tell soon: one that has passed, else the last, which is far from these.
        let last = self.parts.first().map(|part| part.records.end - 1);
        self.probe = self.passed.or(last);
        match self.probe {
            Some(_) => Refusal::Continue,
            None => Refusal::Hold,
        }
    }

    fn settled(&self, poison: Option<Poison>) -> Settled {
        // Suspects that are sent again stand before what is behind them.
        let to = self.parts.last().map(|part| part.records.start);
        Settled {
            to: to.unwrap_or(self.records),
            poison,
        }
    }
}

impl Part {
    fn of(records: Range<usize>) -> Self {
        Self {
            records,
            again: false,
        }
    }
}

#[cfg(test)]
mod tests;
