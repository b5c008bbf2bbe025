//! All destinations: which there are, and what is under way to them.

use super::catalog;
use super::destination::Destination;
use super::exporter::{Exporter, Identity};
use super::lifecycle;
use super::network::Network;
use super::session::Session;
use crate::destinations::Options;
use crate::otlp::signal::Signal;
use crate::position::{Fate, Horizon, Position, Xid};
use crate::settings::Settings;
use crate::store::destinations::{self, Server};
use crate::store::progress::{self, Beginning, DEFAULT, FOLD};
use std::os::fd::RawFd;

pub struct Exporters {
    session: Session,
    instance_id: String,
    all: Vec<Exporter>,
    /// So many there have been.
    numbered: usize,
    /// Started with the first request: where export is off there is no thread and no socket.
    network: Option<Network>,
    settings: Option<Settings>,
    servers: Vec<Server>,
    /// So many reloads, and so many changes to the catalog, have been looked at.
    reloads: usize,
    changes: usize,
    /// How far the fold had come at the last look: a destination that is new begins there, so that nothing is missed that was
    /// logged behind its creation.
    origin: Option<Position>,
}

/// A destination that should be there.
struct Wanted {
    identity: Identity,
    signals: Vec<Signal>,
    start_at: String,
    /// What was logged by older transactions was logged before it was there.
    xid: Xid,
    destination: Result<Option<Destination>, String>,
}

impl Exporters {
    pub fn new(session: Session, instance_id: &str) -> Self {
        Self {
            session,
            instance_id: instance_id.to_owned(),
            all: Vec::new(),
            numbered: 0,
            network: None,
            settings: None,
            servers: Vec::new(),
            reloads: 0,
            changes: 0,
            origin: None,
        }
    }

    /// Takes in what has changed of settings and servers. Both are tried at once; so are the old ones when somebody asks.
    pub fn configure(
        &mut self,
        settings: &Settings,
        at_once: bool,
        fold: &Position,
    ) -> Result<(), String> {
        let origin = self.origin.replace(fold.clone());
        let (reloads, changes) = (lifecycle::reloads(), catalog::changes());
        let first = self.settings.is_none();
        let mut looks = first || at_once || self.reloads != reloads;
        if first || self.changes != changes {
            self.servers = self.session.transaction(destinations::servers)?;
            looks = true;
        }
        if !looks && self.settings.as_ref() == Some(settings) {
            return Ok(());
        }
        let origin = origin.unwrap_or_else(|| fold.clone());
        self.adopt(settings, at_once, &origin)?;
        (self.reloads, self.changes) = (reloads, changes);
        self.settings = Some(settings.clone());
        Ok(())
    }

    /// Everything that should be there is, and nothing else.
    fn adopt(
        &mut self,
        settings: &Settings,
        at_once: bool,
        origin: &Position,
    ) -> Result<(), String> {
        let wanted = self.wanted(settings);
        let readers = wanted.iter().flat_map(|one| {
            let key = &one.identity.key;
            one.signals
                .iter()
                .map(|signal| (key.clone(), signal.name().to_owned()))
        });
        let readers: Vec<_> = readers.collect();
        self.session.transaction(|| {
            for one in &wanted {
                let (position, since, xid) = match one.start_at.as_str() {
                    "installation" => (&Position::default(), "-infinity", 0),
                    "now" => (origin, "-infinity", one.xid),
                    time => (&Position::default(), time, 0),
                };
                let beginning = Beginning {
                    position,
                    since,
                    xid,
                };
                for signal in &one.signals {
                    progress::prepare(&one.identity.key, signal.name(), &beginning)?;
                }
            }
            progress::retain(&readers)
        })?;
        let mut before = std::mem::take(&mut self.all);
        for one in wanted {
            let known = before.iter().position(|exporter| {
                exporter.identity.key == one.identity.key && exporter.signals() == one.signals
            });
            let (mut exporter, new) = match known {
                Some(at) => (before.swap_remove(at), false),
                None => {
                    self.numbered += 1;
                    let identity = one.identity.clone();
                    let signals = &one.signals;
                    let load = || Exporter::load(identity, self.numbered, signals);
                    (self.session.transaction(load)?, true)
                }
            };
            exporter.identity = one.identity;
            let changed = new || exporter.destination != one.destination;
            if changed {
                exporter.configure(one.destination);
            } else if at_once {
                // The old one has the connections.
                let same = std::mem::replace(&mut exporter.destination, Ok(None));
                exporter.configure(same);
            }
            if changed || exporter.destination.is_err() {
                exporter.tell(self.session)?;
            }
            self.all.push(exporter);
        }
        Ok(())
    }

