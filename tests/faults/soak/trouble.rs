//! What happens during the soak, each for a moment, at random.

use std::thread;
use std::time::Duration;

use dify_observe_tests::{Behaviour, Cluster, Collector, eventually};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::clock::Clock;
use crate::disk;
use crate::incident::{DATABASE, PATIENCE, WORKER};
use crate::prepared::prepare;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    WorkerKilled,
    WorkerEnded,
    LauncherEnded,
    ServerCrash,
    ServerRestart,
    ClockJumps,
    ReceiverAway,
    ReceiverRestart,
    Unavailable,
    TooManyRequests,
    Hangs,
    ResetsMidway,
    PositionLocked,
    PositionUnwritable,
    SourceLocked,
    LongTransaction,
    Prepared,
    Reload,
}

/// Those that the worker does not live through come first.
const ALL: [Trouble; 18] = [
    Trouble::WorkerKilled,
    Trouble::WorkerEnded,
    Trouble::LauncherEnded,
    Trouble::ServerCrash,
    Trouble::ServerRestart,
    Trouble::ClockJumps,
    Trouble::ReceiverAway,
    Trouble::ReceiverRestart,
    Trouble::Unavailable,
    Trouble::TooManyRequests,
    Trouble::Hangs,
    Trouble::ResetsMidway,
    Trouble::PositionLocked,
    Trouble::PositionUnwritable,
    Trouble::SourceLocked,
    Trouble::LongTransaction,
    Trouble::Prepared,
    Trouble::Reload,
];
const DEADLY: usize = 5;

impl Trouble {
    pub fn any(random: &mut SmallRng) -> Trouble {
        ALL[random.random_range(0..ALL.len())]
    }

    /// One after which the same worker is there.
    pub fn harmless(random: &mut SmallRng) -> Trouble {
        ALL[random.random_range(DEADLY..ALL.len())]
    }

    #[track_caller]
    pub fn happens(
        self,
        cluster: &Cluster,
        clock: &Clock,
        collector: &Collector,
        random: &mut SmallRng,
    ) {
        let moment = Duration::from_millis(random.random_range(200..3000));
        match self {
            Trouble::WorkerKilled => {
                if let Some(worker) = cluster.backend_pid(WORKER, DATABASE) {
                    cluster.signal(worker, "SIGKILL");
                    cluster.wait_ready();
                }
            }
            Trouble::WorkerEnded => end(cluster, WORKER),
            Trouble::LauncherEnded => end(cluster, "dify_observe launcher"),
            Trouble::ServerCrash => {
                cluster.crash();
                cluster.start_again();
            }
            Trouble::ServerRestart => cluster.restart(),
            Trouble::ClockJumps => clock.set(random.random_range(-3..=3)),
            Trouble::ReceiverAway => {
                collector.stop();
                thread::sleep(moment);
                collector.start_again();
            }
            Trouble::ReceiverRestart => {
                collector.stop();
                collector.start_again();
            }
            Trouble::Unavailable => answers(collector, Behaviour::status(503), moment),
            Trouble::TooManyRequests => {
                answers(collector, Behaviour::retry_after(429, "1"), moment)
            }
            Trouble::Hangs => answers(collector, Behaviour::Hang, moment),
            Trouble::ResetsMidway => answers(collector, Behaviour::ResetMidway, moment),
            Trouble::PositionLocked => locked(cluster, "export_progress IN SHARE MODE", moment),
            Trouble::PositionUnwritable => {
                eventually("a trigger", PATIENCE, || disk::is_as_if_full(cluster));
                thread::sleep(moment);
                eventually("no trigger", PATIENCE, || disk::has_room_again(cluster));
            }
            Trouble::SourceLocked => locked(cluster, "messages IN ACCESS EXCLUSIVE MODE", moment),
            Trouble::LongTransaction => {
                let call = "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')";
                let mut session = cluster.connect(DATABASE);
                session
                    .batch_execute(&format!("BEGIN; {call}"))
                    .expect("open");
                thread::sleep(moment);
                let end = if random.random() {
                    "COMMIT"
                } else {
                    "ROLLBACK"
                };
                session
                    .batch_execute(&format!("{call}; {end}"))
                    .expect("its end");
            }
            Trouble::Prepared => {
                let name = format!("soak{}", random.random::<u64>());
                prepare(&mut cluster.connect(DATABASE), &name);
                thread::sleep(moment);
                let end = if random.random() {
                    "COMMIT"
                } else {
                    "ROLLBACK"
                };
                cluster.sql(DATABASE, &format!("{end} PREPARED '{name}'"));
            }
            Trouble::Reload => {
                let compression = if random.random() { "gzip" } else { "none" };
                let protocol = ["http", "http/json", "grpc"][random.random_range(0..3)];
                cluster.set_conf("dify_observe.otlp_compression", compression);
                cluster.set_conf("dify_observe.otlp_protocol", protocol);
                cluster.reload();
            }
        }
    }
}

fn end(cluster: &Cluster, kind: &str) {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = '{kind}'"
    );
    cluster.sql("postgres", &sql);
}

fn answers(collector: &Collector, behaviour: Behaviour, moment: Duration) {
    collector.answer(None, behaviour);
    thread::sleep(moment);
    collector.answer(None, Behaviour::Ok);
}

#[track_caller]
fn locked(cluster: &Cluster, what: &str, moment: Duration) {
    // Writers may be met in a deadlock.
    let mut session = eventually("the lock", PATIENCE, || {
        let mut session = cluster
            .try_connect(DATABASE, "postgres")
            .map_err(|error| error.to_string())?;
        let lock = format!("BEGIN; LOCK TABLE dify_observe.{what}");
        session
            .batch_execute(&lock)
            .map(|()| session)
            .map_err(|error| error.to_string())
    });
    thread::sleep(moment);
    session.batch_execute("COMMIT").expect("its end");
}
