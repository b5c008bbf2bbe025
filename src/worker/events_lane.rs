//! Spans or logs on their way: one batch of events read, sent and settled at a time.

use super::batch::Batch;
use super::destination::Destination;
use super::exporter::Identity;
use super::network::Network;
use super::reading::Reading;
use super::session::Session;
use super::shelf::Shelf;
use crate::delivery::bisection::Settled;
use crate::delivery::lane::{Lane, LaneState, Verdict};
use crate::delivery::outcome::{Outcome, Reply, classify};
use crate::otlp::record::Record;
use crate::otlp::signal::Signal;
use crate::otlp::{logs, traces};
use crate::position::{Fate, Horizon, Position, Xid};
use crate::store::rejections::{self, Rejection};
use crate::store::{events, progress};
use crate::transport::request::Request;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

pub struct EventsLane {
    pub signal: Signal,
    /// Of its requests.
    number: usize,
    identity: Identity,
    pub position: Position,
    pub lane: Lane,
    batch: Option<Batch>,
    /// Records under way.
    sent: i64,
    reading: Reading,
    /// What is next waits for others of its trace.
    waits: bool,
    /// Since when it lets the destination's other signal catch up.
    patient: Option<Instant>,
}

/// So often it is looked whether they have come.
const LOOK: Duration = Duration::from_secs(1);
/// So long the signal that is ahead waits for the other, so that one read serves both.
const PATIENCE: Duration = Duration::from_millis(500);

impl EventsLane {
    pub fn load(identity: &Identity, signal: Signal, number: usize) -> Result<Self, String> {
        Ok(Self {
            signal,
            number,
            identity: identity.clone(),
            position: progress::load(&identity.key, signal.name())?,
            lane: Lane::default(),
            batch: None,
            sent: 0,
            reading: Reading::default(),
            waits: false,
            patient: None,
        })
    }

    /// What was read under other settings is read again.
    pub fn settings_changed(&mut self) {
        self.lane.settings_changed();
        if !self.is_sending() {
            self.batch = None;
        }
    }

    /// Reads and sends the next batch, or the next part of one, when the lane is free. Slices that need no request are settled
    /// on the way.
    pub fn dispatch(
        &mut self,
        session: Session,
        network: &Network,
        destination: &Destination,
        horizon: &Horizon,
        fate: impl Fn(Xid) -> Fate,
        shelf: (&mut Shelf, bool),
    ) -> Result<(), String> {
        if !self.lane.ready(Instant::now()) {
            return Ok(());
        }
        if self.batch.is_none() || self.lane.part().is_none() {
            let before = self.position.clone();
            let Some(slice) = self.position.next(horizon, &fate) else {
                if self.position != before {
                    self.store(session)?;
                }
                return Ok(());
            };
            let reader = (self.identity.key.as_str(), self.signal);
            let batch = self
                .reading
                .read(session, slice, reader, destination, shelf)?;
            self.waits = batch.only_waits();
            if self.waits {
                self.lane.pause(Instant::now() + LOOK);
                return Ok(());
            }
            self.lane.load(batch.read.records.len());
            self.batch = Some(batch);
        }
        let (Some(batch), Some(part)) = (&self.batch, self.lane.part()) else {
            return Err("there is no batch".to_owned());
        };
        let records = batch.read.records.get(part).unwrap_or_default();
        let Some((request, sent)) = self.encode(records, destination)? else {
            let everything = Settled {
                to: batch.read.records.len(),
                poison: None,
            };
            return self.settle(session, &everything, 0, "");
        };
        network.send(self.number, request)?;
        self.sent = sent;
        self.lane.started();
        Ok(())
    }

    /// The request and the number of spans or logs in it; none when there is nothing to send.
    fn encode(
        &self,
        records: &[Rc<Record>],
        destination: &Destination,
    ) -> Result<Option<(Request, i64)>, String> {
        let (resource, rendering) = (&destination.resource, &destination.rendering);
        let written = if self.signal == Signal::Traces {
            traces::request(records, resource, rendering)
        } else {
            logs::request(records, resource, rendering)
        };
        let Some(written) = written else {
            return Ok(None);
        };
        let count = i64::try_from(written.records).unwrap_or(i64::MAX);
        let request = destination.events_request(self.signal, written.protobuf)?;
        Ok(Some((request, count)))
    }

