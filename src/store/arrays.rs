//! Arrays of what Postgres has and Rust spells otherwise, as arguments.

use super::value::EPOCHS_APART;
use crate::otlp::record::Micros;
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};

/// An array as an argument.
pub fn array<'mcx, T>(items: impl IntoIterator<Item = T>) -> DatumWithOid<'mcx>
where
    Vec<T>: Into<DatumWithOid<'mcx>>,
{
    items.into_iter().collect::<Vec<_>>().into()
}

/// Times; null for what Postgres has none.
pub fn times(times: impl IntoIterator<Item = Micros>) -> Vec<Option<TimestampWithTimeZone>> {
    times
        .into_iter()
        .map(|at| TimestampWithTimeZone::try_from(at - EPOCHS_APART).ok())
        .collect()
}

pub fn uuids(ids: impl IntoIterator<Item = uuid::Uuid>) -> Vec<pgrx::Uuid> {
    ids.into_iter()
        .map(|id| pgrx::Uuid::from_bytes(id.into_bytes()))
        .collect()
}

/// Whole numbers that may be larger than any type of Postgres but numeric, as text.
pub fn wholes(numbers: impl IntoIterator<Item = i128>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| number.to_string())
        .collect()
}

/// An array of whole numbers as Postgres writes it: there are no arrays of arrays of several lengths.
pub fn literal<N: ToString>(numbers: impl IntoIterator<Item = N>) -> String {
    let numbers: Vec<_> = numbers
        .into_iter()
        .map(|number| number.to_string())
        .collect();
    format!("{{{}}}", numbers.join(","))
}
