//! Whose a lost row was is asked of what is left of its trace.

use std::collections::BTreeMap;

use dify_observe_tests::Collector;
use postgres::Client;
use serde_json::Value;

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{FAILED, arrived, every_kind, switch, text, waiting};

const TENANT: &str = "0f000000-0000-4000-8000-00000000000f";

/// Logs the call and deletes its row.
fn lose(session: &mut Client, table: &str, call: &Call) -> String {
    let id = session.call(&call.clone().with("tenant_id", TENANT));
    session.run(&format!(
        "DELETE FROM dify_observe.{table} WHERE id = '{id}'"
    ));
    id
}

/// The tenant of every report by its source; none for a null.
#[track_caller]
fn tenants(collector: &Collector, logs: usize) -> BTreeMap<String, Option<String>> {
    let mut tenants = BTreeMap::new();
    for log in arrived(collector, logs) {
        if log.event_name == FAILED {
            let id = text(&log.attributes, "dify.telemetry.correlation_id").to_owned();
            tenants.insert(id, log.attributes["tenant_id"].as_str().map(str::to_owned));
            assert!(
                log.attributes["tenant_id"] == Value::Null || log.attributes["tenant_id"] == TENANT
            );
        }
    }
    tenants
}

#[test]
fn the_run_of_the_trace_tells_it_for_everything_inside() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_tenant_run", &collector);
    let own = |function: &str| Call::of(function).with("tenant_id", TENANT);
    let run = session.call(&own("log_workflow_run"));
    let inner = own("log_workflow_run").with("parent_workflow_run_id", &run);
    let inner = lose(&mut session, "workflow_runs", &inner);
    let message = session.call(&own("log_message").with("workflow_run_id", &run));
    let mut lost = vec![inner.clone()];
    for (event, table, call) in every_kind() {
        let place = match event.as_str() {
            "dify.workflow.run" | "dify.node.execution.draft" => continue,
            app if app.starts_with("dify.app") => continue,
            "dify.feedback.created" => ("message_id", message.as_str()),
            _ => ("workflow_run_id", run.as_str()),
        };
        lost.push(lose(
            &mut session,
            &table,
            &call.clone().with(place.0, place.1),
        ));
        if place.0 == "workflow_run_id" {
            lost.push(lose(
                &mut session,
                &table,
                &call.with("workflow_run_id", &inner),
            ));
        }
    }
    switch(&cluster, "enabled", "on");
    let tenants = tenants(&collector, lost.len() + 2);
    for id in &lost {
        assert_eq!(tenants[id].as_deref(), Some(TENANT));
    }
}

#[test]
fn the_message_tells_it_for_what_is_beside_it() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_tenant_message", &collector);
    let message = session.call(&Call::of("log_message").with("tenant_id", TENANT));
    let mut lost = Vec::new();
    for (_, table, call) in every_kind() {
        // Names have no part in a message's trace, runs, nodes and messages none in another one's.
        let beside = !matches!(
            table.as_str(),
            "apps" | "generated_names" | "workflow_runs" | "node_executions" | "messages"
        );
        if beside {
            lost.push(lose(
                &mut session,
                &table,
                &call.with("message_id", &message),
            ));
        }
    }
    assert_eq!(lost.len(), 6);
    switch(&cluster, "enabled", "on");
    let tenants = tenants(&collector, 7);
    for id in &lost {
        assert_eq!(tenants[id].as_deref(), Some(TENANT));
    }
}

#[test]
fn a_node_of_the_run_tells_it_where_the_run_is_gone_too() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_tenant_node", &collector);
    let run = lose(&mut session, "workflow_runs", &Call::of("log_workflow_run"));
    let node = Call::of("log_node_execution").with("tenant_id", TENANT);
    session.call(&node.with("workflow_run_id", &run));
    let tool = lose(
        &mut session,
        "tool_executions",
        &Call::of("log_tool_execution").with("workflow_run_id", &run),
    );
    switch(&cluster, "enabled", "on");
    let tenants = tenants(&collector, 3);
    assert_eq!(tenants[&run].as_deref(), Some(TENANT));
    assert_eq!(tenants[&tool].as_deref(), Some(TENANT));
}

#[test]
fn where_nothing_is_left_nobody_can_tell() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_tenant_null", &collector);
    let mut lost = Vec::new();
    for (event, table, call) in every_kind() {
        if !event.starts_with("dify.app") {
            lost.push(lose(&mut session, &table, &call));
        }
    }
    switch(&cluster, "enabled", "on");
    let tenants = tenants(&collector, 11);
    assert_eq!(tenants.len(), 11);
    for id in &lost {
        assert_eq!(tenants[id], None, "{id}");
    }
}
