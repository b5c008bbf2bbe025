//! Rows that are gone when they are to be sent: one report for each event, and nothing else changes.

use std::collections::BTreeMap;

use dify_observe_tests::{Behaviour, Collector, Signal, eventually};
use postgres::Client;

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{
    DATABASE, FAILED, PATIENCE, arrived, every_kind, exporting, switch, text, waiting,
};

/// The payload type of every event that has a row.
fn payload_type(event: &str) -> Option<&'static str> {
    Some(match event {
        "dify.workflow.run" => "workflow",
        "dify.node.execution" => "node",
        "dify.node.execution.draft" => "draft_node",
        "dify.message.run" => "message",
        "dify.tool.execution" => "tool",
        "dify.moderation.check" => "moderation",
        "dify.suggested_question.generation" => "suggested_question",
        "dify.dataset.retrieval" => "dataset_retrieval",
        "dify.generate_name.execution" => "generate_name",
        "dify.prompt_generation.execution" => "prompt_generation",
        "dify.feedback.created" => "feedback",
        _ => return None,
    })
}

/// One of each, logged and deleted: payload types by id.
fn lose_one_of_each(session: &mut Client) -> BTreeMap<String, &'static str> {
    let mut gone = BTreeMap::new();
    for (event, table, call) in every_kind() {
        if let Some(payload) = payload_type(&event) {
            let id = session.call(&call);
            session.run(&format!(
                "DELETE FROM dify_observe.{table} WHERE id = '{id}'"
            ));
            gone.insert(id, payload);
        }
    }
    assert_eq!(gone.len(), 11);
    gone
}

/// So many reports are stored.
fn reports(session: &mut Client) -> i64 {
    session.number("SELECT count(*) FROM dify_observe.events WHERE event = 15")
}

#[track_caller]
fn passed_everything(session: &mut Client) {
    eventually("nothing lags", PATIENCE, || {
        let lag = session.number("SELECT sum(lag_rows) FROM dify_observe.export_status");
        if lag == 0 { Ok(()) } else { Err(lag) }
    });
}

#[test]
fn both_signals_and_a_restart_between_them_make_one_report() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_gone_signals", &collector);
    for (late, early) in [
        (Signal::Logs, Signal::Traces),
        (Signal::Traces, Signal::Logs),
    ] {
        collector.forget();
        switch(&cluster, "enabled", "off");
        let before = reports(&mut session);
        // Something that arrives, so that the late signal has a request to wait with.
        session.call(&Call::of("log_workflow_run"));
        let gone = lose_one_of_each(&mut session);
        collector.answer(late, Behaviour::status(503));
        switch(&cluster, "enabled", "on");
        let expected = before + if early == Signal::Traces { 3 } else { 11 };
        eventually("the first signal reports", PATIENCE, || {
            let now = reports(&mut session);
            if now == expected { Ok(()) } else { Err(now) }
        });
        cluster.restart();
        session = cluster.connect(DATABASE);
        collector.answer(None, Behaviour::Ok);
        passed_everything(&mut session);
        assert_eq!(reports(&mut session), before + 11, "{early:?} first");
        let reported: Vec<_> = collector
            .logs()
            .into_iter()
            .filter(|log| log.event_name == FAILED)
            .collect();
        let told: BTreeMap<String, String> = reported
            .iter()
            .map(|log| {
                (
                    text(&log.attributes, "dify.telemetry.correlation_id").to_owned(),
                    text(&log.attributes, "dify.telemetry.payload_type").to_owned(),
                )
            })
            .collect();
        let expected: BTreeMap<String, String> = gone
            .into_iter()
            .map(|(id, payload)| (id, payload.to_owned()))
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn every_event_of_a_row_has_its_own_report() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_gone_twice", &collector);
    let feedback = Call::of("log_feedback");
    let id = session.call(&feedback.clone().with("rating", "like"));
    session.call(&feedback.clone().with("rating", "dislike"));
    session.call(&feedback);
    session.run("DELETE FROM dify_observe.feedbacks");
    switch(&cluster, "enabled", "on");
    let logs = arrived(&collector, 3);
    for log in &logs {
        assert_eq!(log.event_name, FAILED);
        assert_eq!(text(&log.attributes, "dify.telemetry.correlation_id"), id);
    }
    passed_everything(&mut session);
    assert_eq!(reports(&mut session), 3);
}

