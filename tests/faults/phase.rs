//! The phases of a delivery, and how to hold the worker in each of them long enough to hit it.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use dify_observe_tests::{Behaviour, Signal, eventually};
use postgres::Client;

use crate::incident::{DATABASE, Incident, PATIENCE};

#[derive(Clone, Copy, Debug)]
pub enum Phase {
    /// It is about to read.
    BeforeReading,
    /// It has read, and nothing has reached the receiver.
    AfterReading,
    /// The receiver has everything and does not answer.
    Sending,
    /// The receiver has answered, and nothing of it is stored.
    BeforeSettling,
}

/// What holds the worker; letting go of it is the end of the fault.
#[derive(Default)]
pub struct Grip {
    lock: Option<Client>,
    silent: Option<TcpListener>,
}

impl Phase {
    /// Returns while the worker is in the phase.
    #[track_caller]
    pub fn holds(self, incident: &Incident) -> Grip {
        let collector = &incident.collector;
        match self {
            // What every turn begins with, and none of the sessions asks for.
            Phase::BeforeReading => {
                let lock = locked(
                    incident,
                    "LOCK TABLE dify_observe.installation IN ACCESS EXCLUSIVE MODE",
                );
                waits_for_lock(incident, "installation");
                Grip {
                    lock: Some(lock),
                    ..Grip::default()
                }
            }
            Phase::AfterReading => {
                collector.stop();
                let address = SocketAddr::from(([127, 0, 0, 1], collector.port()));
                // The kernel takes the connections, nobody reads from them.
                let silent = eventually("the port", PATIENCE, || TcpListener::bind(address));
                connects(incident, collector.port());
                Grip {
                    silent: Some(silent),
                    ..Grip::default()
                }
            }
            Phase::Sending => {
                collector.answer(None, Behaviour::Hang);
                under_way(incident);
                Grip::default()
            }
            Phase::BeforeSettling => {
                collector.answer(None, Behaviour::Late(Duration::from_millis(700)));
                under_way(incident);
                let lock = locked(
                    incident,
                    "LOCK TABLE dify_observe.export_progress IN SHARE MODE",
                );
                eventually("an answer", PATIENCE, || {
                    let requests = collector.requests();
                    let mut logs = requests
                        .iter()
                        .rev()
                        .filter(|one| one.signal == Some(Signal::Logs));
                    logs.next().is_some_and(|last| last.accepted)
                });
                waits_for_lock(incident, "export_progress");
                Grip {
                    lock: Some(lock),
                    ..Grip::default()
                }
            }
        }
    }

    /// The receiver is as before.
    pub fn lets_go(grip: Grip, incident: &Incident) {
        incident.collector.answer(None, Behaviour::Ok);
        drop(grip.lock);
        if let Some(silent) = grip.silent {
            drop(silent);
            incident.collector.start_again();
        }
    }
}

#[track_caller]
fn locked(incident: &Incident, statement: &str) -> Client {
    let mut session = incident.cluster.connect(DATABASE);
    session
        .batch_execute(&format!("BEGIN; {statement}"))
        .expect("the lock");
    session
}

#[track_caller]
fn waits_for_lock(incident: &Incident, table: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted
           AND l.relation = 'dify_observe.{table}'::regclass AND a.backend_type = 'dify_observe worker'"
    );
    let mut session = incident.cluster.connect(DATABASE);
    eventually("the worker waits for the lock", PATIENCE, || {
        let waiting: i64 = session.query_one(&sql, &[]).expect("the locks").get(0);
        waiting > 0
    });
}

/// A request of logs is read whole and not answered.
#[track_caller]
pub fn under_way(incident: &Incident) {
    let before = incident.collector.requests().len();
    eventually("a request", PATIENCE, || {
        let requests = incident.collector.requests();
        requests[before..]
            .iter()
            .any(|request| request.signal == Some(Signal::Logs) && !request.accepted)
    });
}

/// The worker has a connection to this port, by the kernel's list.
#[track_caller]
fn connects(incident: &Incident, port: u16) {
    incident.worker();
    let peer = format!(" 0100007F:{port:04X} 01 ");
    eventually("a connection", PATIENCE, || {
        std::fs::read_to_string("/proc/net/tcp").is_ok_and(|list| list.contains(&peer))
    });
}
