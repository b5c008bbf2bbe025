//! Every SQL statement that Rust runs, and nothing else. Runs inside a transaction of the caller.

pub mod activity;
pub mod ancestors;
mod arrays;
pub mod conversations;
mod cursor;
pub mod destinations;
pub mod events;
pub mod installation;
mod measured;
pub mod measurements;
pub mod metric_state;
pub mod partitions;
mod plans;
mod probes;
pub mod progress;
pub mod rejections;
pub mod relatives;
pub mod retention;
mod rollup_sums;
pub mod rollups;
mod row;
pub mod series;
mod sources;
pub mod standings;
mod value;

use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiHeapTupleData};
use pgrx::{FromDatum, IntoDatum};

/// What went wrong, in one line without secrets.
pub type Stored<T> = Result<T, String>;

/// Runs a statement that writes.
fn run<'mcx>(sql: &str, args: &[DatumWithOid<'mcx>]) -> Stored<()> {
    write(sql, args, |_| Ok(())).map(|_| ())
}

/// Runs a statement that only reads, on the transaction's snapshot, or a newer one once it has written. It takes no xid:
/// pgrx takes one for every statement that may write, and a worker that looks often would burn them.
fn rows<'mcx, T>(
    sql: &str,
    args: &[DatumWithOid<'mcx>],
    mut read: impl FnMut(&SpiHeapTupleData<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    Spi::connect(|client| {
        let table = client
            .select(sql, None, args)
            .map_err(|error| error.to_string())?;
        table.map(|row| read(&row)).collect()
    })
}

/// Runs a statement that writes, and reads what it returns.
fn write<'mcx, T>(
    sql: &str,
    args: &[DatumWithOid<'mcx>],
    mut read: impl FnMut(&SpiHeapTupleData<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    Spi::connect_mut(|client| {
        let table = client
            .update(sql, None, args)
            .map_err(|error| error.to_string())?;
        table.map(|row| read(&row)).collect()
    })
}

/// A column that may be null, by its ordinal from 1.
fn optional<T: IntoDatum + FromDatum>(
    row: &SpiHeapTupleData<'_>,
    ordinal: usize,
) -> Stored<Option<T>> {
    row.get(ordinal).map_err(|error| error.to_string())
}

/// A column that is never null.
fn required<T: IntoDatum + FromDatum>(row: &SpiHeapTupleData<'_>, ordinal: usize) -> Stored<T> {
    optional(row, ordinal)?.ok_or_else(|| format!("column {ordinal} was null"))
}
