//! The state of one signal of one destination: whether it may be sent, and what becomes of its batch.

use super::backoff;
use super::bisection::{Bisection, Refusal, Settled};
use super::outcome::Outcome;
use std::ops::Range;
use std::time::{Duration, Instant};

/// After so many errors of the peer's own for the same records, the records are suspected.
const MOST_ERRORS: u32 = 5;
/// Whether a peer does not take a signal, or is badly addressed, is asked sooner than other faults of configuration.
const UNSUPPORTED: Duration = Duration::from_secs(5);
/// A signal that is left out is offered again so often.
const LEFT_OUT: Duration = Duration::from_secs(3600);

/// How a signal stands, by its last settled attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    /// Accepted, or not tried yet.
    Ok,
    Retrying,
    Misconfigured,
    /// The peer refuses whatever is sent. The batch is held.
    Refused,
    /// The peer does not take this signal, but takes another.
    LeftOut,
}

impl LaneState {
    /// As shown in `export_status`.
    pub fn text(self) -> &'static str {
        match self {
            LaneState::Ok => "ok",
            LaneState::Retrying => "retrying",
            LaneState::Misconfigured => "misconfigured",
            LaneState::Refused => "refused",
            LaneState::LeftOut => "left out",
        }
    }
}

/// What to do with the batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A part of it is done, or all: what was sent is accepted, or is the poison that is settled. What was rejected is never
    /// sent again.
    Advance {
        settled: Settled,
        rejected: i64,
        message: String,
    },
    /// Send `part()` when the lane is ready: a smaller one than before.
    Divide,
    /// Send `part()` again when the lane is ready.
    Wait { reason: String },
    /// Forget it, and read it again when the lane is ready.
    Hold { reason: String },
}

/// One signal of one destination. At most one attempt is under way.
#[derive(Debug)]
pub struct Lane {
    state: LaneState,
    batch: Option<Batch>,
    /// Retries in a row.
    failures: u32,
    not_before: Option<Instant>,
    sending: bool,
    /// The settings changed under the attempt that is under way: it says nothing about the new ones.
    outdated: bool,
    accepted_at: Option<Instant>,
    /// Since when the peer says that it does not know this signal.
    unsupported_since: Option<Instant>,
}

#[derive(Debug)]
struct Batch {
    bisection: Bisection,
    divided: bool,
    /// Errors of the peer's own, in a row, for the part that is being sent.
    errors: u32,
    /// Such errors have divided it.
    by_errors: bool,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            state: LaneState::Ok,
            batch: None,
            failures: 0,
            not_before: None,
            sending: false,
            outdated: false,
            accepted_at: None,
            unsupported_since: None,
        }
    }
}

impl Lane {
    /// Whether an attempt may start.
    pub fn ready(&self, now: Instant) -> bool {
        !self.sending && self.wait(now).is_none()
    }

    /// How long a held lane still waits; `None` when nothing but the caller is waited for.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        let left = self.not_before?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// A batch of so many records is to be sent.
    pub fn load(&mut self, records: usize) {
        self.batch = Some(Batch {
            bisection: Bisection::of(records),
            divided: false,
            errors: 0,
            by_errors: false,
        });
    }

    /// The records of the batch to be sent now; none without a batch.
    pub fn part(&self) -> Option<Range<usize>> {
        self.batch.as_ref()?.bisection.next()
    }

    /// An attempt is under way.
    pub fn started(&mut self) {
        self.sending = true;
        self.not_before = None;
    }

    /// The attempt came to `outcome`. `other_accepted` is when another signal of this destination was last accepted; `jitter` is
    /// random, from 0 to 1.
    pub fn settle(
        &mut self,
        outcome: Outcome,
        other_accepted: Option<Instant>,
        now: Instant,
        jitter: f64,
    ) -> Verdict {
        self.sending = false;
        let outdated = std::mem::take(&mut self.outdated);
        let verdict = self.judge(outcome, other_accepted, now, jitter);
        if outdated {
            self.settings_changed();
        }
        match verdict {
            // What is left of it was read under the old settings.
            Verdict::Wait { reason } if outdated => Verdict::Hold { reason },
            Verdict::Divide if outdated => Verdict::Hold {
                reason: "the settings have changed".to_owned(),
            },
            verdict => verdict,
        }
    }

