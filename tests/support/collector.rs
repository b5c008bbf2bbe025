//! A scriptable OTLP receiver: takes HTTP (protobuf and JSON) and gRPC on one port, answers as told, keeps what it was sent.

mod answer;
mod attributes;
mod body;
mod decode;
mod dialect;
mod frame;
mod json;
mod points;
mod read;
mod script;
mod seen;
mod server;
mod state;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::authority::Identity;
use server::Server;
use state::State;

pub use script::{Behaviour, Signal};
pub use seen::{Attributes, LogSeen, MetricSeen, MetricValue, SpanSeen};
pub use state::Received;

const OWN_SCOPE: &str = "dify_observe";

/// Listens on a port of its own of 127.0.0.1 until it is dropped.
pub struct Collector {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: Mutex<Option<Server>>,
    identity: Option<Identity>,
}

impl Collector {
    pub fn start() -> Collector {
        Collector::with(None)
    }

    /// Speaks TLS, as this one.
    pub fn start_secure(identity: &Identity) -> Collector {
        Collector::with(Some(identity.clone()))
    }

    fn with(identity: Option<Identity>) -> Collector {
        let state = Arc::new(Mutex::new(State::default()));
        let address = ([127, 0, 0, 1], 0).into();
        let server = Server::bind(address, Arc::clone(&state), identity.clone());
        Collector {
            address: server.address,
            state,
            server: Mutex::new(Some(server)),
            identity,
        }
    }

    /// Without a path: `http://127.0.0.1:port`, or `https://localhost:port`.
    pub fn endpoint(&self) -> String {
        match self.identity {
            None => format!("http://{}", self.address),
            Some(_) => format!("https://localhost:{}", self.port()),
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on the port refuses; open connections are cut.
    pub fn stop(&self) {
        self.server.lock().expect("server").take();
    }

    /// Listens again on the same port.
    #[track_caller]
    pub fn start_again(&self) {
        let mut server = self.server.lock().expect("server");
        assert!(server.is_none(), "it has not been stopped");
        let identity = self.identity.clone();
        *server = Some(Server::bind(
            self.address,
            Arc::clone(&self.state),
            identity,
        ));
    }

    /// Answers so from now on: requests of one signal, or all of them (`None`, which forgets what was told before).
    pub fn answer(&self, signal: impl Into<Option<Signal>>, behaviour: Behaviour) {
        self.state().script.always(signal.into(), behaviour);
    }

    /// Answers one request so, before what `answer` says; several calls queue up.
    pub fn answer_once(&self, signal: impl Into<Option<Signal>>, behaviour: Behaviour) {
        self.state().script.once(signal.into(), behaviour);
    }

    /// Every request read to its end, in order of arrival, whatever was answered.
    pub fn requests(&self) -> Vec<Received> {
        self.state().requests.clone()
    }

    /// Takes out what the requests accepted so far have brought; their shells stay. For receivers of very much.
    pub fn take_accepted(&self) -> Vec<Received> {
        let mut state = self.state();
        let accepted = state
            .requests
            .iter_mut()
            .filter(|request| request.accepted && !request.is_empty());
        accepted.map(Received::take).collect()
    }

    /// TCP connections accepted so far, also those that sent nothing.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// Spans of requests that were accepted: answered with a 2xx to its end.
    pub fn spans(&self) -> Vec<SpanSeen> {
        self.state()
            .accepted()
            .flat_map(|request| request.spans.clone())
            .collect()
    }

    /// Logs of requests that were accepted.
    pub fn logs(&self) -> Vec<LogSeen> {
        self.state()
            .accepted()
            .flat_map(|request| request.logs.clone())
            .collect()
    }

    /// Spans of all requests, refused ones too.
    pub fn all_spans(&self) -> Vec<SpanSeen> {
        self.state()
            .requests
            .iter()
            .flat_map(|request| request.spans.clone())
            .collect()
    }

    /// Logs of all requests, refused ones too.
    pub fn all_logs(&self) -> Vec<LogSeen> {
        self.state()
            .requests
            .iter()
            .flat_map(|request| request.logs.clone())
            .collect()
    }

    /// The latest accepted point of each series (resource, name, labels), by name, of what is told of the application.
    pub fn metrics(&self) -> Vec<MetricSeen> {
        let mut all = self.all_metrics();
        all.retain(|series| series.scope != OWN_SCOPE);
        all
    }

    /// The same of what the extension tells of itself.
    pub fn own_metrics(&self) -> Vec<MetricSeen> {
        let mut all = self.all_metrics();
        all.retain(|series| series.scope == OWN_SCOPE);
        all
    }

    fn all_metrics(&self) -> Vec<MetricSeen> {
        seen::latest(self.state().accepted().flat_map(|request| &request.metrics))
    }

    /// The sum of a counter over its series that have these labels; a histogram counts its observations.
    pub fn total(&self, name: &str, labels: &[(&str, &str)]) -> i64 {
        let matches = |series: &MetricSeen| {
            series.name == name
                && labels
                    .iter()
                    .all(|(key, value)| series.labels.get(*key).is_some_and(|it| it == value))
        };
        self.all_metrics()
            .iter()
            .filter(|series| matches(series))
            .map(MetricSeen::count)
            .sum()
    }

    /// Forgets what was received; connections stay counted.
    pub fn forget(&self) {
        self.state().requests.clear();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("state")
    }
}
