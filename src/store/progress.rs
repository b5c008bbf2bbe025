//! How far each reader has come, as stored in `export_progress`.

use super::{Stored, optional, required, rows, run, write};
use crate::otlp::record::Micros;
use crate::position::{Position, Skip};
use pgrx::datum::TimestampWithTimeZone;

/// Makes the rows of the readers that have none yet: they begin with the installation.
pub fn prepare() -> Stored<()> {
    run(
        "INSERT INTO dify_observe.export_progress (destination, signal) \
         VALUES ('default', 'traces'), ('default', 'logs'), ('default', 'metrics'), ('fold', 'metrics') ON CONFLICT DO NOTHING",
        &[],
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
           passed_at = greatest(passed_at, least(to_timestamp($5::float8 / 1000000), clock_timestamp())) \
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

/// Whether, since a moment, everything up to an id was sent and the metrics too, or an attempt failed. `exports` says whether
/// the settings want export now: the worker may not have seen yet that it was switched on.
pub fn is_settled(id: i64, since: TimestampWithTimeZone, exports: bool) -> Stored<bool> {
    let found = rows(
        "SELECT bool_and(CASE state WHEN 'ok' THEN false WHEN 'off' THEN NOT $3 ELSE coalesce(last_error_at >= $2, false) END \
           OR CASE signal WHEN 'metrics' THEN coalesce(passed_at >= $2, false) \
                OR NOT EXISTS (SELECT FROM dify_observe.state) AND $1 <= (SELECT f.passed FROM dify_observe.export_progress f \
                  WHERE f.destination = 'fold' AND f.signal = 'metrics') \
              ELSE passed >= $1 END) \
         FROM dify_observe.export_progress WHERE destination <> 'fold'",
        &[id.into(), since.into(), exports.into()],
        |row| optional::<bool>(row, 1),
    )?;
    Ok(found.into_iter().flatten().next().unwrap_or(false))
}

/// What keeps a destination from being ok.
pub fn failure() -> Stored<Option<String>> {
    let found = rows(
        "SELECT format('destination %s is %s: %s', destination, state, CASE state WHEN 'off' THEN 'see the settings dify_observe.enabled and dify_observe.telemetry_enabled' ELSE last_error END) \
         FROM dify_observe.export_progress WHERE destination <> 'fold' AND state <> 'ok' ORDER BY destination, signal LIMIT 1",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next())
}
