//! What destinations would not take.

use super::{Stored, run};
use crate::otlp::record::Micros;

/// So many are kept: a receiver that rejects something of every request must not fill the disk.
const MOST: i64 = 10_000;

/// One rejected record, or several of a request that are not told apart.
#[derive(Debug)]
pub struct Rejection<'a> {
    pub records: i64,
    pub event: Option<(i64, Micros)>,
    pub name: Option<&'a str>,
    pub reason: &'a str,
}

/// Keeps a rejection. `destination` is the name under which it is shown.
pub fn keep(destination: &str, signal: &str, rejection: &Rejection<'_>) -> Stored<()> {
    run(
        "WITH kept AS (INSERT INTO dify_observe.export_rejections (destination, signal, records, event_id, recorded_at, name, reason) \
           VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000000), $6, $7) RETURNING id) \
         DELETE FROM dify_observe.export_rejections r USING kept WHERE r.id <= kept.id - $8",
        &[
            destination.into(),
            signal.into(),
            rejection.records.into(),
            rejection.event.map(|(id, _)| id).into(),
            rejection.event.map(|(_, at)| at).into(),
            rejection.name.into(),
            rejection.reason.into(),
            MOST.into(),
        ],
    )
}
