//! Everything that is done with events: look who writes, fold, send, settle. Driven by the worker's loop, or by a procedure.

use super::destination::{DEFAULT, Destination};
use super::events_lane::EventsLane;
use super::fold::Fold;
use super::lifecycle;
use super::metrics_lane::MetricsLane;
use super::network::Network;
use super::session::Session;
use crate::delivery::lane::LaneState;
use crate::otlp::signal::Signal;
use crate::position::{Fate, Horizon, Xid};
use crate::settings::Settings;
use crate::store::{activity, installation, progress};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

const METRICS: usize = 2;

pub struct Pipeline {
    session: Session,
    horizon: Horizon,
    fates: BTreeMap<Xid, Fate>,
    fold: Fold,
    events: [EventsLane; 2],
    metrics: MetricsLane,
    /// Started with the first request: where export is off there is no thread and no socket.
    network: Option<Network>,
    instance_id: String,
    settings: Option<Settings>,
    /// So many reloads have been looked at.
    reloads: usize,
    destination: Result<Option<Destination>, String>,
    /// What went wrong in this turn beside the sending.
    trouble: Option<String>,
}

impl Pipeline {
    /// Takes up where the last one stopped.
    pub fn load(session: Session) -> Result<Self, String> {
        session.transaction(|| {
            installation::settle()?;
            activity::check_sequence()?;
            progress::prepare()?;
            Ok(Self {
                session,
                horizon: Horizon::default(),
                fates: BTreeMap::new(),
                fold: Fold::new(progress::load("fold", "metrics")?),
                events: [
                    EventsLane::load(Signal::Traces)?,
                    EventsLane::load(Signal::Logs)?,
                ],
                metrics: MetricsLane::new(),
                network: None,
                instance_id: installation::instance_id()?,
                settings: None,
                reloads: 0,
                destination: Ok(None),
                trouble: None,
            })
        })
    }

    /// Takes new settings in. They are tried at once; so are the old ones when somebody asks.
    fn configure(&mut self, settings: &Settings, at_once: bool) -> Result<(), String> {
        let mut changed = self.settings.as_ref() != Some(settings);
        let reloads = lifecycle::reloads();
        if !changed && !at_once && self.reloads == reloads {
            return Ok(());
        }
        self.reloads = reloads;
        let mut destination = Destination::of(settings, &self.instance_id);
        // Of the same settings, it differs by the file that they name.
        if !changed && destination == self.destination {
            if !at_once {
                return Ok(());
            }
            // The old one has the connections.
            std::mem::swap(&mut destination, &mut self.destination);
        } else {
            changed = true;
        }
        if changed || destination.is_err() {
            tell(self.session, &destination)?;
        }
        for lane in &mut self.events {
            lane.lane.settings_changed();
        }
        self.metrics.lane.settings_changed();
        self.destination = destination;
        self.settings = Some(settings.clone());
        Ok(())
    }

    /// Does what can be done now. `at_once`: folds and begins to send metrics whatever the intervals say.
    pub fn turn(&mut self, settings: &Settings, at_once: bool) -> Result<(), String> {
        self.trouble = None;
        self.configure(settings, at_once)?;
        let answered = self.take_replies();
        // What was under way when it ended has said how it went, which is no longer how things stand.
        if answered && !matches!(self.destination, Ok(Some(_))) {
            tell(self.session, &self.destination)?;
        }
        self.look()?;
        if at_once {
            self.metrics.hasten();
        }
        let sends = matches!(self.destination, Ok(Some(_)));
        if at_once || self.fold.due() || (sends && self.metrics.is_due()) {
            // The fold's trouble is no reason not to send.
            if let Err(why) = self.fold(settings) {
                self.trouble = Some(format!("the metrics are not counted: {why}"));
            }
        }
        self.dispatch(settings)
    }

    /// Counts what is settled, and nothing else.
    pub fn fold_now(&mut self, settings: &Settings) -> Result<(), String> {
        self.look()?;
        self.fold(settings)
    }

    fn fold(&mut self, settings: &Settings) -> Result<(), String> {
        let fates = &self.fates;
        self.fold
            .run(self.session, &self.horizon, &settings.bounds, |xid| {
                fate(fates, xid)
            })
    }

    /// Looks who writes events, unless nothing can have changed.
    fn look(&mut self) -> Result<(), String> {
        let skipped: BTreeSet<Xid> = self.skipped().collect();
        let (horizon, fates) = (&mut self.horizon, &mut self.fates);
        self.session.transaction(|| {
            let last = activity::last_event_id()?;
            if horizon.last() == Some(last)
                && !horizon.is_waiting()
                && skipped.is_empty()
                && horizon.writers().next().is_none()
            {
                return Ok(());
            }
            let holders = activity::writers()?;
            let mut asked = skipped;
            asked.extend(horizon.writers());
            asked.extend(&holders);
            *fates = activity::fates(&asked)?;
            horizon.tick(last, &holders, |xid| fate(fates, xid), Instant::now());
            Ok(())
        })
    }

