//! Rows that are gone when the exporter needs them: each is told once, as the dictionary says, and nothing else is told of it.

use std::collections::BTreeMap;
use std::time::Duration;

use dify_observe_tests::collector::LogSeen;
use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;
use serde_json::Value;

use crate::asking::Asking;
use crate::call::{Call, TENANT};
use crate::dictionary::{Numbers, Setting, assert_complete};
use crate::dictionary_walk::assert_origin;
use crate::event_catalogue::events;

const DATABASE: &str = "postgres";
const EVENT: &str = "dify.telemetry.rehydration_failed";

/// The payload type of everything that was logged and is gone, by its id.
type Gone = BTreeMap<String, String>;

fn switched_off(name: &str, collector: &Collector) -> (Cluster, Client) {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf("dify_observe.enabled", "off")
        .start();
    cluster.create_extension(DATABASE);
    let session = cluster.connect(DATABASE);
    (cluster, session)
}

fn switch_on(cluster: &Cluster) {
    cluster.set_conf("dify_observe.enabled", "on");
    cluster.reload();
}

/// One of every kind that a row is needed for, logged and deleted.
fn lose_one_of_each(session: &mut Client) -> Gone {
    let mut gone = Gone::new();
    for event in events() {
        let Some(payload) = event["payload_type"].as_str() else {
            continue;
        };
        let call = Call::of(event["function"].as_str().expect("a function"));
        let call = match payload {
            "draft_node" => call.with("draft", "true").without("workflow_run_id"),
            _ => call,
        };
        let id = session.call(&call);
        let table = event["table"].as_str().expect("a table");
        let lost = session.number(&format!(
            "WITH lost AS (DELETE FROM dify_observe.{table} WHERE id = '{id}' RETURNING id) SELECT count(*) FROM lost"
        ));
        assert_eq!(lost, 1, "{table}");
        gone.insert(id, payload.to_owned());
    }
    gone
}

fn told(log: &LogSeen, name: &str) -> String {
    let value = log.attributes[name].as_str();
    value
        .unwrap_or_else(|| panic!("{name} of {log:?}"))
        .to_owned()
}

#[test]
fn a_row_that_is_gone_is_told_once_whatever_it_was() {
    let collector = Collector::start();
    let (cluster, mut session) = switched_off("gone", &collector);
    let gone = lose_one_of_each(&mut session);
    assert_eq!(gone.len(), 11);
    switch_on(&cluster);
    // What comes behind arrives as ever, and behind that nothing more.
    let after = Call::of("log_message");
    session.call(&after);
    arrived(&collector, gone.len() + 1);
    session.run("CALL dify_observe.export_now()");
    session.call(&after);
    arrived(&collector, gone.len() + 2);

    let mut logs = collector.logs();
    logs.retain(|log| log.event_name == EVENT);
    let mut seen = Gone::new();
    for log in &logs {
        assert_complete(
            EVENT,
            &log.attributes,
            Setting::default(),
            Numbers::OfTwoKinds,
        );
        assert_origin(&log.resource, &log.scope);
        assert_eq!(
            (log.severity_number, &*log.trace_id, &*log.span_id),
            (17, "", "")
        );
        assert!(!told(log, "dify.telemetry.error").is_empty());
        seen.insert(
            told(log, "dify.telemetry.correlation_id"),
            told(log, "dify.telemetry.payload_type"),
        );
    }
    assert_eq!(seen, gone);
    assert_eq!(logs.len(), gone.len());
    assert!(collector.spans().is_empty(), "{:?}", collector.spans());
    shown_in_the_views(&mut session, &logs);
}

#[track_caller]
fn arrived(collector: &Collector, logs: usize) {
    eventually("everything is told", Duration::from_secs(60), || {
        let seen = collector.logs().len();
        if seen == logs { Ok(()) } else { Err(seen) }
    });
}

#[track_caller]
fn shown_in_the_views(session: &mut Client, logs: &[LogSeen]) {
    for view in ["companion_logs", "companion_log_details"] {
        let shown = session.json(&format!(
            "SELECT json_agg(attributes ORDER BY id) FROM dify_observe.{view} WHERE event_name = '{EVENT}'"
        ));
        let sent: Value = logs
            .iter()
            .map(|log| serde_json::json!(log.attributes))
            .collect();
        assert_eq!(shown, sent, "{view}");
        let columns = format!(
            "SELECT DISTINCT concat_ws(' ', trace_id, span_id, parent_span_id, app_id, user_id, severity, signal, source_id = (attributes ->> 'dify.telemetry.correlation_id')::uuid) \
             FROM dify_observe.{view} WHERE event_name = '{EVENT}'"
        );
        assert_eq!(session.column(&columns), ["ERROR metric_only t"], "{view}");
    }
}

#[test]
fn its_tenant_is_told_where_what_is_left_of_its_trace_knows_it() {
    let collector = Collector::start();
    let (cluster, mut session) = switched_off("gone_tenant", &collector);
    let run = session.call(&Call::of("log_workflow_run"));
    let node = session.call(&Call::of("log_node_execution").with("workflow_run_id", &run));
    let alone = session.call(&Call::of("log_message"));
    for (table, id) in [("node_executions", &node), ("messages", &alone)] {
        session.run(&format!(
            "DELETE FROM dify_observe.{table} WHERE id = '{id}'"
        ));
    }
    switch_on(&cluster);
    arrived(&collector, 3);
    for log in collector.logs() {
        let tenant = log.attributes["tenant_id"].clone();
        match log.attributes.get("dify.telemetry.correlation_id") {
            Some(id) if *id == alone => assert_eq!(tenant, Value::Null),
            _ => assert_eq!(tenant, TENANT),
        }
    }
}

#[test]
fn it_counts_for_nothing() {
    let collector = Collector::start();
    let (cluster, mut session) = switched_off("gone_uncounted", &collector);
    session.run("BEGIN");
    let gone = lose_one_of_each(&mut session);
    session.run("COMMIT");
    switch_on(&cluster);
    arrived(&collector, gone.len());
    session.run("CALL dify_observe.fold_metrics()");
    let counted = "SELECT name FROM dify_observe.metrics";
    assert_eq!(session.column(counted), [""; 0]);
    let different = session.table("SELECT * FROM dify_observe.check_metrics()");
    assert!(different.is_empty(), "{different:?}");
}