    fn wanted(&self, settings: &Settings) -> Vec<Wanted> {
        let identity = |key: &str, name: &str| Identity {
            key: key.to_owned(),
            name: name.to_owned(),
        };
        // Who uses servers alone need not be told that the settings name no endpoint.
        let unused = settings.endpoint.trim().is_empty() && !self.servers.is_empty();
        let mut wanted = vec![Wanted {
            identity: identity(DEFAULT, DEFAULT),
            signals: Signal::ALL.to_vec(),
            start_at: "installation".to_owned(),
            xid: 0,
            destination: if unused {
                Ok(None)
            } else {
                Destination::of_settings(settings, &self.instance_id)
            },
        }];
        for server in &self.servers {
            let options = Options::read(&server.options, &server.mapping).ok();
            let destination = if [DEFAULT, FOLD].contains(&server.name.as_str()) {
                Err("this name has a meaning of its own: ALTER SERVER … RENAME".to_owned())
            } else {
                Destination::of_server(server, settings, &self.instance_id)
            };
            wanted.push(Wanted {
                identity: identity(&server.key, &server.name),
                signals: options
                    .as_ref()
                    .map_or(Signal::ALL.to_vec(), |one| one.signals.clone()),
                xid: server.xid,
                start_at: options.map_or_else(|| "now".to_owned(), |one| one.start_at),
                destination,
            });
        }
        wanted
    }

    /// Deals with all answers that have come.
    pub fn take_replies(&mut self) -> Result<(), String> {
        while let Some((number, reply)) = self.network.as_mut().and_then(Network::reply) {
            // That of a destination which is gone is nobody's.
            let Some(exporter) = self.all.iter_mut().find(|one| one.expects(number)) else {
                continue;
            };
            exporter.answered(self.session, number, &reply);
            // What was under way when it was switched off has said how it went, which is no longer how things stand.
            if !exporter.sends() {
                exporter.tell(self.session)?;
            }
        }
        Ok(())
    }

    pub fn dispatch(
        &mut self,
        settings: &Settings,
        horizon: &Horizon,
        fate: impl Fn(Xid) -> Fate,
        with_metrics: bool,
    ) -> Result<(), String> {
        if !self.all.iter().any(Exporter::sends) {
            return Ok(());
        }
        let network = match &mut self.network {
            Some(network) => network,
            none => none.insert(Network::start()?),
        };
        for exporter in &mut self.all {
            exporter.dispatch(
                self.session,
                network,
                settings,
                horizon,
                &fate,
                with_metrics,
            );
        }
        Ok(())
    }

    /// Begins a round of metrics everywhere at the next turn.
    pub fn hasten(&mut self) {
        self.all.iter_mut().for_each(Exporter::hasten);
    }

    pub fn metrics_are_due(&self) -> bool {
        self.all.iter().any(Exporter::metrics_are_due)
    }

    /// Transactions that are waited for.
    pub fn skipped(&self) -> impl Iterator<Item = Xid> + '_ {
        self.all.iter().flat_map(Exporter::skipped)
    }

    pub fn is_behind(&self, horizon: &Horizon) -> bool {
        self.all.iter().any(|exporter| exporter.is_behind(horizon))
    }

    /// Readable when an answer has come.
    pub fn bell(&self) -> Option<RawFd> {
        self.network.as_ref().map(Network::bell)
    }

    /// Why nothing is sent at all, where that is so: what the settings' destination says.
    pub fn idle_reason(&self) -> Option<&str> {
        if self.all.iter().any(Exporter::sends) {
            return None;
        }
        match &self.all.first()?.destination {
            Err(why) if self.all.len() == 1 => Some(why),
            Err(_) => Some("no destination can be sent to: see dify_observe.export_status"),
            _ => Some(
                "export is off: dify_observe.enabled and dify_observe.telemetry_enabled must both be on",
            ),
        }
    }

    /// Whether everything up to this id is sent to this destination, or to all, or an attempt has failed.
    pub fn is_settled(&self, key: Option<&str>, id: i64) -> bool {
        let mut asked = self
            .all
            .iter()
            .filter(|one| key.is_none_or(|key| one.identity.key == key));
        asked.all(|exporter| exporter.is_settled(id))
    }
}
