//! A message is often over before its run: what Langfuse is told of it until then must not stand against what the run tells.

use dify_observe_tests::collector::SpanSeen;
use dify_observe_tests::{Collector, eventually};
use serde_json::Value;

use crate::activity::{APP, DATABASE, PATIENCE, TENANT, WORKFLOW, connect, exporting};

const RUN: &str = "11111111-1111-4111-8111-111111111111";

#[test]
fn what_a_run_may_still_tell_is_not_told_by_what_is_in_it() {
    let collector = Collector::start();
    let cluster = exporting("unfinished");
    let server = format!("profile 'langfuse', endpoint '{}'", collector.endpoint());
    connect(&cluster, "fuse", &server, "");
    let log =
        |statement: String| cluster.sql(DATABASE, &format!("SELECT dify_observe.{statement}"));
    let arrived = |name: &str| {
        eventually(name, PATIENCE, || {
            let spans = collector.spans();
            let found = spans.iter().find(|span| span.name.starts_with(name));
            found.cloned().ok_or(spans)
        })
    };
    log(format!(
        "start_workflow_run(id => '{RUN}', tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', workflow_version => 'v1')"
    ));
    log(format!(
        r#"log_message(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', status => 'normal', user_id => 'somebody',
           total_tokens => 876, message_file_data => '{{"url": "u"}}')"#
    ));
    let message = arrived("message_");
    assert_eq!(told(&message, "langfuse.trace.name"), None);
    assert_eq!(told(&message, "langfuse.user.id"), None);
    assert_eq!(told(&message, "langfuse.version"), Some("v1".into()));
    let file = told(&message, "langfuse.observation.metadata.message_file_data");
    assert_eq!(file, Some(r#"{"url": "u"}"#.into()));
    let usage = "langfuse.observation.usage_details";
    assert_eq!(told(&message, usage), None, "the run tells them");
    log(format!(
        "log_workflow_run(id => '{RUN}', tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
           user_session_id => 'session', total_tokens => 876)"
    ));
    let run = arrived("workflow_");
    assert_eq!(told(&run, usage), Some(r#"{"total":876}"#.into()));
    log(format!(
        "log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', workflow_id => '{WORKFLOW}', node_id => 'n',
           node_type => 'code', title => 'step', status => 'succeeded', user_id => 'somebody')"
    ));
    let node = arrived("step");
    for name in [
        "langfuse.trace.name",
        "langfuse.user.id",
        "langfuse.version",
    ] {
        assert!(told(&run, name).is_some(), "{name}");
        assert_eq!(told(&node, name), told(&run, name), "{name}");
    }
}

#[test]
fn a_message_waits_for_the_run_that_may_tell_its_tokens() {
    let (collector, plain) = (Collector::start(), Collector::start());
    let cluster = exporting("early_message");
    for (name, collector, options) in [
        ("fuse", &collector, "profile 'langfuse'"),
        ("plain", &plain, "signals 'logs'"),
    ] {
        let server = format!("{options}, endpoint '{}'", collector.endpoint());
        connect(&cluster, name, &server, "");
    }
    let log =
        |statement: String| cluster.sql(DATABASE, &format!("SELECT dify_observe.{statement}"));
    log(format!(
        "log_message(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', status => 'normal', total_tokens => 876)"
    ));
    eventually("the message is there to be sent", PATIENCE, || {
        let logs = plain.logs();
        if logs.is_empty() { Err(logs) } else { Ok(()) }
    });
    assert_eq!(collector.requests().len(), 0);
    log(format!(
        "log_workflow_run(id => '{RUN}', tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
           total_tokens => 876)"
    ));
    let spans = eventually("both", PATIENCE, || {
        let spans = collector.spans();
        if spans.len() == 2 {
            Ok(spans)
        } else {
            Err(spans)
        }
    });
    let usage = |span: &SpanSeen| told(span, "langfuse.observation.usage_details");
    assert_eq!(
        [usage(&spans[0]), usage(&spans[1])],
        [None, Some(r#"{"total":876}"#.into())],
        "told once, by the run"
    );
}

#[test]
fn a_message_whose_run_nobody_tells_goes_after_a_minute_with_its_tokens() {
    let collector = Collector::start();
    let cluster = exporting("alone");
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{RUN}', status => 'normal',
               total_tokens => 876);
             UPDATE dify_observe.installation SET since = since - interval '1 day';
             UPDATE dify_observe.events SET recorded_at = recorded_at - interval '61 s'"
        ),
    );
    let server = format!(
        "profile 'langfuse', endpoint '{}', start_at 'installation'",
        collector.endpoint()
    );
    connect(&cluster, "fuse", &server, "");
    let message = eventually("the message", PATIENCE, || {
        let spans = collector.spans();
        spans.first().cloned().ok_or(spans)
    });
    let usage = told(&message, "langfuse.observation.usage_details");
    assert_eq!(usage, Some(r#"{"total":876}"#.into()));
}

fn told(span: &SpanSeen, name: &str) -> Option<Value> {
    span.attributes.get(name).cloned()
}
