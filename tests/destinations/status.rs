//! A cluster that exports to servers, and how they stand.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

pub const DATABASE: &str = "app";
pub const PATIENCE: Duration = Duration::from_secs(60);

/// With both switches on, the extension in one database, and no endpoint in the settings.
pub fn exporting(name: &str) -> Cluster {
    let cluster = Cluster::builder(name)
        .conf("dify_observe.enabled", "on")
        .conf("dify_observe.telemetry_enabled", "on")
        .conf("dify_observe.metric_interval", "1s")
        .conf("dify_observe.otlp_timeout", "2s")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

pub fn create_server(cluster: &Cluster, name: &str, collector: &Collector, options: &str) {
    let endpoint = collector.endpoint();
    cluster.sql(
        DATABASE,
        &format!(
            "CREATE SERVER {name} FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{endpoint}'{options})"
        ),
    );
}

/// Logs runs whose texts name them, of an app, and tells the statement's own transaction apart from others.
pub fn log_runs(cluster: &Cluster, app: &str, names: &[&str]) {
    for name in names {
        cluster.sql(
            DATABASE,
            &format!(
                "SELECT dify_observe.log_workflow_run(tenant_id => '01234567-89ab-4def-8123-456789abcdef', app_id => '{app}', \
                   workflow_id => '11111111-89ab-4def-8123-456789abcdef', status => 'succeeded', invoked_by => '{name}')"
            ),
        );
    }
}

/// One column of `export_status`.
pub fn shown(cluster: &Cluster, server: &str, signal: &str, column: &str) -> Option<String> {
    cluster.value(
        DATABASE,
        &format!(
            "SELECT (SELECT {column}::text FROM dify_observe.export_status WHERE destination = '{server}' AND signal = '{signal}')"
        ),
    )
}

#[track_caller]
pub fn becomes(cluster: &Cluster, server: &str, signal: &str, column: &str, expected: &str) {
    let what = format!("{column} of {signal} of {server} is {expected}");
    eventually(&what, PATIENCE, || {
        match shown(cluster, server, signal, column) {
            Some(found) if found == expected => Ok(()),
            other => Err((other, shown(cluster, server, signal, "last_error"))),
        }
    });
}

/// So many logs, and not more, whose texts name them.
#[track_caller]
pub fn logs_arrive(collector: &Collector, expected: &[&str]) {
    eventually("logs", PATIENCE, || {
        let mut found: Vec<String> = named(collector);
        found.sort();
        found.dedup();
        let mut wanted: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        wanted.sort();
        if found == wanted { Ok(()) } else { Err(found) }
    });
}

/// The names of the runs whose logs have come, in their order.
pub fn named(collector: &Collector) -> Vec<String> {
    let name = |log: &dify_observe_tests::collector::LogSeen| {
        let name = log.attributes.get("dify.invoked_by")?;
        name.as_str().map(str::to_owned)
    };
    collector.logs().iter().filter_map(name).collect()
}
