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

/// Makes this database itself: one that was copied from another begins now, without the other's progress and totals.
/// Returns whether it was a copy.
pub fn settle() -> Stored<bool> {
    let foreign = rows(
        "UPDATE dify_observe.installation i SET dboid = d.oid, since = clock_timestamp(), instance_id = gen_random_uuid() \
         FROM pg_catalog.pg_database d WHERE d.datname = current_database() AND i.dboid <> d.oid RETURNING true",
        &[],
        |row| required::<bool>(row, 1),
    )?;
    if foreign.is_empty() {
        return Ok(false);
    }
    run("DELETE FROM dify_observe.export_progress", &[])?;
    run("DELETE FROM dify_observe.state", &[])?;
    run("DELETE FROM dify_observe.series", &[])?;
    Ok(true)
}

/// `service.instance.id`: stable for this database of this cluster.
pub fn instance_id() -> Stored<String> {
    let found = rows("SELECT instance_id::text FROM dify_observe.installation", &[], |row| {
        required(row, 1)
    })?;
    found.into_iter().next().ok_or_else(|| "dify_observe.installation is empty".to_owned())
}

/// Makes this process the only one that reads events here, until it ends or unlocks; false when another one is.
pub fn try_lock() -> Stored<bool> {
    let found = rows("SELECT pg_catalog.pg_try_advisory_lock(1684629089, 1)", &[], |row| required(row, 1))?;
    Ok(found.into_iter().next().unwrap_or(false))
}

/// Lets others read events again.
pub fn unlock() -> Stored<()> {
    run("SELECT pg_catalog.pg_advisory_unlock(1684629089, 1)", &[])
}
