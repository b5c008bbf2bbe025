//! One destination: its signals, each on its way by itself.

use super::destination::Destination;
use super::events_lane::EventsLane;
use super::metrics_lane::MetricsLane;
use super::network::Network;
use super::session::Session;
use super::shelf::Shelf;
use crate::delivery::lane::Lane;
use crate::delivery::outcome::Reply;
use crate::otlp::signal::Signal;
use crate::position::{Fate, Horizon, Xid};
use crate::settings::Settings;
use crate::store::progress;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

/// Under which name progress is kept, and under which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub key: String,
    pub name: String,
}

pub struct Exporter {
    pub identity: Identity,
    /// Tells its answers from those of others.
    number: usize,
    pub destination: Result<Option<Destination>, String>,
    events: Vec<EventsLane>,
    metrics: Option<MetricsLane>,
    shelf: Shelf,
}

impl Exporter {
    /// Takes up where its stored progress says.
    pub fn load(identity: Identity, number: usize, signals: &[Signal]) -> Result<Self, String> {
        let events = [Signal::Traces, Signal::Logs];
        let loaded: Result<_, _> = events
            .into_iter()
            .filter(|signal| signals.contains(signal))
            .map(|signal| EventsLane::load(&identity, signal, self::number(number, signal)))
            .collect();
        Ok(Self {
            number,
            destination: Ok(None),
            events: loaded?,
            metrics: signals
                .contains(&Signal::Metrics)
                .then(|| MetricsLane::new(&identity)),
            shelf: Shelf::default(),
            identity,
        })
    }

    /// Of spans and logs the one that this is not.
    fn other(&self, at: usize) -> Option<&EventsLane> {
        let mut others = self.events.iter().enumerate();
        others.find_map(|(number, lane)| (number != at).then_some(lane))
    }

    /// Takes a new destination, or the same one, in: it is tried at once.
    pub fn configure(&mut self, destination: Result<Option<Destination>, String>) {
        for lane in &mut self.events {
            lane.settings_changed();
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.settings_changed();
        }
        self.shelf = Shelf::default();
        self.destination = destination;
    }

    pub fn sends(&self) -> bool {
        matches!(self.destination, Ok(Some(_)))
    }

    pub fn signals(&self) -> Vec<Signal> {
        let events = self.events.iter().map(|lane| lane.signal);
        let metrics = self.metrics.as_ref().map(|_| Signal::Metrics);
        events.chain(metrics).collect()
    }

    /// Shows how all signals stand by the settings alone.
    pub fn tell(&self, session: Session) -> Result<(), String> {
        let (state, reason) = match &self.destination {
            Ok(Some(_)) => ("ok", None),
            Ok(None) => ("off", None),
            Err(why) => ("misconfigured", Some(why.as_str())),
        };
        session.transaction(|| progress::set_state(&self.identity.key, state, reason))
    }

    /// Sends what can be sent now. The metrics stay behind while the fold is in the middle of a backlog: a round tells the state
    /// of one moment.
    pub fn dispatch(
        &mut self,
        session: Session,
        network: &Network,
        settings: &Settings,
        horizon: &Horizon,
        fate: impl Fn(Xid) -> Fate,
        with_metrics: bool,
    ) {
        let Ok(Some(destination)) = &self.destination else {
            return;
        };
        // Where what is to be sent depends on more than the events, each signal reads for itself.
        let share = !destination.rendering.profile.tells_all();
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        // Who is behind goes first: the other may be waiting for it.
        order.sort_by_key(|at| self.events.get(*at).map(|lane| lane.position.passed));
        for at in order {
            let other = self
                .other(at)
                .filter(|_| share)
                .and_then(EventsLane::heads_for);
            let Some(lane) = self.events.get_mut(at) else {
                continue;
            };
            if lane.waits_for(other.as_ref()) {
                continue;
            }
            let follows = other.is_some() && other == lane.heads_for();
            let shelf = (&mut self.shelf, follows);
            let sent = lane.dispatch(session, network, destination, horizon, &fate, shelf);
            // One signal's trouble is not the others'.
            if let Err(why) = sent {
                lane.failed(session, &why, jitter());
            }
        }
        if let Some(metrics) = self.metrics.as_mut().filter(|_| with_metrics) {
            let number = number(self.number, Signal::Metrics);
            if let Err(why) = metrics.dispatch(session, number, network, destination, settings) {
                metrics.failed(session, &why, jitter());
            }
        }
    }

