//! Every SQL statement that Rust runs, and nothing else. Runs inside a transaction of the caller.

pub mod activity;
pub mod events;
pub mod installation;
pub mod measurements;
pub mod metric_state;
pub mod partitions;
pub mod progress;

use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiHeapTupleData};
use pgrx::{FromDatum, IntoDatum};

/// What went wrong, in one line without secrets.
pub type Stored<T> = Result<T, String>;

/// Runs one statement on a snapshot of its own: pgrx would run a SELECT on the transaction's first one, and reading by
/// position depends on seeing what was committed a moment ago.
fn run<'mcx>(sql: &str, args: &[DatumWithOid<'mcx>]) -> Stored<()> {
    rows(sql, args, |_| Ok(())).map(|_| ())
}

/// The statement's rows, each read by `read`.
fn rows<'mcx, T>(
    sql: &str,
    args: &[DatumWithOid<'mcx>],
    mut read: impl FnMut(&SpiHeapTupleData<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    Spi::connect_mut(|client| {
        let table = client.update(sql, None, args).map_err(|error| error.to_string())?;
        table.map(|row| read(&row)).collect()
    })
}

/// A column that may be null, by its ordinal from 1.
fn optional<T: IntoDatum + FromDatum>(row: &SpiHeapTupleData<'_>, ordinal: usize) -> Stored<Option<T>> {
    row.get(ordinal).map_err(|error| error.to_string())
}

/// A column that is never null.
fn required<T: IntoDatum + FromDatum>(row: &SpiHeapTupleData<'_>, ordinal: usize) -> Stored<T> {
    optional(row, ordinal)?.ok_or_else(|| format!("column {ordinal} was null"))
}
