//! Whether the extension is here, in which version, and whose history this is.

use super::{Stored, optional, required, rows, run};

/// The version of the extension's SQL in this database; none where it is not installed.
pub fn version() -> Stored<Option<String>> {
    let found = rows(
        "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'dify_observe'",
        &[],
        |row| optional::<String>(row, 1),
    )?;
    Ok(found.into_iter().flatten().next())
}

/// What `worker_status` says between pre_restore() and post_restore().
pub const RESTORING: &str = "idle: pre_restore() was called; waiting for post_restore()";

pub struct Installation {
    /// `service.instance.id`: stable for this database of this cluster.
    pub instance_id: String,
    /// Nothing may be read now.
    pub restoring: bool,
}

pub fn load() -> Stored<Installation> {
    let found = rows(
        "SELECT instance_id::text, restoring FROM dify_observe.installation",
        &[],
        |row| {
            Ok(Installation {
                instance_id: required(row, 1)?,
                restoring: required(row, 2)?,
            })
        },
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "dify_observe.installation is empty".to_owned())
}

/// Makes this database itself: one that was copied from another begins now, without the other's progress and totals.
pub fn settle() -> Stored<()> {
    let foreign = rows(
        "SELECT true FROM dify_observe.installation i JOIN pg_catalog.pg_database d ON d.datname = current_database() WHERE i.dboid <> d.oid",
        &[],
        |row| required::<bool>(row, 1),
    )?;
    if foreign.is_empty() {
        return Ok(());
    }
    run("SELECT dify_observe.begin_anew()", &[])?;
    // What was logged here before we came is not history. Every transaction of the model was over when the copy was made, and
    // so is older than the one that made it; the time of a file of the copy keeps this from reading all of them.
    run(
        "UPDATE dify_observe.installation SET since = least(since, (SELECT min(e.recorded_at) \
           FROM dify_observe.events e, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
             AND e.recorded_at >= (pg_catalog.pg_stat_file(pg_catalog.regexp_replace( \
               pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), '[^/]+$', 'PG_VERSION'))).modification \
             AND pg_catalog.age(e.xid::xid) <= pg_catalog.age(d.xmin)))",
        &[],
    )
}

/// Puts right what a clock that has gone back leaves ahead of it: else what is recorded meanwhile would count as older than this
/// database, or as passed. What was recorded in the last minutes before we look is ours as well.
pub fn obey_the_clock() -> Stored<()> {
    run(
        "UPDATE dify_observe.export_progress SET passed_at = clock_timestamp() \
         WHERE passed_at > clock_timestamp() AND (signal <> 'metrics' OR destination = 'fold')",
        &[],
    )?;
    run(
        "WITH back AS (SELECT since, clock_timestamp() - interval '10 minutes' AS now_since \
             FROM dify_observe.installation WHERE since > clock_timestamp()), \
           rollups AS (UPDATE dify_observe.rollup_position p SET since = b.now_since FROM back b WHERE p.since = b.since) \
         UPDATE dify_observe.installation i SET since = b.now_since FROM back b",
        &[],
    )
}