    /// Whether an answer to this number is for one of its signals.
    pub fn expects(&self, number: usize) -> bool {
        number / Signal::ALL.len() == self.number
    }

    /// Deals with an answer, and says so where it changes how a signal stands.
    pub fn answered(&mut self, session: Session, number: usize, reply: &Reply) {
        let Some(signal) = Signal::ALL.get(number % Signal::ALL.len()).copied() else {
            return;
        };
        let accepted = self.lanes().filter(|(other, _)| *other != signal);
        let other_accepted = accepted.filter_map(|(_, lane)| lane.accepted_at()).max();
        let state = |exporter: &Self| {
            let lane = exporter.lanes().find(|(one, _)| *one == signal);
            lane.map(|(_, lane)| lane.state())
        };
        let before = state(self);
        if let Some(lane) = self.events.iter_mut().find(|lane| lane.signal == signal) {
            if let Err(why) = lane.answered(session, reply, other_accepted, jitter()) {
                lane.failed(session, &why, jitter());
            }
        } else if let Some(metrics) = &mut self.metrics
            && let Err(why) = metrics.answered(session, reply, other_accepted, jitter())
        {
            metrics.failed(session, &why, jitter());
        }
        if let Some(after) = state(self).filter(|after| before != Some(*after)) {
            pgrx::log!(
                "dify_observe: export of {} to {} is now {}; see dify_observe.export_status",
                signal.name(),
                self.identity.name,
                after.text()
            );
        }
    }

    fn lanes(&self) -> impl Iterator<Item = (Signal, &Lane)> {
        let events = self.events.iter().map(|lane| (lane.signal, &lane.lane));
        let metrics = self.metrics.iter().map(|one| (Signal::Metrics, &one.lane));
        events.chain(metrics)
    }

    /// Whether a round of metrics is to begin, so that the state should be brought up to date first.
    pub fn metrics_are_due(&self) -> bool {
        self.sends() && self.metrics.as_ref().is_some_and(MetricsLane::is_due)
    }

    /// Begins a round of metrics at the next turn, whatever the interval says.
    pub fn hasten(&mut self) {
        if let Some(metrics) = &mut self.metrics {
            metrics.hasten();
        }
    }

    /// Transactions that are waited for.
    pub fn skipped(&self) -> impl Iterator<Item = Xid> + '_ {
        let skipped = self.events.iter().flat_map(|lane| &lane.position.skipped);
        skipped.map(|skip| skip.xid)
    }

    /// Whether there is something to read and nothing in the way.
    pub fn is_behind(&self, horizon: &Horizon) -> bool {
        let now = Instant::now();
        self.sends()
            && self.events.iter().any(|lane| {
                lane.is_ready(now)
                    && (lane.position.passed < horizon.upto() || !lane.position.skipped.is_empty())
            })
    }

    /// Whether everything up to this id is sent and the metrics too, or an attempt has failed.
    pub fn is_settled(&self, id: i64) -> bool {
        let events = self.events.iter().all(|lane| lane.is_settled(id));
        let metrics = self.metrics.as_ref().is_none_or(MetricsLane::is_settled);
        !self.sends() || (events && metrics)
    }
}

/// The number of a request of a signal.
fn number(exporter: usize, signal: Signal) -> usize {
    let place = Signal::ALL.iter().position(|one| *one == signal);
    exporter * Signal::ALL.len() + place.unwrap_or_default()
}

/// Random from 0 to 1. The standard library seeds every hasher anew, which is random enough to spread retries.
#[allow(clippy::cast_precision_loss)]
fn jitter() -> f64 {
    RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64
}
