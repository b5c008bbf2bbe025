//! One fault, from the first event that is logged to the last that arrives: nothing lost, nothing invented, counters exact.

use std::cell::{RefCell, RefMut};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dify_observe_tests::cluster::Builder;
use dify_observe_tests::{Cluster, Collector, eventually};
use serde_json::json;

use crate::committed::Committed;
use crate::record;
use crate::tally::Tally;
use crate::wire::{receives, recounted};
use crate::writers::{Told, Writers};

pub const DATABASE: &str = "shop";
pub const WORKER: &str = "dify_observe worker";
pub const WRITER: &str = "writer";
/// Longer than the longest wait before another attempt.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster that exports to a collector, and sessions that write.
pub struct Incident {
    // First, so that the sessions end before the cluster goes.
    writers: Option<Writers>,
    fault: &'static str,
    pub cluster: Arc<Cluster>,
    pub collector: Collector,
    tally: RefCell<Tally>,
    told: Told,
    ended: Option<SystemTime>,
}

impl Incident {
    /// All is well: the writers write and their events arrive.
    #[track_caller]
    pub fn begin(fault: &'static str) -> Incident {
        Incident::begin_with(fault, |builder| builder)
    }

    /// The same on a cluster with other settings.
    #[track_caller]
    pub fn begin_with(fault: &'static str, with: impl FnOnce(Builder) -> Builder) -> Incident {
        let collector = Collector::start();
        let builder = Cluster::builder("faults").exports_to(&collector.endpoint());
        let cluster = with(builder.conf("dify_observe.otlp_timeout", "2s")).start();
        // Not the role that the worker has.
        cluster.sql("postgres", &format!("CREATE ROLE {WRITER} SUPERUSER LOGIN"));
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        let mut incident = Incident {
            fault,
            cluster: Arc::new(cluster),
            collector,
            tally: RefCell::default(),
            writers: None,
            told: Told::default(),
            ended: None,
        };
        incident.write();
        incident.more_arrives(100);
        incident
    }

    /// The sessions go on writing.
    pub fn write(&mut self) {
        assert!(self.writers.is_none(), "they are writing");
        self.writers = Some(Writers::start(&self.cluster));
    }

    pub fn stop_writing(&mut self) {
        if let Some(writers) = self.writers.take() {
            let told = writers.stop();
            self.told.committed.extend(told.committed);
            self.told.rolled_back.extend(told.rolled_back);
        }
    }

    /// What has arrived by now.
    pub fn tally(&self) -> RefMut<'_, Tally> {
        let mut tally = self.tally.borrow_mut();
        tally.refresh(&self.collector);
        tally
    }

    /// Waits until so many more logs were accepted.
    #[track_caller]
    pub fn more_arrives(&self, logs: usize) {
        let before = self.tally().logs().len();
        eventually("more arrives", PATIENCE, || {
            let now = self.tally().logs().len();
            if now >= before + logs {
                Ok(())
            } else {
                Err((before, now))
            }
        });
    }

    /// Waits until so many more events are committed than have arrived.
    #[track_caller]
    pub fn backlog_grows(&self, events: usize) {
        eventually("a backlog", PATIENCE, || {
            let waiting = Committed::of(&self.cluster)
                .len()
                .saturating_sub(self.tally().logs().len());
            if waiting >= events {
                Ok(())
            } else {
                Err(waiting)
            }
        });
    }

    #[track_caller]
    pub fn worker(&self) -> i32 {
        eventually("a worker", PATIENCE, || {
            self.cluster.backend_pid(WORKER, DATABASE)
        })
    }

    /// Postgres trusts no memory that a killed process may have been writing: the whole server restarts itself. Returns when it has begun to.
    #[track_caller]
    pub fn kill_worker(&self) {
        let mut session = self.cluster.connect(DATABASE);
        self.cluster.signal(self.worker(), "SIGKILL");
        eventually("sessions are thrown out", PATIENCE, || {
            session.is_closed() || session.batch_execute("").is_err()
        });
    }

    /// What was told so far is no longer there, by the fault itself.
    pub fn forget(&mut self) {
        self.told = Told::default();
        self.tally().forget();
    }

    /// Another server goes on in the place of this one, which is stopped.
    pub fn continue_on(&mut self, cluster: Cluster) {
        self.cluster = Arc::new(cluster);
    }

    /// The fault is over from this moment; the sessions stop, so that what is measured is the way back.
    pub fn over(&mut self) {
        self.ended = Some(SystemTime::now());
        self.stop_writing();
    }

    /// Everything arrives, and what is logged afterwards too. The numbers are kept.
    #[track_caller]
    pub fn recovers(&mut self) {
        let seconds = self.delivers();
        receives(&self.cluster, &recounted(&self.cluster), || {
            self.tally().metrics().cloned().collect::<Vec<_>>()
        });
        self.keep_numbers(seconds, true);
    }

    /// For faults that take away what was counted.
    #[track_caller]
    pub fn recovers_but_for_counters(&mut self) {
        let seconds = self.delivers();
        self.keep_numbers(seconds, false);
    }

    /// The time from the end of the fault to the last arrival, in seconds.
    #[track_caller]
    fn delivers(&mut self) -> f64 {
        self.cluster.wait_ready();
        let ended = self.ended.expect("a fault that is over");
        let committed = self.arrives();
        let recovered = self.tally().last_arrival(&committed.spans, &committed.logs);
        let seconds = recovered.and_then(|at| at.duration_since(ended).ok());

        // It has not merely arrived: things go on as before.
        self.write();
        self.more_arrives(50);
        self.stop_writing();
        self.arrives();
        seconds.unwrap_or_default().as_secs_f64()
    }

    fn keep_numbers(&self, seconds: f64, exact: bool) {
        let committed = Committed::of(&self.cluster);
        let mut tally = self.tally();
        tally.close(&self.collector);
        let numbers = json!({
            "fault": self.fault,
            "events": committed.len(),
            "rolled_back": self.told.rolled_back.len(),
            "logs": tally.logs().len(),
            "spans": tally.spans().len(),
            "duplicates": tally.duplicates(),
            "lost": committed.logs.difference(&tally.logs()).count() + committed.spans.difference(&tally.spans()).count(),
            "exact": exact,
            "seconds": seconds,
        });
        record::keep("fault", self.fault, &numbers);
    }

    /// Waits until exactly what is committed has arrived.
    #[track_caller]
    pub fn arrives(&self) -> Committed {
        let committed = Committed::of(&self.cluster);
        self.told.agrees_with(&committed);
        eventually(
            "exactly what is committed arrives (missing, invented)",
            PATIENCE,
            || match self.tally().differs_from(&committed) {
                (0, 0) => Ok(()),
                differ => Err(differ),
            },
        );
        committed
    }
}
