//! What runs in an iteration or a loop hangs below it, also where that is logged when it is over.

use dify_observe_tests::collector::SpanSeen;
use dify_observe_tests::{Cluster, Collector, eventually};

use crate::activity::{APP, DATABASE, PATIENCE, TENANT, WORKFLOW, connect, exporting};

const RUN: &str = "11111111-1111-4111-8111-111111111111";

fn log(cluster: &Cluster, statement: &str) {
    cluster.sql(DATABASE, &format!("SELECT dify_observe.{statement}"));
}

fn begin_run(cluster: &Cluster) {
    log(
        cluster,
        &format!(
            "start_workflow_run(id => '{RUN}', tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}')"
        ),
    );
}

/// A node that began so many seconds ago.
fn log_node(cluster: &Cluster, title: &str, ago: u32, more: &str) {
    log(
        cluster,
        &format!(
            "log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', workflow_id => '{WORKFLOW}',
               title => '{title}', status => 'succeeded', created_at => now() - interval '{ago} s', {more})"
        ),
    );
}

const STEP: &str =
    "node_id => 'step', node_type => 'code', iteration_id => 'outer', iteration_index => 0";

/// With a destination that waits for nothing, to see that there was something to send.
fn two_destinations(name: &str) -> (Cluster, Collector, Collector) {
    let (fuse, plain) = (Collector::start(), Collector::start());
    let cluster = exporting(name);
    for (name, collector, options) in [
        ("fuse", &fuse, "profile 'langfuse'"),
        ("plain", &plain, "signals 'traces'"),
    ] {
        let server = format!("{options}, endpoint '{}'", collector.endpoint());
        connect(&cluster, name, &server, "");
    }
    (cluster, fuse, plain)
}

#[track_caller]
fn arrive(collector: &Collector, count: usize) -> Vec<SpanSeen> {
    eventually("spans", PATIENCE, || {
        let spans = collector.spans();
        if spans.len() == count {
            Ok(spans)
        } else {
            Err(spans)
        }
    })
}

#[track_caller]
fn parent<'a>(spans: &'a [SpanSeen], child: &str) -> &'a str {
    let named = |name: &str| spans.iter().find(|span| span.name == name);
    let child = named(child).expect("the child");
    let parent = spans
        .iter()
        .find(|span| span.span_id == child.parent_span_id);
    parent.map_or("", |parent| parent.name.as_str())
}

#[test]
fn a_node_waits_for_the_iteration_that_is_logged_at_its_end() {
    let (cluster, fuse, plain) = two_destinations("iterated");
    begin_run(&cluster);
    log_node(&cluster, "step", 1, STEP);
    arrive(&plain, 1);
    assert_eq!(fuse.requests().len(), 0);
    log_node(
        &cluster,
        "iteration",
        9,
        "node_id => 'outer', node_type => 'iteration'",
    );
    let spans = arrive(&fuse, 2);
    assert_eq!(parent(&spans, "step"), "iteration");
}

#[test]
fn a_node_waits_no_longer_than_its_run() {
    let (cluster, fuse, plain) = two_destinations("not_iterated");
    begin_run(&cluster);
    log_node(&cluster, "step", 1, STEP);
    arrive(&plain, 1);
    log(
        &cluster,
        &format!("finish_workflow_run(id => '{RUN}', status => 'succeeded')"),
    );
    let spans = arrive(&fuse, 2);
    assert_eq!(
        parent(&spans, "step"),
        format!("workflow_{RUN}"),
        "{spans:?}"
    );
}

#[test]
fn a_node_of_which_nobody_told_the_iteration_goes_after_a_minute() {
    let collector = Collector::start();
    let cluster = exporting("never_iterated");
    begin_run(&cluster);
    log_node(&cluster, "step", 1, STEP);
    cluster.sql(
        DATABASE,
        "UPDATE dify_observe.installation SET since = since - interval '1 day';
         UPDATE dify_observe.events SET recorded_at = recorded_at - interval '61 s'",
    );
    let server = format!(
        "profile 'langfuse', endpoint '{}', start_at 'installation'",
        collector.endpoint()
    );
    connect(&cluster, "fuse", &server, "");
    arrive(&collector, 1);
}

#[test]
fn parallel_rounds_are_not_taken_for_one_another() {
    let (cluster, fuse, _plain) = two_destinations("rounds");
    begin_run(&cluster);
    let outer = "node_id => 'outer', node_type => 'iteration'";
    log_node(&cluster, "iteration", 9, outer);
    for (round, ago) in [(0, 5), (1, 3)] {
        let inner = format!(
            "node_id => 'inner', node_type => 'loop', iteration_id => 'outer', iteration_index => {round}"
        );
        log_node(&cluster, &format!("loop {round}"), ago, &inner);
    }
    log_node(
        &cluster,
        "step",
        1,
        &format!("{STEP}, loop_id => 'inner', loop_index => 0"),
    );
    let spans = arrive(&fuse, 4);
    assert_eq!(parent(&spans, "step"), "loop 0");
    assert_eq!(parent(&spans, "loop 1"), "iteration");
}
