//! Transactions of ours: in a background worker, and in a procedure that a client calls.

use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;

/// Where we run, which decides how a transaction begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    Worker,
    /// Inside CALL, connected to SPI without atomicity: a transaction is always open.
    Procedure,
}

impl Session {
    /// Runs `body` in a transaction of its own: committed on Ok, rolled back on Err and on a Postgres error, which becomes
    /// an Err. The loop that calls this survives whatever a statement does.
    pub fn transaction<R>(self, body: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
        if self == Session::Worker {
            unsafe {
                pg_sys::SetCurrentStatementStartTimestamp();
                pg_sys::StartTransactionCommand();
                pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            }
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
            match (self, &outcome) {
                (Session::Worker, Ok(_)) => {
                    pg_sys::PopActiveSnapshot();
                    pg_sys::CommitTransactionCommand();
                    // Or autovacuum never learns of what we write.
                    pg_sys::pgstat_report_stat(false);
                }
                (Session::Worker, Err(_)) => pg_sys::AbortCurrentTransaction(),
                (Session::Procedure, Ok(_)) => pg_sys::SPI_commit(),
                (Session::Procedure, Err(_)) => pg_sys::SPI_rollback(),
            }
        }
        outcome
    }
}

fn message(error: &CaughtError) -> String {
    let report = match error {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => report,
        CaughtError::RustPanic { ereport, .. } => ereport,
    };
    report.message().to_owned()
}
