//! Metrics on their way: the whole state once per interval, in requests of bounded size.

use super::destination::Destination;
use super::exporter::Identity;
use super::network::Network;
use super::session::Session;
use crate::delivery::bisection::Poison;
use crate::delivery::lane::{Lane, LaneState, Verdict};
use crate::delivery::outcome::{Outcome, Reply, classify};
use crate::metrics::Series;
use crate::otlp::metrics;
use crate::otlp::record::Micros;
use crate::otlp::signal::Signal;
use crate::settings::Settings;
use crate::store::rejections::{self, Rejection};
use crate::store::{progress, series, standings};
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Series in one request.
const MOST_SERIES: i64 = 1000;

/// Series with their ids, as they were read.
type Batch = Vec<(i64, Series)>;

pub struct MetricsLane {
    identity: Identity,
    pub lane: Lane,
    batch: Option<Batch>,
    /// Points under way.
    sent: i64,
    /// The last series sent in this round; none between rounds.
    round: Option<i64>,
    /// Series that the peer does not take: told once, and left out until the settings change.
    poisoned: BTreeSet<i64>,
    /// When this round, or the last one, began.
    began: Micros,
    due: Instant,
    /// Another round was asked for after this one had begun.
    again: bool,
    completed: bool,
}

impl MetricsLane {
    pub fn new(identity: &Identity) -> Self {
        Self {
            identity: identity.clone(),
            lane: Lane::default(),
            batch: None,
            sent: 0,
            round: None,
            poisoned: BTreeSet::new(),
            began: 0,
            due: Instant::now(),
            again: false,
            completed: false,
        }
    }

    /// What was read under other settings is read again.
    pub fn settings_changed(&mut self) {
        self.lane.settings_changed();
        self.poisoned.clear();
        if !self.lane.is_sending() {
            self.batch = None;
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
        self.again = self.round.is_some() || self.lane.is_sending();
    }

    /// Sends the next part of the state when the lane is free.
    pub fn dispatch(
        &mut self,
        session: Session,
        number: usize,
        network: &Network,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<(), String> {
        let now = Instant::now();
        if !self.lane.ready(now) || (self.round.is_none() && now < self.due) {
            return Ok(());
        }
        if self.round.is_none() {
            self.began = clock();
            self.again = false;
        }
        let batch = match self.batch.take() {
            Some(batch) if self.lane.part().is_some() => batch,
            _ => match self.read(session, destination, settings)? {
                Some(batch) => {
                    self.lane.load(batch.len());
                    batch
                }
                None => return self.end_round(session, settings.metric_interval),
            },
        };
        let part = self.lane.part().unwrap_or_default();
        let series = batch.get(part).unwrap_or_default();
        let series: Vec<&Series> = series.iter().map(|(_, series)| series).collect();
        // How export itself stands goes along once per round. Whoever is given all events is told of all destinations.
        let standings = match self.round {
            None => {
                let only = (!destination.filter.is_open()).then_some(self.identity.key.as_str());
                session.transaction(|| standings::read(only))?
            }
            Some(_) => Vec::new(),
        };
        let message = metrics::request(&series, &standings, &destination.resource, clock());
        network.send(number, destination.request(Signal::Metrics, &message)?)?;
        self.lane.started();
        self.sent = i64::try_from(series.len()).unwrap_or(i64::MAX);
        self.batch = Some(batch);
        Ok(())
    }

    /// The next series of this round; none behind the last.
    fn read(
        &mut self,
        session: Session,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Option<Batch>, String> {
        loop {
            let after = self.round.unwrap_or(0);
            let mut batch = session.transaction(|| {
                series::read(after, MOST_SERIES, &settings.bounds, destination.filter)
            })?;
            let Some((last, _)) = batch.last() else {
                return Ok(None);
            };
            let last = *last;
            batch.retain(|(id, _)| !self.poisoned.contains(id));
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            self.round = Some(last);
        }
    }

    fn end_round(&mut self, session: Session, interval: Duration) -> Result<(), String> {
        if self.round.take().is_some() {
            let key = &self.identity.key;
            session.transaction(|| progress::completed(key, "metrics", self.began))?;
        }
        let now = Instant::now();
        self.completed = !self.again;
        self.due = if self.again { now } else { now + interval };
        Ok(())
    }

    /// Deals with the answer to what is under way. A batch that was not taken is read anew when it is sent again.
    pub fn answered(
        &mut self,
        session: Session,
        reply: &Reply,
        other_accepted: Option<Instant>,
        jitter: f64,
    ) -> Result<(), String> {
        let outcome = classify(Signal::Metrics, reply, SystemTime::now());
        match self
            .lane
            .settle(outcome, other_accepted, Instant::now(), jitter)
        {
            Verdict::Advance {
                settled,
                rejected,
                message,
            } => {
                let told = self.accepted(session, settled.poison.as_ref(), rejected, &message);
                if self.lane.part().is_none() {
                    let batch = self.batch.take();
                    self.round = batch.and_then(|batch| batch.last().map(|(id, _)| *id));
                }
                told
            }
            Verdict::Divide => Ok(()),
            Verdict::Wait { reason } => self.tell(session, &reason),
            Verdict::Hold { reason } => {
                self.batch = None;
                self.tell(session, &reason)
            }
        }
    }

    fn accepted(
        &mut self,
        session: Session,
        poison: Option<&Poison>,
        rejected: i64,
        message: &str,
    ) -> Result<(), String> {
        let batch = self.batch.as_deref().unwrap_or_default();
        let series = |poison: &Poison| batch.get(poison.record);
        self.poisoned
            .extend(poison.and_then(|one| Some(series(one)?.0)));
        let sent = if poison.is_some() {
            0
        } else {
            (self.sent - rejected).max(0)
        };
        let (key, name) = (&self.identity.key, &self.identity.name);
        session.transaction(|| {
            progress::accepted(key, "metrics", sent, rejected, message)?;
            if rejected > 0 {
                let rejection = Rejection {
                    records: rejected,
                    event: None,
                    name: None,
                    reason: message,
                };
                rejections::keep(name, "metrics", &rejection)?;
            }
            if let Some(poison) = poison {
                let rejection = Rejection {
                    records: 1,
                    event: None,
                    name: series(poison).map(|(_, series)| series.name.as_str()),
                    reason: &poison.reason,
                };
                rejections::keep(name, "metrics", &rejection)?;
                progress::accepted(key, "metrics", 0, 1, &poison.reason)?;
            }
            Ok(())
        })
    }

    fn tell(&self, session: Session, reason: &str) -> Result<(), String> {
        let state = self.lane.state().text();
        session.transaction(|| progress::failed(&self.identity.key, "metrics", state, reason))
    }

    /// What went wrong here, before or behind the sending, waits like a failed attempt.
    pub fn failed(&mut self, session: Session, why: &str, jitter: f64) {
        let outcome = Outcome::Retry {
            after: None,
            reason: why.to_owned(),
            suspicious: false,
        };
        self.batch = None;
        self.lane.forget();
        self.lane.settle(outcome, None, Instant::now(), jitter);
        // If even this cannot be stored, worker_status says why.
        let _ = self.tell(session, why);
    }

    /// Whether a round has been completed, or an attempt has failed, or the signal is left out.
    pub fn is_settled(&self) -> bool {
        self.completed || (!self.lane.is_sending() && self.lane.state() != LaneState::Ok)
    }
}

fn clock() -> Micros {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Micros::try_from(now.as_micros()).unwrap_or(Micros::MAX)
}
