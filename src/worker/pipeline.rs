//! Everything that is done with events: look who writes, fold, send, settle. Driven by the worker's loop, or by a procedure.

use super::catalog;
use super::clock::Clock;
use super::exporters::Exporters;
use super::fold::Fold;
use super::session::Session;
use crate::position::{Fate, Horizon, Position, Xid};
use crate::settings::Settings;
use crate::store::activity;
use crate::store::installation::{self, RESTORING};
use crate::store::progress::{self, Beginning, FOLD};
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

pub struct Pipeline {
    session: Session,
    clock: Clock,
    horizon: Horizon,
    fates: BTreeMap<Xid, Fate>,
    fold: Fold,
    pub exporters: Exporters,
    instance_id: String,
    /// What went wrong in this turn beside the sending.
    trouble: Option<String>,
}

impl Pipeline {
    /// Takes up where the last one stopped.
    pub fn load(session: Session) -> Result<Self, String> {
        catalog::watch();
        session.transaction(|| {
            if installation::load()?.restoring {
                return Err(RESTORING.to_owned());
            }
            installation::settle()?;
            installation::obey_the_clock()?;
            activity::check_sequence()?;
            let beginning = Beginning {
                position: &Position::default(),
                since: "-infinity",
                xid: 0,
            };
            progress::prepare(FOLD, "metrics", &beginning)?;
            let instance_id = installation::load()?.instance_id;
            Ok(Self {
                session,
                clock: Clock::new(),
                horizon: Horizon::default(),
                fates: BTreeMap::new(),
                fold: Fold::new(progress::load(FOLD, "metrics")?),
                exporters: Exporters::new(session, &instance_id),
                instance_id,
                trouble: None,
            })
        })
    }

    /// Does what can be done now. `at_once`: folds and begins to send metrics whatever the intervals say.
    pub fn turn(&mut self, settings: &Settings, at_once: bool) -> Result<(), String> {
        self.trouble = None;
        self.exporters
            .configure(settings, at_once, &self.fold.position)?;
        self.exporters.take_replies()?;
        self.look()?;
        if at_once {
            self.exporters.hasten();
        }
        if at_once || self.fold.due() || self.exporters.metrics_are_due() {
            // The fold's trouble is no reason not to send.
            if let Err(why) = self.fold(settings) {
                self.trouble = Some(format!("the metrics are not counted: {why}"));
            }
        }
        let fates = &self.fates;
        self.exporters.dispatch(
            settings,
            &self.horizon,
            |xid| fate(fates, xid),
            !self.fold.has_more(),
        )
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
        let counted = self.fold.position.skipped.iter().map(|skip| skip.xid);
        let skipped: BTreeSet<Xid> = self.exporters.skipped().chain(counted).collect();
        let (horizon, fates) = (&mut self.horizon, &mut self.fates);
        let went_back = self.clock.went_back();
        self.session.transaction(|| {
            if went_back {
                installation::obey_the_clock()?;
            }
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
        self.exporters.bell()
    }

    /// How long nothing needs to be done, as far as is known.
    pub fn rest(&self) -> Duration {
        let waits = self.horizon.is_waiting();
        if self.fold.has_more() || (!waits && self.exporters.is_behind(&self.horizon)) {
            Duration::ZERO
        } else if waits {
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
        self.exporters.idle_reason()
    }
}

/// A transaction that was not asked about is taken for running; the next look asks.
fn fate(fates: &BTreeMap<Xid, Fate>, xid: Xid) -> Fate {
    fates.get(&xid).copied().unwrap_or(Fate::InProgress)
}
