//! LangSmith drops a span whose parent never comes, and does not say so. It is never sent one.

use dify_observe_tests::collector::SpanSeen;
use dify_observe_tests::{Cluster, Collector, eventually};

use crate::activity::{APP, DATABASE, PATIENCE, TENANT, WORKFLOW, all_sent, connect, exporting};

const RUN: &str = "11111111-1111-4111-8111-111111111111";
const OTHER_APP: &str = "770e8400-e29b-41d4-a716-446655440009";

fn begin(cluster: &Cluster, run: &str, app: &str) {
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.start_workflow_run(id => '{run}', tenant_id => '{TENANT}', app_id => '{app}', workflow_id => '{WORKFLOW}')"
        ),
    );
}

fn log_node(cluster: &Cluster, run: &str, app: &str, title: &str) {
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{app}', workflow_run_id => '{run}', workflow_id => '{WORKFLOW}',
               node_id => 'n', node_type => 'code', title => '{title}', status => 'succeeded')"
        ),
    );
}

fn end(cluster: &Cluster, run: &str) {
    cluster.sql(
        DATABASE,
        &format!("SELECT dify_observe.finish_workflow_run(id => '{run}', status => 'succeeded')"),
    );
}

#[track_caller]
fn arrive(collector: &Collector, names: &[&str]) -> Vec<SpanSeen> {
    eventually("spans", PATIENCE, || {
        let spans = collector.spans();
        let found: Vec<String> = spans.iter().map(|span| span.name.clone()).collect();
        if found == names {
            Ok(spans)
        } else {
            Err(found)
        }
    })
}

#[test]
fn a_child_waits_until_its_root_can_go_along() {
    let (smith, plain) = (Collector::start(), Collector::start());
    let cluster = exporting("waiting");
    for (name, collector, profile) in [
        ("smith", &smith, "langsmith"),
        ("plain", &plain, "langfuse"),
    ] {
        let server = format!("profile '{profile}', endpoint '{}'", collector.endpoint());
        connect(&cluster, name, &server, "");
    }
    begin(&cluster, RUN, APP);
    log_node(&cluster, RUN, APP, "step");
    // The other one shows that there was something to send.
    arrive(&plain, &["step"]);
    all_sent(&cluster, "plain");
    let waits = "SELECT state || ' ' || lag_rows FROM dify_observe.export_status WHERE destination = 'smith' AND signal = 'traces'";
    eventually(
        "it waits, and nothing is wrong",
        PATIENCE,
        || match cluster.seen(DATABASE, waits) {
            Some(told) if told == "ok 1" => Ok(()),
            other => Err(other),
        },
    );
    assert_eq!(smith.requests().len(), 0);
    end(&cluster, RUN);
    let spans = arrive(&smith, &["step", "workflow"]);
    assert_eq!(spans[0].parent_span_id, spans[1].span_id);
    assert_eq!(smith.requests().len(), 1, "they go along");
}

#[test]
fn what_has_waited_long_enough_begins_a_tree_of_its_own() {
    let collector = Collector::start();
    let cluster = exporting("waited");
    let server = format!(
        "profile 'langsmith', endpoint '{}', start_at 'installation'",
        collector.endpoint()
    );
    begin(&cluster, RUN, APP);
    log_node(&cluster, RUN, APP, "step");
    cluster.sql(
        DATABASE,
        "UPDATE dify_observe.installation SET since = since - interval '1 day';
         UPDATE dify_observe.events SET recorded_at = recorded_at - interval '16 minutes'",
    );
    connect(&cluster, "smith", &server, "");
    let spans = arrive(&collector, &["step"]);
    assert_eq!(spans[0].parent_span_id, "");
}

#[test]
fn what_another_app_s_run_calls_is_a_tree_of_its_own_where_that_does_not_go() {
    let (smith, phoenix) = (Collector::start(), Collector::start());
    let cluster = exporting("filtered_family");
    for (name, collector, profile) in [
        ("smith", &smith, "langsmith"),
        ("phoenix", &phoenix, "openinference"),
    ] {
        let server = format!(
            "profile '{profile}', endpoint '{}', app_id '{APP}'",
            collector.endpoint()
        );
        connect(&cluster, name, &server, "");
    }
    let inner = "22222222-2222-4222-8222-222222222222";
    begin(&cluster, RUN, OTHER_APP);
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_workflow_run(id => '{inner}', tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}',
               parent_workflow_run_id => '{RUN}', status => 'succeeded')"
        ),
    );
    log_node(&cluster, inner, APP, "step");
    end(&cluster, RUN);
    for collector in [&smith, &phoenix] {
        let spans = arrive(collector, &["workflow", "step"]);
        assert_eq!(spans[0].parent_span_id, "");
        assert_eq!(spans[1].parent_span_id, spans[0].span_id);
    }
}

#[test]
fn a_backend_that_keeps_orphans_is_told_a_child_before_its_run_is_over() {
    let collector = Collector::start();
    let cluster = exporting("filtered_early");
    let server = format!(
        "profile 'openinference', endpoint '{}', app_id '{APP}'",
        collector.endpoint()
    );
    connect(&cluster, "phoenix", &server, "");
    begin(&cluster, RUN, APP);
    log_node(&cluster, RUN, APP, "step");
    let spans = arrive(&collector, &["step"]);
    assert_ne!(spans[0].parent_span_id, "", "its run is still to come");
}

#[test]
fn a_parent_that_was_told_in_another_trace_counts_as_one_that_never_comes() {
    let collector = Collector::start();
    let cluster = exporting("other_trace");
    let server = format!("profile 'langsmith', endpoint '{}'", collector.endpoint());
    connect(&cluster, "smith", &server, "");
    let message = "33333333-3333-4333-8333-333333333333";
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_message(id => '{message}', tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal')"
        ),
    );
    begin(&cluster, RUN, APP);
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_tool_execution(tenant_id => '{TENANT}', app_id => '{APP}', message_id => '{message}', workflow_run_id => '{RUN}',
               tool_name => 'weather', status => 'succeeded')"
        ),
    );
    end(&cluster, RUN);
    let spans = arrive(&collector, &["message", "weather", "workflow"]);
    let [message, tool, run] = [&spans[0], &spans[1], &spans[2]];
    assert_ne!(message.trace_id, run.trace_id);
    assert_eq!(tool.trace_id, run.trace_id);
    assert_eq!(tool.parent_span_id, run.span_id, "the root stands in");
}
