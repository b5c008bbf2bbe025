//! How far each reader has come, as stored in `export_progress`.

use super::{Stored, optional, required, rows, run, write};
use crate::otlp::record::Micros;
use crate::position::{Position, Skip, Xid};
use pgrx::datum::TimestampWithTimeZone;

/// The settings' destination.
pub const DEFAULT: &str = "default";
/// What counts events into the metrics.
pub const FOLD: &str = "fold";

/// Where a reader begins: events recorded before a time, as Postgres reads it, and events of older transactions are passed over.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    pub position: &'a Position,
    pub since: &'a str,
    pub xid: Xid,
}

/// A condition on `events e`: what a reader is told at all. `destination`, `signal` and `recent`, a time, are SQL.
pub fn told_to(destination: &str, signal: &str, recent: &str) -> String {
    let reader = format!("p.destination = {destination} AND p.signal = {signal}");
    format!(
        "e.xid >= coalesce((SELECT p.from_xid FROM dify_observe.export_progress p WHERE {reader}), '0') \
         AND e.recorded_at >= (SELECT greatest(i.since, p.since, {recent}) FROM dify_observe.installation i \
           LEFT JOIN dify_observe.export_progress p ON {reader})"
    )
}

/// Makes the row of a reader that has none yet.
pub fn prepare(destination: &str, signal: &str, beginning: &Beginning<'_>) -> Stored<()> {
    let from = beginning.position;
    let skipped = serde_json::to_string(&from.skipped).map_err(|error| error.to_string())?;
    run(
        "INSERT INTO dify_observe.export_progress (destination, signal, passed, skipped, since, from_xid) \
         VALUES ($1, $2, $3, $4::jsonb, $5::timestamptz, $6::xid8) ON CONFLICT DO NOTHING",
        &[
            destination.into(),
            signal.into(),
            from.passed.into(),
            skipped.into(),
            beginning.since.into(),
            beginning.xid.to_string().into(),
        ],
    )
}

/// Forgets readers that are none of these, given as destination and signal.
pub fn retain(readers: &[(String, String)]) -> Stored<()> {
    let (destinations, signals): (Vec<_>, Vec<_>) = readers.iter().cloned().unzip();
    run(
        "DELETE FROM dify_observe.export_progress WHERE destination <> 'fold' AND (destination, signal) NOT IN \
           (SELECT kept.destination, kept.signal FROM unnest($1::text[], $2::text[]) AS kept (destination, signal))",
        &[destinations.into(), signals.into()],
    )
}

/// Where a reader stands; locked, so that a worker and a procedure never fold or settle the same twice.
pub fn load(destination: &str, signal: &str) -> Stored<Position> {
    let found = write(
        "SELECT passed, skipped::text FROM dify_observe.export_progress WHERE destination = $1 AND signal = $2 FOR UPDATE",
        &[destination.into(), signal.into()],
        |row| {
            let skipped: Vec<Skip> = serde_json::from_str(&required::<String>(row, 2)?)
                .map_err(|error| error.to_string())?;
            Ok(Position {
                passed: required(row, 1)?,
                skipped,
            })
        },
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| format!("no progress is kept for {destination} {signal}"))
}

/// Stores where a reader stands; `recorded_at` is that of the newest event it has passed, where it has passed one.
pub fn store(
    destination: &str,
    signal: &str,
    position: &Position,
    recorded_at: Option<Micros>,
) -> Stored<()> {
    let skipped = serde_json::to_string(&position.skipped).map_err(|error| error.to_string())?;
    run(
        "UPDATE dify_observe.export_progress SET passed = $3, skipped = $4::jsonb, \
           passed_at = least(greatest(passed_at, to_timestamp($5::float8 / 1000000)), clock_timestamp()) \
         WHERE destination = $1 AND signal = $2 AND (passed <> $3 OR skipped <> $4::jsonb)",
        &[
            destination.into(),
            signal.into(),
            position.passed.into(),
            skipped.into(),
            recorded_at.into(),
        ],
    )
}

/// Counts an accepted request.
pub fn accepted(
    destination: &str,
    signal: &str,
    sent: i64,
    rejected: i64,
    message: &str,
) -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET state = 'ok', sent = sent + $3, rejected = rejected + $4, \
           last_success_at = clock_timestamp(), \
           last_error = CASE WHEN $5 = '' THEN last_error ELSE $5 END, \
           last_error_at = CASE WHEN $5 = '' THEN last_error_at ELSE clock_timestamp() END \
         WHERE destination = $1 AND signal = $2",
        &[
            destination.into(),
            signal.into(),
            sent.into(),
            rejected.into(),
            message.into(),
        ],
    )
}

