//! Transactions of ours: in a background worker, and in a procedure that a client calls.

use super::lifecycle::PLANNING;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

/// Where we run, which decides how a transaction begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    Worker,
    /// Inside CALL, connected to SPI without atomicity: a transaction is always open.
    Procedure,
}

impl Session {
    /// Runs `body` in a transaction of its own: committed on Ok, rolled back on Err.
    pub fn transaction<R>(self, body: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
        match self {
            Session::Worker => in_worker(body),
            Session::Procedure => in_procedure(body),
        }
    }
}

/// Whatever a statement does, the worker's loop survives: a Postgres error becomes an Err.
fn in_worker<R>(body: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
    }
    let mut body = Some(body);
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| match body.take() {
        Some(body) => body(),
        None => Err("a transaction runs once".to_owned()),
    }))
    .catch_others(|error| Err(message(&error)))
    .catch_rust_panic(|error| Err(message(&error)))
    .execute();
    unsafe {
        if outcome.is_ok() {
            pg_sys::PopActiveSnapshot();
            pg_sys::CommitTransactionCommand();
            // Or autovacuum never learns of what we write.
            pg_sys::pgstat_report_stat(false);
        } else {
            pg_sys::AbortCurrentTransaction();
        }
    }
    outcome
}

/// A Postgres error ends the CALL, as its caller expects.
fn in_procedure<R>(body: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    // With an xid every statement gets a snapshot of its own; between transactions of a procedure there is no other.
    unsafe { pg_sys::GetCurrentTransactionId() };
    plan_as_the_worker();
    let outcome = body();
    unsafe {
        if outcome.is_ok() {
            pg_sys::SPI_commit();
        } else {
            pg_sys::SPI_rollback();
        }
    }
    outcome
}

/// As in the worker, until the transaction ends.
fn plan_as_the_worker() {
    for (name, value) in PLANNING {
        unsafe {
            pg_sys::set_config_option(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_USERSET,
                pg_sys::GucSource::PGC_S_SESSION,
                pg_sys::GucAction::GUC_ACTION_LOCAL,
                true,
                0,
                false,
            );
        }
    }
}

/// One line, with the SQLSTATE at its end.
fn message(error: &CaughtError) -> String {
    let report = match error {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => report,
        CaughtError::RustPanic { ereport, .. } => ereport,
    };
    let state = unsafe { CStr::from_ptr(pg_sys::unpack_sql_state(report.sql_error_code() as i32)) };
    format!(
        "{} (SQLSTATE {})",
        report.message(),
        state.to_string_lossy()
    )
}
