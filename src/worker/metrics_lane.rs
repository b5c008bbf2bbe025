//! Metrics on their way: the whole state once per interval, in requests of bounded size.

use super::destination::{DEFAULT, Destination};
use super::network::Network;
use super::session::Session;
use crate::delivery::lane::{Lane, Verdict};
use crate::delivery::outcome::{Outcome, Reply, classify};
use crate::otlp::metrics;
use crate::otlp::record::Micros;
use crate::otlp::signal::Signal;
use crate::store::{metric_state, progress};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Series in one request.
const MOST_SERIES: i64 = 1000;

/// A request that is under way: the points in it and the last series' id.
struct Flight {
    points: i64,
    last: i64,
}

pub struct MetricsLane {
    pub lane: Lane,
    /// The last series sent in this round; none between rounds.
    round: Option<i64>,
    /// When this round, or the last one, began.
    began: Micros,
    due: Instant,
    /// Another round was asked for after this one had begun.
    again: bool,
    flight: Option<Flight>,
    completed: bool,
}

impl MetricsLane {
    pub fn new() -> Self {
        Self {
            lane: Lane::default(),
            round: None,
            began: 0,
            due: Instant::now(),
            again: false,
            flight: None,
            completed: false,
        }
    }

    /// Whether a round is to begin, so that the state should be brought up to date first.
    pub fn is_due(&self) -> bool {
        let now = Instant::now();
        self.round.is_none() && self.lane.ready(now) && now >= self.due
    }

    /// Begins a round at the next turn, whatever the interval says.
    pub fn hasten(&mut self) {
        self.due = Instant::now();
        self.again = self.round.is_some() || self.is_sending();
    }

    /// Whether a round has been completed.
    pub fn has_completed(&self) -> bool {
        self.completed
    }

    /// Sends the next part of the state when the lane is free.
    pub fn dispatch(
        &mut self,
        session: Session,
        number: usize,
        network: &Network,
        destination: &Destination,
        bounds: &[f64],
        interval: Duration,
    ) -> Result<(), String> {
        let now = Instant::now();
        if !self.lane.ready(now) || (self.round.is_none() && now < self.due) {
            return Ok(());
        }
        if self.round.is_none() {
            self.began = clock();
            self.again = false;
        }
        let after = self.round.unwrap_or(0);
        let (series, last) =
            session.transaction(|| metric_state::read(after, MOST_SERIES, bounds))?;
        let (Some(request), Some(last)) = (
            metrics::request(&series, &destination.resource, clock()),
            last,
        ) else {
            if self.round.take().is_some() {
                session.transaction(|| progress::completed(DEFAULT, "metrics", self.began))?;
            }
            self.completed = !self.again;
            self.due = if self.again { now } else { now + interval };
            return Ok(());
        };
        network.send(number, destination.request(Signal::Metrics, &request)?)?;
        self.lane.started();
        self.flight = Some(Flight {
            points: i64::try_from(series.len()).unwrap_or(i64::MAX),
            last,
        });
        Ok(())
    }

    /// Deals with the answer to what is under way. A part that was not taken is read anew when it is sent again.
    pub fn answered(&mut self, session: Session, reply: &Reply, jitter: f64) -> Result<(), String> {
        let Some(flight) = self.flight.take() else {
            return Ok(());
        };
        let outcome = classify(Signal::Metrics, reply, SystemTime::now());
        match self.lane.settle(outcome, Instant::now(), jitter) {
            Verdict::Advance { rejected, message } => {
                self.round = Some(flight.last);
                let sent = (flight.points - rejected).max(0);
                session.transaction(|| {
                    progress::accepted(DEFAULT, "metrics", sent, rejected, &message)
                })
            }
            Verdict::Hold { reason } => {
                let state = self.lane.state().text();
                session.transaction(|| progress::failed(DEFAULT, "metrics", state, &reason))
            }
        }
    }

    /// What went wrong here, before or behind the sending, waits like a failed attempt.
    pub fn failed(&mut self, session: Session, why: &str, jitter: f64) {
        self.flight = None;
        let outcome = Outcome::Retry {
            after: None,
            reason: why.to_owned(),
            suspicious: false,
        };
        self.lane.settle(outcome, Instant::now(), jitter);
        let state = self.lane.state().text();
        // If even this cannot be stored, worker_status says why.
        let _ = session.transaction(|| progress::failed(DEFAULT, "metrics", state, why));
    }

    pub fn is_sending(&self) -> bool {
        self.flight.is_some()
    }
}

fn clock() -> Micros {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Micros::try_from(now.as_micros()).unwrap_or(Micros::MAX)
}