/// Keeps when the state was read that is now sent as a whole.
pub fn completed(destination: &str, signal: &str, began: Micros) -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET passed_at = to_timestamp($3::float8 / 1000000) WHERE destination = $1 AND signal = $2",
        &[destination.into(), signal.into(), began.into()],
    )
}

/// Counts events that were not sent because there is nothing to make a record of.
pub fn passed_over(destination: &str, signal: &str, events: i64) -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET rejected = rejected + $3, last_error_at = clock_timestamp(), \
           last_error = format('%s events could not be sent: their rows are gone or cannot be read', $3) \
         WHERE destination = $1 AND signal = $2",
        &[destination.into(), signal.into(), events.into()],
    )
}

/// Keeps a failed attempt and the state it leads to.
pub fn failed(destination: &str, signal: &str, state: &str, reason: &str) -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET state = $3, retried = retried + 1, last_error = $4, \
           last_error_at = clock_timestamp() WHERE destination = $1 AND signal = $2",
        &[
            destination.into(),
            signal.into(),
            state.into(),
            reason.into(),
        ],
    )
}

/// The settings' part in the state: every signal of a destination, with the reason where there is one.
pub fn set_state(destination: &str, state: &str, reason: Option<&str>) -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET state = $2, last_error = coalesce($3, last_error), \
           last_error_at = CASE WHEN $3 IS NULL THEN last_error_at ELSE clock_timestamp() END \
         WHERE destination = $1 AND ($3 IS NOT NULL OR state <> $2)",
        &[destination.into(), state.into(), reason.into()],
    )
}

/// Up to which id this reader has come.
pub fn passed(destination: &str, signal: &str) -> Stored<i64> {
    let found = rows(
        "SELECT passed FROM dify_observe.export_progress WHERE destination = $1 AND signal = $2",
        &[destination.into(), signal.into()],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next().unwrap_or(0))
}

/// The server's clock.
pub fn clock() -> Stored<TimestampWithTimeZone> {
    let found = rows("SELECT pg_catalog.clock_timestamp()", &[], |row| {
        required(row, 1)
    })?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "no clock".to_owned())
}

/// Whether, since a moment, everything up to an id was sent and the metrics too, or an attempt failed; of one destination, or
/// of all. `exports` says whether the settings want export now: the worker may not have seen yet that it was switched on.
pub fn is_settled(
    destination: Option<&str>,
    id: i64,
    since: TimestampWithTimeZone,
    exports: bool,
) -> Stored<bool> {
    let found = rows(
        "SELECT bool_and(CASE state WHEN 'ok' THEN false WHEN 'left out' THEN true WHEN 'off' THEN destination <> 'default' OR NOT $3 \
             ELSE coalesce(last_error_at >= $2, false) END \
           OR CASE signal WHEN 'metrics' THEN coalesce(passed_at >= $2, false) \
                OR NOT EXISTS (SELECT FROM dify_observe.state) AND $1 <= (SELECT f.passed FROM dify_observe.export_progress f \
                  WHERE f.destination = 'fold' AND f.signal = 'metrics') \
              ELSE passed >= $1 END) \
         FROM dify_observe.export_progress WHERE destination <> 'fold' AND destination = coalesce($4, destination)",
        &[id.into(), since.into(), exports.into(), destination.into()],
        |row| optional::<bool>(row, 1),
    )?;
    Ok(found.into_iter().flatten().next().unwrap_or(false))
}

/// What keeps a destination, or any, from being ok. One that is not enabled, and a signal that is left out, are as they should be.
pub fn failure(destination: Option<&str>) -> Stored<Option<String>> {
    let found = rows(
        "SELECT format('destination %s is %s: %s', coalesce(s.srvname, p.destination), p.state, CASE p.state WHEN 'off' \
             THEN 'see the settings dify_observe.enabled and dify_observe.telemetry_enabled, and the server''s option enabled' ELSE p.last_error END) \
         FROM dify_observe.export_progress p LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid::text = p.destination \
         WHERE p.destination <> 'fold' AND p.destination = coalesce($1, p.destination) AND p.state NOT IN ('ok', 'left out') \
           AND (p.state <> 'off' OR $1 IS NOT NULL OR NOT EXISTS (SELECT FROM dify_observe.export_progress o \
             WHERE o.destination <> 'fold' AND o.state <> 'off')) ORDER BY p.destination, p.signal LIMIT 1",
        &[destination.into()],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next())
}

/// The key of a destination by its name; none where there is no such.
pub fn key_of(name: &str) -> Stored<Option<String>> {
    let found = rows(
        "SELECT CASE WHEN $1 = 'default' THEN $1 ELSE (SELECT s.oid::text FROM pg_catalog.pg_foreign_server s \
           JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE w.fdwname = 'dify_observe' AND s.srvname::text = $1) END",
        &[name.into()],
        |row| optional::<String>(row, 1),
    )?;
    Ok(found.into_iter().flatten().next())
}
