use super::*;
use crate::delivery::bisection::Poison;

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

fn error() -> Outcome {
    Outcome::Retry {
        after: None,
        reason: "500".into(),
        suspicious: true,
    }
}

fn misconfigured(unsupported: bool) -> Outcome {
    Outcome::Misconfigured {
        reason: "40x".into(),
        unsupported,
    }
}

fn refused() -> Outcome {
    Outcome::Refused {
        reason: "400".into(),
    }
}

/// A lane and a clock. Every attempt is made as soon as the lane is ready.
struct Attempts {
    lane: Lane,
    now: Instant,
    other_accepted: Option<Instant>,
}

impl Attempts {
    fn new() -> Self {
        Self {
            lane: Lane::default(),
            now: Instant::now(),
            other_accepted: None,
        }
    }

    fn make(&mut self, records: usize, outcome: Outcome) -> Verdict {
        self.now += self.lane.wait(self.now).unwrap_or_default();
        assert!(self.lane.ready(self.now));
        if self.lane.part().is_none() {
            self.lane.load(records);
        }
        self.lane.started();
        assert!(!self.lane.ready(self.now));
        self.lane
            .settle(outcome, self.other_accepted, self.now, 1.0)
    }

    fn wait(&self) -> Option<u64> {
        self.lane.wait(self.now).map(|wait| wait.as_secs())
    }
}

#[test]
fn waits_and_states() {
    for (outcomes, wait, state) in [
        (vec![accepted()], None, "ok"),
        (vec![retry(None)], Some(1), "retrying"),
        (vec![retry(None), retry(None)], Some(2), "retrying"),
        (vec![retry(Some(90))], Some(90), "retrying"),
        (vec![retry(None), accepted()], None, "ok"),
        (
            vec![retry(None), accepted(), retry(None)],
            Some(1),
            "retrying",
        ),
        (vec![misconfigured(false)], Some(60), "misconfigured"),
        (vec![misconfigured(true)], Some(5), "misconfigured"),
        (vec![refused()], Some(60), "refused"),
        (vec![refused(), accepted()], None, "ok"),
        (vec![error(), error(), error()], Some(4), "retrying"),
    ] {
        let mut attempts = Attempts::new();
        for outcome in outcomes.clone() {
            attempts.make(1, outcome);
        }
        assert_eq!(attempts.wait(), wait, "{outcomes:?}");
        assert_eq!(attempts.lane.state().text(), state, "{outcomes:?}");
    }
}

fn advance(to: usize, poison: Option<(usize, &str)>) -> Verdict {
    let poison = poison.map(|(record, reason)| Poison {
        record,
        reason: reason.into(),
    });
    Verdict::Advance {
        settled: Settled { to, poison },
        rejected: 0,
        message: String::new(),
    }
}

fn hold(reason: &str) -> Verdict {
    Verdict::Hold {
        reason: reason.into(),
    }
}

fn wait(reason: &str) -> Verdict {
    Verdict::Wait {
        reason: reason.into(),
    }
}

#[test]
fn verdicts() {
    let mut attempts = Attempts::new();
    assert_eq!(attempts.make(3, accepted()), advance(3, None));
    assert_eq!(attempts.make(3, retry(None)), hold("busy"));
    assert_eq!(attempts.make(3, misconfigured(false)), hold("40x"));
    assert_eq!(attempts.make(1, refused()), hold("400"));
}

#[test]
fn a_refused_batch_is_divided_at_once_and_goes_on_through_an_outage() {
    let mut attempts = Attempts::new();
    assert_eq!(attempts.make(2, refused()), Verdict::Divide);
    assert_eq!(attempts.lane.part(), Some(0..1));
    assert_eq!(
        (attempts.wait(), attempts.lane.state()),
        (None, LaneState::Ok)
    );
    assert_eq!(attempts.make(2, refused()), Verdict::Divide);
    assert_eq!(attempts.make(2, retry(None)), wait("busy"));
    assert_eq!(attempts.lane.state(), LaneState::Retrying);
    assert_eq!(attempts.lane.part(), Some(1..2));
    assert_eq!(attempts.make(2, accepted()), advance(0, None));
    assert_eq!(
        attempts.lane.part(),
        Some(0..1),
        "it may have been the outage"
    );
    let poison = advance(2, Some((0, "400")));
    assert_eq!(attempts.make(2, refused()), poison);
    assert_eq!(attempts.lane.part(), None);
    assert_eq!(attempts.lane.state(), LaneState::Ok);
}