    /// Deals with the answer to what is under way.
    pub fn answered(
        &mut self,
        session: Session,
        reply: &Reply,
        other_accepted: Option<Instant>,
        jitter: f64,
    ) -> Result<(), String> {
        let outcome = classify(self.signal, reply, SystemTime::now());
        match self
            .lane
            .settle(outcome, other_accepted, Instant::now(), jitter)
        {
            Verdict::Advance {
                settled,
                rejected,
                message,
            } => {
                if settled.poison.is_some() {
                    self.sent = 0;
                }
                self.settle(session, &settled, rejected, &message)
            }
            Verdict::Divide => Ok(()),
            Verdict::Wait { reason } => self.tell(session, &reason),
            Verdict::Hold { reason } => {
                self.batch = None;
                self.tell(session, &reason)
            }
        }
    }

    fn tell(&self, session: Session, reason: &str) -> Result<(), String> {
        let (key, signal) = (&self.identity.key, self.signal.name());
        let state = self.lane.state().text();
        session.transaction(|| progress::failed(key, signal, state, reason))
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

    /// Goes on behind what is settled: position, rejections and counts in one transaction.
    fn settle(
        &mut self,
        session: Session,
        settled: &Settled,
        rejected: i64,
        message: &str,
    ) -> Result<(), String> {
        let Some(batch) = &self.batch else {
            return Err("there is no batch".to_owned());
        };
        let done = settled.to >= batch.read.records.len();
        let (to, recorded_at) = batch.reached(settled.to);
        let before = self.position.clone();
        self.position.settle(&batch.slice, to);
        let sent = (self.sent - rejected).max(0);
        let (identity, signal) = (&self.identity, self.signal.name());
        let stored = session.transaction(|| {
            progress::store(&identity.key, signal, &self.position, recorded_at)?;
            let orphans: Vec<i64> = batch.orphans_before(&before, to);
            if !orphans.is_empty() {
                events::report_failures(&orphans, batch.reason)?;
                let orphans = i64::try_from(orphans.len()).unwrap_or(i64::MAX);
                progress::passed_over(&identity.key, signal, orphans)?;
            }
            if self.sent > 0 {
                progress::accepted(&identity.key, signal, sent, rejected, message)?;
            }
            if let Some(poison) = &settled.poison
                && let Some(record) = batch.read.records.get(poison.record)
            {
                let rejection = Rejection {
                    records: 1,
                    event: Some((record.event_id, record.recorded_at)),
                    name: Some(record.kind.name()),
                    reason: &poison.reason,
                };
                rejections::keep(&identity.name, signal, &rejection)?;
                progress::accepted(&identity.key, signal, 0, 1, &poison.reason)?;
            }
            if rejected > 0 {
                let rejection = Rejection {
                    records: rejected,
                    event: None,
                    name: None,
                    reason: message,
                };
                rejections::keep(&identity.name, signal, &rejection)?;
            }
            Ok(())
        });
        self.sent = 0;
        if stored.is_err() {
            self.position = before;
        } else if done {
            self.batch = None;
            self.lane.forget();
        }
        stored
    }

    /// Whether it waits for the other signal, which reads next from there, before it reads on itself.
    pub fn waits_for(&mut self, other: Option<&Position>) -> bool {
        let reads = self.batch.is_none() && self.lane.ready(Instant::now());
        let is_ahead = other.is_some_and(|other| other.passed < self.position.passed);
        if reads && is_ahead {
            self.patient.get_or_insert_with(Instant::now);
        } else {
            self.patient = None;
        }
        self.is_patient()
    }

    fn is_patient(&self) -> bool {
        self.patient.is_some_and(|since| since.elapsed() < PATIENCE)
    }

    pub fn is_ready(&self, now: Instant) -> bool {
        self.lane.ready(now) && !self.is_patient()
    }

    /// Where it reads next when all goes well; None when something is in its way.
    pub fn heads_for(&self) -> Option<Position> {
        if self.lane.state() != LaneState::Ok {
            return None;
        }
        let mut position = self.position.clone();
        if let Some(batch) = &self.batch {
            position.settle(&batch.slice, batch.read.to);
        }
        Some(position)
    }

    fn store(&self, session: Session) -> Result<(), String> {
        let (key, signal) = (&self.identity.key, self.signal.name());
        session.transaction(|| progress::store(key, signal, &self.position, None))
    }

    /// Whether everything up to this id has been dealt with or waits for its trace, or an attempt has failed, or the signal is left out.
    pub fn is_settled(&self, id: i64) -> bool {
        !self.is_sending()
            && match self.lane.state() {
                LaneState::Ok => self.batch.is_none() && (self.waits || self.position.passed >= id),
                _ => true,
            }
    }

    fn is_sending(&self) -> bool {
        self.lane.is_sending()
    }
}