#[test]
fn a_delete_that_is_rolled_back_is_no_news() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_gone_back", &collector);
    for (_, _, call) in every_kind() {
        session.call(&call);
    }
    let mut other = cluster.connect(DATABASE);
    other.run("BEGIN");
    for (_, table, _) in every_kind() {
        other.run(&format!("DELETE FROM dify_observe.{table}"));
    }
    switch(&cluster, "enabled", "on");
    let logs = arrived(&collector, 14);
    other.run("ROLLBACK");
    assert!(logs.iter().all(|log| log.event_name != FAILED));
    session.run("CALL dify_observe.export_now()");
    assert_eq!(reports(&mut session), 0);
}

#[test]
fn a_delete_after_the_sending_is_no_news_and_one_before_the_commit_is_none_either() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_gone_later", &collector);
    for (_, _, call) in every_kind() {
        session.call(&call);
    }
    arrived(&collector, 14);
    passed_everything(&mut session);
    for (_, table, _) in every_kind() {
        session.run(&format!("DELETE FROM dify_observe.{table}"));
    }
    // Logged and lost in a transaction that comes to nothing.
    session.run("BEGIN");
    lose_one_of_each(&mut session);
    session.run("ROLLBACK");
    session.run("CALL dify_observe.export_now()");
    assert_eq!(reports(&mut session), 0);
}

#[test]
fn what_cannot_be_read_is_reported_as_such() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_unreadable", &collector);
    session.run("BEGIN");
    let id = session.call(&Call::of("log_feedback").with("rating", "like"));
    session.run("UPDATE dify_observe.events SET change = change || '{\"at\": \"no time\"}' WHERE event = 14; COMMIT");
    session.call(&Call::of("log_message"));
    let logs = arrived(&collector, 2);
    let report = logs
        .iter()
        .find(|log| log.event_name == FAILED)
        .expect("a report");
    assert_eq!(
        text(&report.attributes, "dify.telemetry.payload_type"),
        "feedback"
    );
    assert_eq!(
        text(&report.attributes, "dify.telemetry.correlation_id"),
        id
    );
    assert!(
        text(&report.attributes, "dify.telemetry.error").contains("read"),
        "{report:?}"
    );
}

#[test]
fn metrics_count_what_is_there_and_a_report_for_nothing() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_gone_metrics", &collector);
    session.run("BEGIN");
    lose_one_of_each(&mut session);
    session.run("COMMIT");
    session.call(&Call::of("log_tool_execution"));
    session.call(&Call::of("log_message").with("total_tokens", "5"));
    switch(&cluster, "enabled", "on");
    arrived(&collector, 13);
    session.run("CALL dify_observe.export_now()");
    let counted = "SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM dify_observe.metrics WHERE coalesce(value, count) > 0";
    assert_eq!(
        session.ask(counted),
        "dify.message.duration dify.requests.total dify.tokens.total dify.tool.duration"
    );
    assert!(
        session
            .table("SELECT * FROM dify_observe.check_metrics()")
            .is_empty()
    );
    eventually("the counters are sent", PATIENCE, || {
        let requests = collector.total("dify.requests.total", &[]);
        if requests == 2 { Ok(()) } else { Err(requests) }
    });
    let rejected = "SELECT string_agg(signal || ' ' || rejected, ', ' ORDER BY signal) FROM dify_observe.export_status";
    assert_eq!(session.ask(rejected), "logs 11, metrics 0, traces 3");
}
