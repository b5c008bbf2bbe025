//! What a process, all its threads together, has spent and has.

use dify_observe_tests::{Cluster, eventually};
use postgres::Client;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The worker of a database, when it has come.
pub fn worker(cluster: &Cluster, database: &str) -> i32 {
    eventually("the worker", Duration::from_secs(60), || {
        cluster.backend_pid("dify_observe worker", database)
    })
}

/// The process behind a session.
pub fn backend(session: &mut Client) -> i32 {
    let pid = session.query_one("SELECT pg_backend_pid()", &[]);
    pid.expect("its pid").get(0)
}

/// Seconds on a CPU, as the scheduler counts them.
pub fn cpu(pid: i32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten();
    let nanoseconds: f64 = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .sum();
    nanoseconds / 1e9
}

/// Looks at the memory of a process's own, without the shared buffers that it has touched, every few milliseconds.
pub struct MemoryWatch {
    stopped: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl MemoryWatch {
    pub fn over(pid: i32) -> MemoryWatch {
        let (stopped, most) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (until, highest) = (Arc::clone(&stopped), Arc::clone(&most));
        let thread = thread::spawn(move || {
            while !until.load(SeqCst) {
                highest.fetch_max(memory(pid), SeqCst);
                thread::sleep(Duration::from_millis(20));
            }
        });
        MemoryWatch {
            stopped,
            most,
            thread,
        }
    }

    /// The most since the last time, in MiB.
    pub fn reset(&self) -> f64 {
        self.most.swap(0, SeqCst) as f64 / 1024.0
    }

    pub fn end(self) -> f64 {
        self.stopped.store(true, SeqCst);
        let most = self.reset();
        self.thread.join().expect("the watch");
        most
    }
}

/// KiB.
fn memory(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
