//! A cluster that exports, and the demo's activity in it.

use std::process::Stdio;
use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};

pub const DATABASE: &str = "app";
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
pub const APP: &str = "770e8400-e29b-41d4-a716-446655440002";
pub const WORKFLOW: &str = "880e8400-e29b-41d4-a716-446655440003";

/// With both switches on, the extension in one database, and no endpoint in the settings.
pub fn exporting(name: &str) -> Cluster {
    let cluster = Cluster::builder(name)
        .conf("dify_observe.enabled", "on")
        .conf("dify_observe.telemetry_enabled", "on")
        .conf("dify_observe.otlp_timeout", "10s")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

/// The two statements that a backend takes.
pub fn connect(cluster: &Cluster, name: &str, server: &str, mapping: &str) {
    cluster.sql(
        DATABASE,
        &format!("CREATE SERVER {name} FOREIGN DATA WRAPPER dify_observe OPTIONS ({server})"),
    );
    if !mapping.is_empty() {
        cluster.sql(
            DATABASE,
            &format!("CREATE USER MAPPING FOR PUBLIC SERVER {name} OPTIONS ({mapping})"),
        );
    }
}

/// What `make demo` logs.
#[track_caller]
pub fn log_demo(cluster: &Cluster) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/activity.sql");
    let psql = cluster
        .bin("psql")
        .args(["-X", "-q", "-d", DATABASE, "-f", script])
        .stdout(Stdio::null())
        .output()
        .expect("psql");
    let said = String::from_utf8_lossy(&psql.stderr);
    assert!(psql.status.success(), "{said}");
}

/// Waits until a destination has sent what was logged.
#[track_caller]
pub fn all_sent(cluster: &Cluster, name: &str) {
    let statement = format!(
        "SELECT string_agg(s::text, ' ') FROM dify_observe.export_status s
         WHERE destination = '{name}' AND signal = 'traces' AND NOT (state = 'ok' AND lag_rows = 0 AND sent > 0)"
    );
    let known = format!(
        "SELECT count(*)::text FROM dify_observe.export_status WHERE destination = '{name}' AND signal = 'traces'"
    );
    eventually(
        &format!("{name} has everything"),
        PATIENCE,
        || match cluster.value(DATABASE, &statement) {
            None if cluster.value(DATABASE, &known).as_deref() == Some("1") => Ok(()),
            other => Err(other),
        },
    );
}
