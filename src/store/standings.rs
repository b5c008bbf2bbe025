//! How export stands, as it is told along with the metrics.

use super::{Stored, optional, required, rows};
use crate::otlp::signal::Signal;
use crate::otlp::standing::Standing;

/// Of every destination and signal, or of one destination's, by the key of its progress.
pub fn read(only: Option<&str>) -> Stored<Vec<Standing>> {
    rows(
        "SELECT s.destination, s.signal, s.sent, s.rejected, s.retried, s.lag_rows, s.lag_seconds, \
           (extract(epoch FROM p.started_at) * 1000000)::bigint \
         FROM dify_observe.export_status s LEFT JOIN pg_catalog.pg_foreign_server f ON f.srvname::text = s.destination \
           JOIN dify_observe.export_progress p ON p.destination = coalesce(f.oid::text, s.destination) AND p.signal = s.signal \
         WHERE p.destination = coalesce($1, p.destination) ORDER BY s.destination",
        &[only.into()],
        |row| {
            let name: String = required(row, 2)?;
            let signal = Signal::ALL.into_iter().find(|signal| signal.name() == name);
            Ok(Standing {
                destination: required(row, 1)?,
                signal: signal.ok_or_else(|| "a signal is unknown".to_owned())?,
                sent: required(row, 3)?,
                rejected: required(row, 4)?,
                retried: required(row, 5)?,
                waiting: required(row, 6)?,
                waiting_seconds: optional(row, 7)?.unwrap_or(0.0),
                since: required(row, 8)?,
            })
        },
    )
}
