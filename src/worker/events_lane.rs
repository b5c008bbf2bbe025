//! Spans or logs on their way: one slice of events read, sent and settled at a time.

use super::destination::{DEFAULT, Destination};
use super::network::Network;
use super::session::Session;
use crate::delivery::lane::{Lane, Verdict};
use crate::delivery::outcome::{Outcome, Reply, classify};
use crate::otlp::record::{Micros, Record};
use crate::otlp::signal::Signal;
use crate::otlp::{logs, traces};
use crate::position::{Fate, Horizon, Position, Slice, Xid};
use crate::store::events::{self, Limits};
use crate::store::{measurements, progress};
use crate::transport::request::Request;
use std::time::{Instant, SystemTime};

const MOST_EVENTS: usize = 512;
/// Of source rows; what is sent is of the same order.
const MOST_BYTES: usize = 4 << 20;

/// A batch that is under way.
struct Flight {
    slice: Slice,
    to: i64,
    recorded_at: Option<Micros>,
    sent: i64,
    /// What is passed over, and why.
    orphans: Vec<i64>,
    reason: &'static str,
}

pub struct EventsLane {
    signal: Signal,
    pub position: Position,
    pub lane: Lane,
    flight: Option<Flight>,
    /// A read failed over its data: the next ones, so many, take one event each, and pass over the one that cannot be read.
    careful: usize,
}

impl EventsLane {
    pub fn load(signal: Signal) -> Result<Self, String> {
        let position = progress::load(DEFAULT, signal.name())?;
        Ok(Self {
            signal,
            position,
            lane: Lane::default(),
            flight: None,
            careful: 0,
        })
    }

    /// Reads and sends the next batch when the lane is free. Slices that need no request are settled on the way.
    pub fn dispatch(
        &mut self,
        session: Session,
        number: usize,
        network: &Network,
        destination: &Destination,
        horizon: &Horizon,
        fate: impl Fn(Xid) -> Fate,
    ) -> Result<(), String> {
        if !self.lane.ready(Instant::now()) {
            return Ok(());
        }
        let before = self.position.clone();
        let Some(slice) = self.position.next(horizon, &fate) else {
            if self.position != before {
                self.store(session, None)?;
            }
            return Ok(());
        };
        let limits = Limits {
            spans_only: self.signal == Signal::Traces,
            with_content: self.signal == Signal::Logs && destination.rendering.include_content,
            events: MOST_EVENTS,
            bytes: MOST_BYTES,
        };
        let reader = (DEFAULT, self.signal.name());
        let part = if self.careful > 0 {
            slice.up_to(session.transaction(|| measurements::end(&slice, 1))?)
        } else {
            slice.clone()
        };
        let mut reason = "not found in database";
        let batch = match session.transaction(|| events::read(&part, reader, limits)) {
            Ok(batch) => {
                self.careful = self.careful.saturating_sub(1);
                batch
            }
            Err(why) if !is_data_fault(&why) => return Err(why),
            Err(_) if self.careful > 0 => {
                self.careful = 0;
                reason = "cannot be read";
                events::Batch::unreadable(&part)
            }
            Err(why) => {
                self.careful = MOST_EVENTS;
                return Err(why);
            }
        };
        let request = self.encode(&batch.records, destination)?;
        let mut flight = Flight {
            slice,
            to: batch.to,
            recorded_at: batch.recorded_at,
            sent: 0,
            orphans: batch.orphans,
            reason,
        };
        let Some((request, sent)) = request else {
            return self.settle(session, &flight, 0, "");
        };
        flight.sent = sent;
        network.send(number, request)?;
        self.lane.started();
        self.flight = Some(flight);
        Ok(())
    }

    /// The request and the number of spans or logs in it; none when there is nothing to send.
    fn encode(
        &self,
        records: &[Record],
        destination: &Destination,
    ) -> Result<Option<(Request, i64)>, String> {
        let (resource, rendering) = (&destination.resource, &destination.rendering);
        let (request, count) = if self.signal == Signal::Traces {
            let Some(message) = traces::request(records, resource, rendering) else {
                return Ok(None);
            };
            let spans = message
                .resource_spans
                .iter()
                .flat_map(|part| &part.scope_spans);
            let count = spans.map(|scope| scope.spans.len()).sum::<usize>();
            (destination.request(self.signal, &message)?, count)
        } else {
            let Some(message) = logs::request(records, resource, rendering) else {
                return Ok(None);
            };
            (destination.request(self.signal, &message)?, records.len())
        };
        Ok(Some((request, i64::try_from(count).unwrap_or(i64::MAX))))
    }

    /// Deals with the answer to what is under way.
    pub fn answered(&mut self, session: Session, reply: &Reply, jitter: f64) -> Result<(), String> {
        let Some(flight) = self.flight.take() else {
            return Ok(());
        };
        let outcome = classify(self.signal, reply, SystemTime::now());
        match self.lane.settle(outcome, Instant::now(), jitter) {
            Verdict::Advance { rejected, message } => {
                self.settle(session, &flight, rejected, &message)
            }
            Verdict::Hold { reason } => {
                let state = self.lane.state().text();
                session
                    .transaction(|| progress::failed(DEFAULT, self.signal.name(), state, &reason))
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
        let _ = session.transaction(|| progress::failed(DEFAULT, self.signal.name(), state, why));
    }

    fn settle(
        &mut self,
        session: Session,
        flight: &Flight,
        rejected: i64,
        message: &str,
    ) -> Result<(), String> {
        let before = self.position.clone();
        self.position.settle(&flight.slice, flight.to);
        let stored = session.transaction(|| {
            progress::store(
                DEFAULT,
                self.signal.name(),
                &self.position,
                flight.recorded_at,
            )?;
            if !flight.orphans.is_empty() {
                events::report_failures(&flight.orphans, flight.reason)?;
                let orphans = i64::try_from(flight.orphans.len()).unwrap_or(i64::MAX);
                progress::passed_over(DEFAULT, self.signal.name(), orphans)?;
            }
            if flight.sent > 0 {
                let sent = (flight.sent - rejected).max(0);
                progress::accepted(DEFAULT, self.signal.name(), sent, rejected, message)?;
            }
            Ok(())
        });
        if stored.is_err() {
            self.position = before;
        }
        stored
    }

    fn store(&self, session: Session, recorded_at: Option<Micros>) -> Result<(), String> {
        session.transaction(|| {
            progress::store(DEFAULT, self.signal.name(), &self.position, recorded_at)
        })
    }

    /// Whether everything up to this id has been dealt with.
    pub fn is_past(&self, id: i64) -> bool {
        self.flight.is_none() && self.position.passed >= id
    }

    pub fn is_sending(&self) -> bool {
        self.flight.is_some()
    }
}

/// Whether a read failed over what is stored, so that it would fail again: a value that cannot be converted, or too much
/// for the memory.
fn is_data_fault(why: &str) -> bool {
    ["22", "53200", "54", "XX000"]
        .iter()
        .any(|class| why.contains(&format!("(SQLSTATE {class}")))
}
