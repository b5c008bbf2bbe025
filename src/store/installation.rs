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

/// Why nothing may be read now, where a restore is under way.
pub fn restoring() -> Stored<Option<String>> {
    let found = rows(
        "SELECT 'idle: pre_restore() was called; waiting for post_restore()' FROM dify_observe.installation WHERE restoring",
        &[],
        |row| required(row, 1),
    )?;
    Ok(found.into_iter().next())
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
    run(
        "UPDATE dify_observe.installation i SET dboid = d.oid, since = clock_timestamp(), instance_id = gen_random_uuid() \
         FROM pg_catalog.pg_database d WHERE d.datname = current_database()",
        &[],
    )?;
    // What was logged here before we came is not history. Every transaction of the model was over when the copy was made, and
    // so is older than the one that made it; the time of a file of the copy keeps this from reading all of them.
    run(
        "UPDATE dify_observe.installation SET since = least(since, (SELECT min(e.recorded_at) \
           FROM dify_observe.events e, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
             AND e.recorded_at >= (pg_catalog.pg_stat_file(pg_catalog.regexp_replace( \
               pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), '[^/]+$', 'PG_VERSION'))).modification \
             AND pg_catalog.age(e.xid::xid) <= pg_catalog.age(d.xmin)))",
        &[],
    )?;
    run("DELETE FROM dify_observe.export_progress", &[])?;
    run("DELETE FROM dify_observe.state", &[])?;
    run("DELETE FROM dify_observe.series", &[])
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

/// `service.instance.id`: stable for this database of this cluster.
pub fn instance_id() -> Stored<String> {
    let found = rows(
        "SELECT instance_id::text FROM dify_observe.installation",
        &[],
        |row| required(row, 1),
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "dify_observe.installation is empty".to_owned())
}
