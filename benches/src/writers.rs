//! Eight clients that log runs with ten nodes as fast as they can, fsync on, alone and with the exporter sending what they log, by turns.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, eventually};

use crate::Scale;
use crate::page::table;
use crate::plain;
use crate::process;
use crate::run_with_nodes::{EVENTS, Way, Writer};
use crate::sink::Sink;
use crate::spread::{median, spread};

const DATABASE: &str = "bench";
const CLIENTS: usize = 8;
/// Seconds of a turn.
const TURN: usize = 15;
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Default)]
struct Turns {
    events_a_second: Vec<f64>,
    /// Microseconds of the backends for an event.
    backends: Vec<f64>,
    /// Of the worker.
    worker: Vec<f64>,
    /// Seconds after the last commit until the receiver has everything.
    late: Vec<f64>,
}

pub fn run(scale: Scale) -> String {
    let sink = Sink::start();
    let cluster = Cluster::builder("bench_writers")
        .conf("fsync", "on")
        .conf("shared_buffers", "1GB")
        .conf("max_wal_size", "10GB")
        .conf("dify_observe.enabled", "on")
        .conf("dify_observe.telemetry_enabled", "on")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    plain::create(&cluster, DATABASE);
    let worker = process::worker(&cluster, DATABASE);
    let mut writers: Vec<Writer> = (0..CLIENTS)
        .map(|_| Writer::connect(&cluster, DATABASE))
        .collect();
    let turn = Duration::from_secs(scale.of(TURN) as u64);
    write(&mut writers, turn);
    let [mut alone, mut with] = [Turns::default(), Turns::default()];
    for round in 0..2 * scale.rounds() {
        // Twice one way, twice the other: what grows with time meets both.
        let exports = matches!(round % 4, 1 | 2);
        let turns = if exports { &mut with } else { &mut alone };
        if exports {
            let create = format!(
                "CREATE SERVER live FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{}', signals 'traces,logs')",
                sink.endpoint
            );
            cluster.sql(DATABASE, &create);
            eventually("the exporter", PATIENCE, || progress(&cluster, 0) == 2);
        }
        let cpu = |writers: &[Writer]| writers.iter().map(Writer::cpu).sum::<f64>();
        let (backends, spent) = (cpu(&writers), process::cpu(worker));
        let (written, seconds) = write(&mut writers, turn);
        let events = (written * EVENTS) as f64;
        turns.events_a_second.push(events / seconds);
        turns
            .backends
            .push(1e6 * (cpu(&writers) - backends) / events);
        if exports {
            let ended = Instant::now();
            let last = number(&cluster, "SELECT max(id) FROM dify_observe.events");
            eventually("everything is sent", PATIENCE, || {
                progress(&cluster, last) == 2
            });
            turns.late.push(ended.elapsed().as_secs_f64());
            cluster.sql(DATABASE, "DROP SERVER live");
        }
        cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
        turns
            .worker
            .push(1e6 * (process::cpu(worker) - spent) / events);
    }
    let rows = [
        line("events a second of wall time", &alone, &with, 0, |turns| {
            &turns.events_a_second
        }),
        line("backends, µs of CPU an event", &alone, &with, 1, |turns| {
            &turns.backends
        }),
        line("worker, µs of CPU an event", &alone, &with, 1, |turns| {
            &turns.worker
        }),
        vec![
            "seconds after the last commit until all was sent".to_owned(),
            "—".to_owned(),
            spread(&with.late, 1),
        ],
    ];
    format!(
        "{CLIENTS} clients in a closed loop, each transaction a run with ten nodes, fsync on; the worker counts in both. Turns of {} s.\n\n{}\n\
         The writers keep {:.0} % by wall time, of which other work on the machine has its part, and {:.0} % by CPU: of cores that do nothing else but an event's work in \
         backend and worker.",
        turn.as_secs(),
        table(&["what", "writers alone", "with the exporter"], &rows),
        100.0 * median(&with.events_a_second) / median(&alone.events_a_second),
        100.0 * alone.cpu() / with.cpu()
    )
}

impl Turns {
    /// Of an event, in backend and worker.
    fn cpu(&self) -> f64 {
        median(&self.backends) + median(&self.worker)
    }
}

fn line(
    what: &str,
    alone: &Turns,
    with: &Turns,
    digits: usize,
    of: impl Fn(&Turns) -> &Vec<f64>,
) -> Vec<String> {
    vec![
        what.to_owned(),
        spread(of(alone), digits),
        spread(of(with), digits),
    ]
}

/// Transactions that were committed, and the seconds they took.
fn write(writers: &mut [Writer], turn: Duration) -> (usize, f64) {
    let (began, over) = (Instant::now(), AtomicBool::new(false));
    let over = &over;
    let written = thread::scope(|scope| {
        let running: Vec<_> = writers
            .iter_mut()
            .map(|writer| {
                scope.spawn(move || {
                    let mut written = 0;
                    while !over.load(Relaxed) {
                        writer.write(Way::Calls);
                        written += 1;
                    }
                    written
                })
            })
            .collect();
        thread::sleep(turn);
        over.store(true, Relaxed);
        running
            .into_iter()
            .map(|one| one.join().expect("a writer"))
            .sum()
    });
    (written, began.elapsed().as_secs_f64())
}

/// Signals of the destination that have passed this event.
fn progress(cluster: &Cluster, event: i64) -> i64 {
    number(
        cluster,
        &format!(
            "SELECT count(*) FROM dify_observe.export_progress p JOIN pg_foreign_server s ON s.oid::text = p.destination \
             WHERE s.srvname = 'live' AND p.passed >= {event}"
        ),
    )
}

fn number(cluster: &Cluster, sql: &str) -> i64 {
    let row = cluster.connect(DATABASE).query_one(sql, &[]);
    row.expect(sql).get(0)
}
