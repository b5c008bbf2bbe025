//! Signals, waiting, and leaving in time.

use pgrx::prelude::*;
use std::ffi::{CStr, CString};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

static TERMINATED: AtomicBool = AtomicBool::new(false);
static RELOADS: AtomicUsize = AtomicUsize::new(0);

/// Once, at the start of a process, before it connects.
pub fn install_signal_handlers() {
    unsafe {
        #[cfg(not(feature = "pg18"))]
        use pg_sys::pqsignal;
        #[cfg(feature = "pg18")]
        use pg_sys::pqsignal_be as pqsignal;
        pqsignal(pg_sys::SIGTERM as i32, Some(at_sigterm));
        pqsignal(pg_sys::SIGHUP as i32, Some(at_sighup));
        pg_sys::BackgroundWorkerUnblockSignals();
        // Until now Postgres had it ignored: a reload since the fork would never be seen.
        (&raw mut pg_sys::ConfigReloadPending).write_volatile(1);
    }
}

/// Unlike pgrx's handler, this one also cancels SQL that is under way.
unsafe extern "C-unwind" fn at_sigterm(_signal: i32) {
    TERMINATED.store(true, SeqCst);
    unsafe {
        (&raw mut pg_sys::InterruptPending).write_volatile(1);
        (&raw mut pg_sys::ProcDiePending).write_volatile(1);
    }
    set_latch();
}

unsafe extern "C-unwind" fn at_sighup(_signal: i32) {
    unsafe {
        (&raw mut pg_sys::ConfigReloadPending).write_volatile(1);
    }
    set_latch();
}

/// The code that was interrupted must find its errno as it was.
fn set_latch() {
    unsafe {
        let errno = *libc::__errno_location();
        pg_sys::SetLatch(pg_sys::MyLatch);
        *libc::__errno_location() = errno;
    }
}

/// Waits for the latch, for `readable` or for the time; then lets Postgres do what it wants of every process. A background
/// worker that was told to end does not return from here.
pub fn wait(timeout: Duration, readable: Option<RawFd>) {
    let mut events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
    if readable.is_some() {
        events |= pg_sys::WL_SOCKET_READABLE;
    }
    let milliseconds = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    unsafe {
        let happened = pg_sys::WaitLatchOrSocket(
            pg_sys::MyLatch,
            events as i32,
            readable.unwrap_or(pg_sys::PGINVALID_SOCKET),
            milliseconds,
            pg_sys::PG_WAIT_EXTENSION,
        );
        if happened as u32 & pg_sys::WL_LATCH_SET != 0 {
            pg_sys::ResetLatch(pg_sys::MyLatch);
        }
    }
    attend();
}

/// Interrupts and reloads. Never more than about a second apart, or any DROP DATABASE in the cluster hangs.
pub fn attend() {
    if TERMINATED.load(SeqCst) {
        // Status 0 would unregister the launcher for good; the workers are started by it anew in any case.
        unsafe { pg_sys::proc_exit(1) };
    }
    pgrx::check_for_interrupts!();
    unsafe {
        if (&raw const pg_sys::ConfigReloadPending).read_volatile() != 0 {
            (&raw mut pg_sys::ConfigReloadPending).write_volatile(0);
            pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP);
            RELOADS.fetch_add(1, SeqCst);
        }
    }
}

/// How often this process has read its settings again: files that they name may have changed as well.
pub fn reloads() -> usize {
    RELOADS.load(SeqCst)
}

/// What `pg_stat_activity`, and so `worker_status`, shows of this process.
pub fn report(state: pg_sys::BackendState::Type, text: &str) {
    let text = CString::new(text).unwrap_or_default();
    unsafe { pg_sys::pgstat_report_activity(state, text.as_ptr()) };
}

/// Whether somebody wants to drop, rename or copy this database, which our connection would prevent. In a transaction.
pub fn database_is_wanted() -> bool {
    let tag = pg_sys::LOCKTAG {
        locktag_field1: 0,
        locktag_field2: pg_sys::DatabaseRelationId.to_u32(),
        locktag_field3: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field4: 0,
        locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
        locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
    };
    let result = unsafe { pg_sys::LockAcquire(&tag, pg_sys::RowExclusiveLock as i32, false, true) };
    result == pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
}

/// How our own statements are planned. Ranges of ids are all that they read: what a plan knows of a fresh partition must not make it read all of it. And
/// over many partitions a plan takes longer than what it does, let alone its compilation.
pub const PLANNING: [(&CStr, &CStr); 3] = [
    (c"enable_seqscan", c"off"),
    (c"plan_cache_mode", c"force_generic_plan"),
    (c"jit", c"off"),
];

/// Settings of this process that no ALTER DATABASE or ALTER ROLE may change under us.
pub fn pin_settings() {
    for (name, value) in [
        (c"role", c"none"),
        (c"search_path", c"pg_catalog, pg_temp"),
        (c"default_transaction_isolation", c"read committed"),
        (c"default_transaction_read_only", c"off"),
        (c"session_replication_role", c"origin"),
        (c"statement_timeout", c"0"),
        (c"idle_in_transaction_session_timeout", c"0"),
        // Since 17.
        (c"transaction_timeout", c"0"),
        // Somebody's DDL takes its locks in an order of its own, DROP EXTENSION in that of the catalogue. Where that and ours
        // make a deadlock, we give way and try again: before the other looks for one, after its deadlock_timeout of a second.
        (c"deadlock_timeout", c"10ms"),
        (c"lock_timeout", c"500ms"),
        // It tells of whoever waited for deadlock_timeout.
        (c"log_lock_waits", c"off"),
        (c"synchronous_commit", c"local"),
        (c"TimeZone", c"UTC"),
        (c"DateStyle", c"ISO"),
        (c"extra_float_digits", c"1"),
        (c"temp_file_limit", c"-1"),
    ]
    .into_iter()
    .chain(PLANNING)
    {
        if unsafe { pg_sys::GetConfigOption(name.as_ptr(), true, false) }.is_null() {
            continue;
        }
        unsafe {
            pg_sys::SetConfigOption(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_OVERRIDE,
            );
        }
    }
}
