//! A backlog of 100,000 events is worked off in bounded memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::json;

use crate::incident::{DATABASE, PATIENCE, WORKER};
use crate::record;
use crate::tally::Tally;

/// Several full parts of everything that is done in parts: 10,000 events are counted at once.
const PART: usize = 40_000;
const EVENTS: usize = 100_000;
const FEW: usize = 5_000;
/// What a batch of 2 MiB of rows is in memory, read and encoded: more or less by one is no growth.
pub const A_BATCH_KIB: f64 = 8192.0;
/// With content of a KiB, as a question and its answer may have.
const MESSAGES: &str = "INSERT INTO dify_observe.messages (tenant_id, app_id, status, query, answer, total_tokens, duration)
    SELECT 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', 'normal', repeat(md5(n::text), 8), repeat(md5(n::text), 24), n % 100, 0.1
    FROM generate_series(1, $1::int) n";

/// Looks at a process's memory every few milliseconds.
struct Watch {
    stop: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    thread: thread::JoinHandle<()>,
}

impl Watch {
    fn over(cluster: &Arc<Cluster>, pid: i32) -> Watch {
        let (stop, peak) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (cluster, until, highest) = (Arc::clone(cluster), Arc::clone(&stop), Arc::clone(&peak));
        let thread = thread::spawn(move || {
            while !until.load(SeqCst) {
                let now = cluster.private_memory(pid).unwrap_or(0);
                highest.fetch_max(now, SeqCst);
                thread::sleep(Duration::from_millis(5));
            }
        });
        Watch { stop, peak, thread }
    }

    fn end(self) -> u64 {
        self.stop.store(true, SeqCst);
        self.thread.join().expect("the watch");
        self.peak.load(SeqCst)
    }
}

/// In one transaction, so that they are there all at once.
pub fn log(cluster: &Cluster, events: usize) {
    let events = i32::try_from(events).expect("few");
    cluster
        .connect(DATABASE)
        .execute(MESSAGES, &[&events])
        .expect("rows");
}

struct WorkedOff {
    took: Duration,
    duplicates: usize,
    peak: u64,
}

/// Logs them while the receiver is away, and waits until it has them and they are counted.
#[track_caller]
fn work_off(
    cluster: &Arc<Cluster>,
    collector: &Collector,
    worker: i32,
    events: usize,
) -> WorkedOff {
    let watch = Watch::over(cluster, worker);
    collector.forget();
    collector.stop();
    log(cluster, events);
    collector.start_again();
    let begun = Instant::now();
    let mut tally = Tally::default();
    eventually("all arrive", PATIENCE * 4, || {
        tally.refresh(collector);
        let now = tally.logs().len();
        if now == events { Ok(()) } else { Err(now) }
    });
    let took = begun.elapsed();
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    WorkedOff {
        took,
        duplicates: tally.duplicates(),
        peak: watch.end(),
    }
}

#[test]
fn it_is_worked_off_in_bounded_memory() {
    let collector = Collector::start();
    let cluster = Cluster::builder("backlog")
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let cluster = Arc::new(cluster);
    let worker = eventually("a worker", PATIENCE, || {
        cluster.backend_pid(WORKER, DATABASE)
    });
    let memory = || cluster.private_memory(worker).expect("the same worker");
    let before = memory();
    let few = work_off(&cluster, &collector, worker, FEW);
    let part = work_off(&cluster, &collector, worker, PART);
    let whole = work_off(&cluster, &collector, worker, EVENTS);
    let after = memory();
    let counted = "SELECT sum(value) FROM dify_observe.metrics WHERE name = 'dify.requests.total'";
    assert_eq!(
        cluster.value(DATABASE, counted),
        Some((FEW + PART + EVENTS).to_string())
    );
    let numbers = json!({
        "part": PART, "events": EVENTS, "seconds": whole.took.as_secs_f64(), "duplicates": whole.duplicates,
        "before": before, "peak_of_part": part.peak, "peak": whole.peak, "after": after,
    });
    record::keep("backlog", "backlog", &numbers);
    println!("{numbers:#}");
    // Neither the memory nor the time for an event is a share of what waits.
    let per_event = |one: &WorkedOff, events: usize| one.took.as_secs_f64() / events as f64;
    let (one_of_few, one_of_many) = (per_event(&few, FEW), per_event(&whole, EVENTS));
    assert!(
        one_of_many < 4.0 * one_of_few,
        "seconds for an event: {one_of_few} of few, {one_of_many} of many"
    );
    let (peak, peak_of_part) = (whole.peak as f64, part.peak as f64);
    assert!(
        peak < peak_of_part * 1.25 + 2.0 * A_BATCH_KIB,
        "KiB: {numbers:#}"
    );
}
