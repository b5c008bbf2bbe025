//! The launcher: one worker per database that has the extension. It is connected to no database, so it is in nobody's way.

use super::crashes;
use super::lifecycle::{self, attend};
use super::wake::{self, Notice};
use pgrx::bgworkers::{
    BackgroundWorker, BackgroundWorkerBuilder, BackgroundWorkerStatus, DynamicBackgroundWorker,
};
use pgrx::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often new databases are looked for. CREATE EXTENSION is told at once.
const INTERVAL: Duration = Duration::from_secs(2);
/// After this a database without the extension is looked at again, in case nobody told.
const REPROBE: Duration = Duration::from_secs(300);
/// Whoever wanted the database has it by then.
const RETURN: Duration = Duration::from_secs(5);
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A worker that lived this long did not die of what it found at its start.
pub const HEALTHY: Duration = Duration::from_secs(30);

/// What is known of one database.
struct Known {
    worker: Option<DynamicBackgroundWorker>,
    started: Instant,
    next: Instant,
    failures: u32,
    /// What its worker left for.
    parting: Option<Notice>,
    /// Somebody wrote an event while no worker was seated.
    wanted: bool,
}

impl Known {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            worker: None,
            started: now,
            next: now,
            failures: 0,
            parting: None,
            wanted: false,
        }
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Wanted if self.worker.is_none() && self.failures == 0 => {
                self.next = Instant::now()
            }
            Notice::Wanted => self.wanted = true,
            Notice::Absent | Notice::Returning => self.parting = Some(notice),
        }
    }

    /// Takes note that the worker has ended, and decides when the next one starts.
    fn ended(&mut self) {
        let now = Instant::now();
        self.worker = None;
        let pause = match self.parting.take() {
            // CREATE EXTENSION has committed since it looked.
            Some(Notice::Absent) if self.wanted => Duration::ZERO,
            Some(Notice::Absent) => REPROBE,
            Some(_) => RETURN,
            None if self.started.elapsed() > HEALTHY => {
                self.failures = 0;
                Duration::from_secs(1)
            }
            // It died soon: a crash loop must slow down.
            None => {
                self.failures = self.failures.saturating_add(1);
                Duration::from_secs(1 << self.failures.min(6)).min(LONGEST_PAUSE)
            }
        };
        self.wanted = false;
        self.next = now + pause;
    }
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn dify_observe_launcher_main(_arg: pg_sys::Datum) {
    lifecycle::install_signal_handlers();
    BackgroundWorker::connect_worker_to_spi(None, None);
    wake::be_launcher();
    let mut known: BTreeMap<u32, Known> = BTreeMap::new();
    let mut full = false;
    let first = Instant::now() + crashes::pause();
    loop {
        attend();
        let databases = databases();
        known.retain(|database, _| databases.contains(database));
        for database in databases {
            known.entry(database).or_insert_with(Known::new);
        }
        for (notice, database) in wake::take_notices() {
            if let Some(one) = known.get_mut(&database) {
                one.note(notice);
            }
        }
        let started: Vec<bool> = known
            .iter_mut()
            .map(|(database, one)| keep_running(*database, one, first))
            .collect();
        let refused = started.into_iter().filter(|started| !started).count();
        if (refused > 0) != full {
            full = refused > 0;
            if full {
                log!(
                    "dify_observe launcher: no free background worker slot for {refused} databases; raise max_worker_processes"
                );
            } else {
                log!("dify_observe launcher: every database has its worker slot again");
            }
        }
        let running = known.values().filter(|one| one.worker.is_some()).count();
        lifecycle::report(
            pg_sys::BackendState::STATE_IDLE,
            &format!(
                "watching {} databases, {running} with a worker",
                known.len()
            ),
        );
        lifecycle::wait(INTERVAL, None);
    }
}

/// Starts the database's worker when it is time, and not before `first`. False when there was no slot for it.
fn keep_running(database: u32, one: &mut Known, first: Instant) -> bool {
    if let Some(worker) = &one.worker {
        if matches!(worker.pid(), Err(BackgroundWorkerStatus::Stopped)) {
            one.ended();
        }
        return true;
    }
    if Instant::now() < one.next.max(first) {
        return true;
    }
    one.started = Instant::now();
    one.parting = None;
    one.worker = BackgroundWorkerBuilder::new("dify_observe worker")
        .set_type("dify_observe worker")
        .set_library("dify_observe")
        .set_function("dify_observe_worker_main")
        .set_argument(pg_sys::Oid::from(database).into_datum())
        .set_restart_time(None)
        .set_notify_pid(unsafe { pg_sys::MyProcPid })
        .enable_spi_access()
        .load_dynamic()
        .ok();
    one.worker.is_some()
}

/// The databases one can connect to. A scan of the shared catalog: without a database there is no SQL.
fn databases() -> Vec<u32> {
    let mut found = Vec::new();
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        let relation =
            pg_sys::table_open(pg_sys::DatabaseRelationId, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::table_beginscan_catalog(relation, 0, std::ptr::null_mut());
        loop {
            let tuple = pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection);
            if tuple.is_null() {
                break;
            }
            let database = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_database>();
            // A limit of -2 marks a database whose DROP broke off.
            if (*database).datallowconn
                && !(*database).datistemplate
                && (*database).datconnlimit != -2
            {
                found.push((*database).oid.to_u32());
            }
        }
        pg_sys::heap_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        pg_sys::CommitTransactionCommand();
    }
    found
}