#[test]
fn errors_of_the_peer_are_laid_to_the_records_after_five() {
    let mut attempts = Attempts::new();
    for _ in 0..4 {
        assert_eq!(attempts.make(2, error()), wait("500"));
    }
    assert_eq!(attempts.make(2, error()), Verdict::Divide);
    assert_eq!(
        attempts.wait(),
        Some(1),
        "it may still be the peer: no haste"
    );
    // A record alone is asked about five times, too.
    for _ in 0..4 {
        assert_eq!(attempts.make(2, error()), wait("500"));
        assert_eq!(attempts.lane.part(), Some(0..1));
    }
    assert_eq!(attempts.make(2, error()), Verdict::Divide);
    assert_eq!(attempts.make(2, accepted()), advance(0, None));
    for _ in 0..4 {
        assert_eq!(attempts.make(2, error()), wait("500"));
    }
    assert_eq!(attempts.make(2, error()), advance(2, Some((0, "500"))));
}

#[test]
fn where_all_are_errors_the_peer_is_retried_for_ever() {
    let mut attempts = Attempts::new();
    for _ in 0..200 {
        let verdict = attempts.make(4, error());
        assert!(!matches!(verdict, Verdict::Advance { .. }));
        assert_ne!(attempts.lane.state(), LaneState::Refused);
    }
}

#[test]
fn other_failures_do_not_count_as_errors() {
    let mut attempts = Attempts::new();
    for _ in 0..20 {
        assert_eq!(attempts.make(2, retry(None)), hold("busy"));
    }
    assert_eq!(attempts.wait(), Some(60));
}

#[test]
fn a_signal_is_left_out_when_another_was_accepted_meanwhile() {
    let mut attempts = Attempts::new();
    attempts.other_accepted = Some(attempts.now);
    attempts.now += Duration::from_secs(1);
    attempts.make(1, misconfigured(true));
    assert_eq!(
        attempts.lane.state(),
        LaneState::Misconfigured,
        "that was before"
    );
    attempts.make(1, misconfigured(true));
    assert_eq!(attempts.lane.state(), LaneState::Misconfigured);
    attempts.other_accepted = Some(attempts.now);
    attempts.make(1, misconfigured(true));
    assert_eq!(attempts.lane.state(), LaneState::LeftOut);
    assert_eq!(attempts.wait(), Some(3600));
    attempts.make(1, misconfigured(true));
    assert_eq!(attempts.lane.state(), LaneState::LeftOut);
    attempts.make(1, accepted());
    assert_eq!(attempts.lane.state(), LaneState::Ok);
}

#[test]
fn a_peer_that_knows_no_signal_is_asked_every_minute_after_a_while() {
    let mut attempts = Attempts::new();
    for _ in 0..14 {
        attempts.make(1, misconfigured(true));
    }
    assert_eq!(attempts.wait(), Some(60));
    assert_eq!(attempts.lane.state(), LaneState::Misconfigured);
}

#[test]
fn new_settings_are_tried_at_once() {
    for outcome in [retry(Some(3000)), misconfigured(true), refused()] {
        let mut attempts = Attempts::new();
        attempts.make(1, outcome.clone());
        assert!(attempts.wait().is_some());
        attempts.lane.settings_changed();
        assert_eq!(attempts.wait(), None, "{outcome:?}");
    }
}

#[test]
fn an_answer_to_old_settings_does_not_hold_up_new_ones() {
    let now = Instant::now();
    let mut lane = Lane::default();
    lane.load(2);
    lane.started();
    lane.settings_changed();
    assert!(!lane.ready(now), "one attempt at a time");
    assert!(matches!(
        lane.settle(refused(), None, now, 1.0),
        Verdict::Hold { .. }
    ));
    assert!(lane.ready(now) && lane.part().is_none());
    lane.load(2);
    lane.started();
    lane.settle(misconfigured(false), None, now, 1.0);
    assert!(!lane.ready(now), "only the one that was under way");
}

#[test]
fn what_old_settings_brought_there_is_there() {
    let now = Instant::now();
    let mut lane = Lane::default();
    lane.load(2);
    lane.started();
    lane.settings_changed();
    assert_eq!(lane.settle(accepted(), None, now, 1.0), advance(2, None));
}
