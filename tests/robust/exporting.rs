//! A database that logs, a collector it exports to, and one call of every kind of event.

use std::time::Duration;

use dify_observe_tests::collector::{Attributes, LogSeen};
use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;

use crate::asking::Asking;
use crate::call::Call;
use crate::event_catalogue;

pub const DATABASE: &str = "postgres";
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const FAILED: &str = "dify.telemetry.rehydration_failed";

#[track_caller]
pub fn exporting(name: &str, collector: &Collector) -> (Cluster, Client) {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_extension(DATABASE);
    let session = cluster.connect(DATABASE);
    (cluster, session)
}

/// With export switched off, so that what is logged waits.
#[track_caller]
pub fn waiting(name: &str, collector: &Collector) -> (Cluster, Client) {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf("dify_observe.enabled", "off")
        .start();
    cluster.create_extension(DATABASE);
    let session = cluster.connect(DATABASE);
    (cluster, session)
}

#[track_caller]
pub fn switch(cluster: &Cluster, setting: &str, value: &str) {
    cluster.set_conf(&format!("dify_observe.{setting}"), value);
    cluster.reload();
}

/// Every event that a function logs, its table, and the call with what is required.
pub fn every_kind() -> Vec<(String, String, Call)> {
    let of = |event: serde_json::Value| {
        let name = event["name"].as_str()?.to_owned();
        let call = Call::of(event["function"].as_str()?);
        let call = match name.as_str() {
            "dify.node.execution.draft" => call.with("draft", "true").without("workflow_run_id"),
            _ => call,
        };
        Some((name, event["table"].as_str()?.to_owned(), call))
    };
    let kinds: Vec<_> = event_catalogue::events()
        .into_iter()
        .filter_map(of)
        .collect();
    assert_eq!(kinds.len(), 14);
    kinds
}

/// The names of a function's arguments of a type.
pub fn arguments(session: &mut Client, call: &Call, kind: &str) -> Vec<String> {
    let sql = call.sql();
    let function = sql
        .trim_start_matches("SELECT ")
        .split('(')
        .next()
        .expect("a function");
    session.column(&format!(
        "SELECT a.name FROM pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) AS a (name, type) \
         WHERE p.oid = '{function}'::regproc AND format_type(a.type, NULL) = '{kind}'"
    ))
}

/// Waits until so many logs have been accepted.
#[track_caller]
pub fn arrived(collector: &Collector, logs: usize) -> Vec<LogSeen> {
    eventually("everything arrived", PATIENCE, || {
        let seen = collector.logs();
        if seen.len() == logs {
            Ok(seen)
        } else {
            Err(seen.len())
        }
    })
}

/// The attributes of the only log of this event.
#[track_caller]
pub fn only<'a>(logs: &'a [LogSeen], event: &str) -> &'a Attributes {
    let mut found = logs.iter().filter(|log| log.event_name == event);
    let log = found.next().unwrap_or_else(|| panic!("no log of {event}"));
    assert!(found.next().is_none(), "more than one log of {event}");
    &log.attributes
}

/// A text attribute.
#[track_caller]
pub fn text<'a>(attributes: &'a Attributes, name: &str) -> &'a str {
    let value = attributes.get(name);
    value
        .and_then(serde_json::Value::as_str)
        .unwrap_or_else(|| {
            panic!(
                "{name} is {:?}",
                value.map(|value| value.to_string().chars().take(80).collect::<String>())
            )
        })
}