    fn judge(
        &mut self,
        outcome: Outcome,
        other_accepted: Option<Instant>,
        now: Instant,
        jitter: f64,
    ) -> Verdict {
        match outcome {
            Outcome::Accepted { rejected, message } => self.accepted(rejected, message, now),
            Outcome::Refused { reason } => match self.refused(&reason) {
                Refusal::Continue => Verdict::Divide,
                Refusal::Settle(settled) => self.passed_over(settled),
                Refusal::Hold => self.hold(LaneState::Refused, reason, now, backoff::HELD),
            },
            Outcome::Retry {
                after,
                reason,
                suspicious,
            } => {
                self.failures = self.failures.saturating_add(1);
                let delay = backoff::delay(self.failures, jitter, after);
                if suspicious && self.suspects() {
                    let verdict = match self.refused(&reason) {
                        Refusal::Continue => Verdict::Divide,
                        Refusal::Settle(settled) => self.passed_over(settled),
                        Refusal::Hold => {
                            return self.hold(LaneState::Retrying, reason, now, delay);
                        }
                    };
                    self.failures = 0;
                    self.not_before = now.checked_add(backoff::delay(1, jitter, after));
                    return verdict;
                }
                self.again(LaneState::Retrying, reason, now, delay)
            }
            Outcome::Misconfigured {
                reason,
                unsupported: true,
            } => {
                let since = *self.unsupported_since.get_or_insert(now);
                if other_accepted.is_some_and(|at| at >= since) || self.state == LaneState::LeftOut
                {
                    return self.hold(LaneState::LeftOut, reason, now, LEFT_OUT);
                }
                let soon = now.saturating_duration_since(since) < backoff::HELD;
                let delay = if soon { UNSUPPORTED } else { backoff::HELD };
                self.again(LaneState::Misconfigured, reason, now, delay)
            }
            Outcome::Misconfigured { reason, .. } => {
                self.again(LaneState::Misconfigured, reason, now, backoff::HELD)
            }
        }
    }

    fn accepted(&mut self, rejected: i64, message: String, now: Instant) -> Verdict {
        self.failures = 0;
        self.not_before = None;
        self.accepted_at = Some(now);
        self.unsupported_since = None;
        let Some(batch) = &mut self.batch else {
            return Verdict::Hold {
                reason: "there is no batch".to_owned(),
            };
        };
        batch.errors = 0;
        let settled = batch.bisection.accepted();
        if batch.bisection.next().is_none() {
            self.batch = None;
        }
        self.state = LaneState::Ok;
        Verdict::Advance {
            settled,
            rejected,
            message,
        }
    }

    /// A refusal settles what it finds to be poison.
    fn passed_over(&mut self, settled: Settled) -> Verdict {
        if self.part().is_none() {
            self.batch = None;
        }
        self.state = LaneState::Ok;
        Verdict::Advance {
            settled,
            rejected: 0,
            message: String::new(),
        }
    }

    fn refused(&mut self, reason: &str) -> Refusal {
        let Some(batch) = &mut self.batch else {
            return Refusal::Hold;
        };
        batch.errors = 0;
        batch.divided = true;
        self.not_before = None;
        batch.bisection.refused(reason)
    }

    /// Counts an error of the peer's own: whether it is now laid to the records. One that came once may be about anything.
    fn suspects(&mut self) -> bool {
        let Some(batch) = &mut self.batch else {
            return false;
        };
        batch.errors += 1;
        let alone = batch.bisection.next().is_some_and(|part| part.len() == 1);
        let suspects = batch.errors >= MOST_ERRORS || (batch.by_errors && !alone);
        batch.by_errors |= suspects;
        suspects
    }

    /// Keeps a batch that was divided, for it would be divided again; another one is read again.
    fn again(
        &mut self,
        state: LaneState,
        reason: String,
        now: Instant,
        delay: Duration,
    ) -> Verdict {
        self.state = state;
        self.not_before = now.checked_add(delay);
        match &self.batch {
            Some(batch) if batch.divided || batch.errors > 0 => Verdict::Wait { reason },
            _ => {
                self.batch = None;
                Verdict::Hold { reason }
            }
        }
    }

    fn hold(&mut self, state: LaneState, reason: String, now: Instant, delay: Duration) -> Verdict {
        self.state = state;
        self.not_before = now.checked_add(delay);
        self.batch = None;
        Verdict::Hold { reason }
    }

    pub fn is_sending(&self) -> bool {
        self.sending
    }

    /// Nothing can be sent before: what there is waits for something else than the peer.
    pub fn pause(&mut self, until: Instant) {
        self.not_before = Some(until);
        self.batch = None;
    }

    /// There is no batch any more.
    pub fn forget(&mut self) {
        self.batch = None;
    }

    /// How the lane stands.
    pub fn state(&self) -> LaneState {
        self.state
    }

    /// When something was last accepted under the settings as they are.
    pub fn accepted_at(&self) -> Option<Instant> {
        self.accepted_at
    }

    /// Tries again at once, whatever held the lane, with a batch that is read anew.
    pub fn settings_changed(&mut self) {
        self.failures = 0;
        self.not_before = None;
        self.accepted_at = None;
        self.unsupported_since = None;
        self.outdated = self.sending;
        if !self.sending {
            self.batch = None;
        }
    }
}

#[cfg(test)]
mod tests;
