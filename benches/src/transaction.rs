//! How long a transaction of a run with ten nodes takes, against the same rows by plain INSERT, in turns; fsync on.

use std::thread;
use std::time::Instant;

use dify_observe_tests::Cluster;

use crate::Scale;
use crate::page::table;
use crate::plain;
use crate::process;
use crate::run_with_nodes::{Way, Writer};
use crate::spread::quantile;

const DATABASE: &str = "bench";
/// Of each way, all clients together; and how many a client does before it is the other way's turn.
const TRANSACTIONS: usize = 8000;
const SLICE: usize = 20;
const WAYS: [Way; 3] = [Way::Plain, Way::Calls, Way::Batch];

/// What the transactions of a way took.
#[derive(Default)]
struct Taken {
    /// Milliseconds each.
    wall: Vec<f64>,
    /// Seconds of CPU of the backends.
    cpu: f64,
}

pub fn run(scale: Scale) -> String {
    let cluster = Cluster::builder("bench_transaction")
        .conf("fsync", "on")
        .conf("shared_buffers", "1GB")
        .conf("max_wal_size", "10GB")
        .conf("min_wal_size", "2GB")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    plain::create(&cluster, DATABASE);
    recycle(&cluster);
    process::worker(&cluster, DATABASE);
    let mut rows = Vec::new();
    for clients in [1, 8] {
        let taken = measured(&cluster, clients, scale.of(TRANSACTIONS));
        for share in [0.5, 0.99] {
            rows.push(line(
                &format!("clients: {clients}, p{:.0}, ms", share * 100.0),
                taken.each_ref().map(|one| quantile(&one.wall, share)),
            ));
        }
        rows.push(line(
            &format!("clients: {clients}, CPU of the backend, ms"),
            taken
                .each_ref()
                .map(|one| 1e3 * one.cpu / one.wall.len() as f64),
        ));
    }
    format!(
        "One run with ten nodes in one transaction over the unix socket, fsync on, WAL files used before, the worker counting beside it: eleven statements, or one call of `log_batch`. {} transactions of each way, by turns of {SLICE} a client.\n\n{}",
        scale.of(TRANSACTIONS),
        table(
            &[
                "what",
                "plain INSERT",
                "logging functions",
                "times",
                "`log_batch`",
                "times"
            ],
            &rows
        )
    )
}

/// A server that has run for a while writes its WAL into files that it has used before. Making one stalls all clients for tens of milliseconds, and whose turn
/// that falls into decides a p99.
fn recycle(cluster: &Cluster) {
    let mut session = cluster.connect(DATABASE);
    for _ in 0..100 {
        session
            .batch_execute(
                "SELECT pg_logical_emit_message(false, 'bench', ''); SELECT pg_switch_wal()",
            )
            .expect("a WAL file");
    }
    session
        .batch_execute("CHECKPOINT")
        .expect("files to use again");
}

fn line(what: &str, [plain, calls, batch]: [f64; 3]) -> Vec<String> {
    vec![
        what.to_owned(),
        format!("{plain:.2}"),
        format!("{calls:.2}"),
        format!("{:.2}", calls / plain),
        format!("{batch:.2}"),
        format!("{:.2}", batch / plain),
    ]
}

fn measured(cluster: &Cluster, clients: usize, transactions: usize) -> [Taken; WAYS.len()] {
    let mut writers: Vec<Writer> = (0..clients)
        .map(|_| Writer::connect(cluster, DATABASE))
        .collect();
    let mut taken = WAYS.map(|_| Taken::default());
    let slices = transactions.div_ceil(SLICE * clients);
    // The first warms up.
    for slice in 0..=slices {
        for turn in 0..WAYS.len() {
            let which = (turn + slice) % WAYS.len();
            let done = together(&mut writers, WAYS[which]);
            if slice > 0 {
                taken[which].wall.extend(done.wall);
                taken[which].cpu += done.cpu;
            }
        }
    }
    taken
}

/// A slice of each client, all at once.
fn together(writers: &mut [Writer], way: Way) -> Taken {
    let cpu = |writers: &[Writer]| writers.iter().map(Writer::cpu).sum::<f64>();
    let before = cpu(writers);
    let wall = thread::scope(|scope| {
        let running: Vec<_> = writers
            .iter_mut()
            .map(|writer| {
                scope.spawn(move || {
                    (0..SLICE)
                        .map(|_| {
                            let began = Instant::now();
                            writer.write(way);
                            began.elapsed().as_secs_f64() * 1e3
                        })
                        .collect::<Vec<f64>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|one| one.join().expect("a client"))
            .collect()
    });
    Taken {
        wall,
        cpu: cpu(writers) - before,
    }
}
