//! The state of one signal of one destination: whether it may be sent, and what became of the last attempt.

use super::backoff;
use super::outcome::Outcome;
use std::time::{Duration, Instant};

/// How a signal stands, by its last settled attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    /// Accepted, or not tried yet.
    Ok,
    Retrying,
    Misconfigured,
    /// The peer refuses this batch, which is held.
    Refused,
}

impl LaneState {
    /// As shown in `export_status`.
    pub fn text(self) -> &'static str {
        match self {
            LaneState::Ok => "ok",
            LaneState::Retrying => "retrying",
            LaneState::Misconfigured => "misconfigured",
            LaneState::Refused => "refused",
        }
    }
}

/// What to do with the batch that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done: go on behind it. What was rejected is never sent again.
    Advance { rejected: i64, message: String },
    /// Keep it, and send it again when the lane is ready.
    Hold { reason: String },
}

/// One signal of one destination. At most one attempt is under way.
#[derive(Debug)]
pub struct Lane {
    state: LaneState,
    /// Retries in a row.
    failures: u32,
    not_before: Option<Instant>,
    sending: bool,
    /// The settings changed under the attempt that is under way: it says nothing about the new ones.
    outdated: bool,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            state: LaneState::Ok,
            failures: 0,
            not_before: None,
            sending: false,
            outdated: false,
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

    /// An attempt is under way.
    pub fn started(&mut self) {
        self.sending = true;
        self.not_before = None;
    }

    /// The attempt came to `outcome`. `jitter` is random, from 0 to 1.
    pub fn settle(&mut self, outcome: Outcome, now: Instant, jitter: f64) -> Verdict {
        self.sending = false;
        let outdated = std::mem::take(&mut self.outdated);
        let (state, delay, reason) = match outcome {
            Outcome::Accepted { rejected, message } => {
                self.state = LaneState::Ok;
                self.failures = 0;
                self.not_before = None;
                return Verdict::Advance { rejected, message };
            }
            Outcome::Retry { after, reason, .. } => {
                self.failures = self.failures.saturating_add(1);
                let delay = backoff::delay(self.failures, jitter, after);
                (LaneState::Retrying, delay, reason)
            }
            Outcome::Misconfigured { reason, .. } => (LaneState::Misconfigured, backoff::HELD, reason),
            Outcome::Refused { reason } => (LaneState::Refused, backoff::HELD, reason),
        };
        self.state = state;
        if outdated {
            self.failures = 0;
        } else {
            self.not_before = now.checked_add(delay);
        }
        Verdict::Hold { reason }
    }

    /// How the lane stands.
    pub fn state(&self) -> LaneState {
        self.state
    }

    /// Tries again at once, whatever held the lane.
    pub fn settings_changed(&mut self) {
        self.failures = 0;
        self.not_before = None;
        self.outdated = self.sending;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> Outcome {
        Outcome::Accepted {
            rejected: 0,
            message: String::new(),
        }
    }

    fn retry(after: Option<u64>) -> Outcome {
        Outcome::Retry {
            after: after.map(Duration::from_secs),
            reason: "busy".into(),
            suspicious: false,
        }
    }

    fn misconfigured() -> Outcome {
        Outcome::Misconfigured {
            reason: "401".into(),
            unsupported: false,
        }
    }

    fn refused() -> Outcome {
        Outcome::Refused {
            reason: "400".into(),
        }
    }

    /// Attempts in a row, each as soon as the lane is ready: the wait and state behind each.
    #[test]
    fn waits_and_states() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (outcome, wait, state) in [
            (vec![accepted()], None, "ok"),
            (vec![retry(None)], seconds(1), "retrying"),
            (vec![retry(None), retry(None)], seconds(2), "retrying"),
            (vec![retry(Some(90))], seconds(90), "retrying"),
            (vec![retry(None), accepted()], None, "ok"),
            (
                vec![retry(None), accepted(), retry(None)],
                seconds(1),
                "retrying",
            ),
            (vec![misconfigured()], seconds(60), "misconfigured"),
            (vec![refused()], seconds(60), "refused"),
            (vec![refused(), accepted()], None, "ok"),
        ] {
            let mut lane = Lane::default();
            let mut now = Instant::now();
            for one in outcome.clone() {
                now += lane.wait(now).unwrap_or_default();
                assert!(lane.ready(now));
                lane.started();
                assert!(!lane.ready(now));
                lane.settle(one, now, 1.0);
            }
            assert_eq!(lane.wait(now), wait, "{outcome:?}");
            assert_eq!(lane.state().text(), state, "{outcome:?}");
            assert_eq!(lane.ready(now), wait.is_none(), "{outcome:?}");
            let later = now + Duration::from_secs(90);
            assert!(lane.ready(later), "{outcome:?}");
        }
    }

    #[test]
    fn verdicts() {
        let now = Instant::now();
        let mut lane = Lane::default();
        let part = Outcome::Accepted {
            rejected: 2,
            message: "old".into(),
        };
        let advance = Verdict::Advance {
            rejected: 2,
            message: "old".into(),
        };
        let hold = |reason: &str| Verdict::Hold {
            reason: reason.into(),
        };
        assert_eq!(lane.settle(part, now, 0.5), advance);
        assert_eq!(lane.settle(retry(None), now, 0.5), hold("busy"));
        assert_eq!(lane.settle(misconfigured(), now, 0.5), hold("401"));
        assert_eq!(lane.settle(refused(), now, 0.5), hold("400"));
    }

    #[test]
    fn new_settings_are_tried_at_once() {
        for outcome in [retry(Some(3000)), misconfigured(), refused()] {
            let now = Instant::now();
            let mut lane = Lane::default();
            lane.started();
            lane.settle(outcome.clone(), now, 1.0);
            assert!(!lane.ready(now));
            lane.settings_changed();
            assert!(lane.ready(now), "{outcome:?}");
        }
    }

    #[test]
    fn an_answer_to_old_settings_does_not_hold_up_new_ones() {
        let now = Instant::now();
        let mut lane = Lane::default();
        lane.started();
        lane.settings_changed();
        assert!(!lane.ready(now), "one attempt at a time");
        lane.settle(misconfigured(), now, 1.0);
        assert!(lane.ready(now));
        lane.started();
        lane.settle(misconfigured(), now, 1.0);
        assert!(!lane.ready(now), "only the one that was under way");
    }
}