    fn skipped(&self) -> impl Iterator<Item = Xid> + '_ {
        let positions = self
            .events
            .iter()
            .map(|lane| &lane.position)
            .chain([&self.fold.position]);
        positions.flat_map(|position| position.skipped.iter().map(|skip| skip.xid))
    }

    fn dispatch(&mut self, settings: &Settings) -> Result<(), String> {
        let Ok(Some(destination)) = &self.destination else {
            return Ok(());
        };
        let network = match &mut self.network {
            Some(network) => network,
            none => none.insert(Network::start()?),
        };
        let fates = &self.fates;
        for (number, lane) in self.events.iter_mut().enumerate() {
            let sent = lane.dispatch(
                self.session,
                number,
                network,
                destination,
                &self.horizon,
                |xid| fate(fates, xid),
            );
            // One signal's trouble is not the others'.
            if let Err(why) = sent {
                lane.failed(self.session, &why, jitter());
            }
        }
        // A round tells the state of one moment: not while the fold is in the middle of a backlog.
        if self.fold.has_more() {
            return Ok(());
        }
        let sent = self.metrics.dispatch(
            self.session,
            METRICS,
            network,
            destination,
            &settings.bounds,
            settings.metric_interval,
        );
        if let Err(why) = sent {
            self.metrics.failed(self.session, &why, jitter());
        }
        Ok(())
    }

    /// Whether there were any.
    fn take_replies(&mut self) -> bool {
        let mut any = false;
        while let Some((number, reply)) = self.network.as_mut().and_then(Network::reply) {
            any = true;
            let before = self.state(number);
            match self.events.get_mut(number) {
                Some(lane) => {
                    if let Err(why) = lane.answered(self.session, &reply, jitter()) {
                        lane.failed(self.session, &why, jitter());
                    }
                }
                None => {
                    if let Err(why) = self.metrics.answered(self.session, &reply, jitter()) {
                        self.metrics.failed(self.session, &why, jitter());
                    }
                }
            }
            let after = self.state(number);
            if before != after {
                let signal = Signal::ALL.get(number).map_or("", |signal| signal.name());
                pgrx::log!(
                    "dify_observe: export of {signal} is now {}; see dify_observe.export_status",
                    after.text()
                );
            }
        }
        any
    }

    fn state(&self, number: usize) -> LaneState {
        self.events
            .get(number)
            .map_or(self.metrics.lane.state(), |lane| lane.lane.state())
    }

    /// Whether the fold has more to count at once.
    pub fn folds_on(&self) -> bool {
        self.fold.has_more()
    }

    /// Whose pipeline this is.
    pub fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// Readable when an answer has come.
    pub fn bell(&self) -> Option<RawFd> {
        self.network.as_ref().map(Network::bell)
    }

    /// How long nothing needs to be done, as far as is known.
    pub fn rest(&self) -> Duration {
        let sending = self.events.iter().any(EventsLane::is_sending);
        let behind = matches!(self.destination, Ok(Some(_)))
            && self.events.iter().any(|lane| {
                lane.lane.ready(Instant::now())
                    && (lane.position.passed < self.horizon.upto()
                        || !lane.position.skipped.is_empty())
            });
        if self.fold.has_more() || (behind && !sending && !self.horizon.is_waiting()) {
            Duration::ZERO
        } else if self.horizon.is_waiting() {
            Duration::from_millis(50)
        } else {
            Duration::from_secs(1)
        }
    }

    /// What went wrong in the last turn beside the sending.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Why nothing is sent at all, where that is so.
    pub fn idle_reason(&self) -> Option<&str> {
        match &self.destination {
            Ok(Some(_)) => None,
            Ok(None) => Some(
                "export is off: dify_observe.enabled and dify_observe.telemetry_enabled must both be on",
            ),
            Err(why) => Some(why),
        }
    }

    /// Whether everything up to this id is sent, or an attempt has failed.
    pub fn is_settled(&self, id: i64) -> bool {
        let failed = |state: LaneState, sending: bool| !sending && state != LaneState::Ok;
        let events = self
            .events
            .iter()
            .all(|lane| lane.is_past(id) || failed(lane.lane.state(), lane.is_sending()));
        let metrics = self.metrics.has_completed()
            || failed(self.metrics.lane.state(), self.metrics.is_sending());
        events && metrics
    }
}

/// Shows how all signals stand by the settings alone.
fn tell(session: Session, destination: &Result<Option<Destination>, String>) -> Result<(), String> {
    let (state, reason) = match destination {
        Ok(Some(_)) => ("ok", None),
        Ok(None) => ("off", None),
        Err(why) => ("misconfigured", Some(why.as_str())),
    };
    session.transaction(|| progress::set_state(DEFAULT, state, reason))
}

/// A transaction that was not asked about is taken for running; the next look asks.
fn fate(fates: &BTreeMap<Xid, Fate>, xid: Xid) -> Fate {
    fates.get(&xid).copied().unwrap_or(Fate::InProgress)
}

/// Random from 0 to 1. The standard library seeds every hasher anew, which is random enough to spread retries.
#[allow(clippy::cast_precision_loss)]
fn jitter() -> f64 {
    RandomState::new().hash_one(0u8) as f64 / u64::MAX as f64
}
