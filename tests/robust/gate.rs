//! Whether content is sent is a matter of the setting at the time of sending: it holds for a backlog too.

use dify_observe_tests::collector::LogSeen;
use dify_observe_tests::{Behaviour, Cluster, Collector, eventually};
use postgres::Client;

use crate::asking::Asking;
use crate::event_catalogue;
use crate::exporting::{DATABASE, PATIENCE, arguments, arrived, every_kind, exporting, switch};

const SECRET: &str = "s3cr3t";

/// One of every event, with a secret in every place that may hold content. Feedback is another one in each turn.
fn log_secrets(session: &mut Client, turn: usize) {
    for (_, _, call) in every_kind() {
        let mut secret = call.clone();
        for argument in arguments(session, &call, "json") {
            secret = secret.with(&argument, &format!(r#"["{SECRET}"]"#));
        }
        for argument in arguments(session, &call, "text") {
            if [
                "query",
                "answer",
                "content",
                "instruction",
                "output",
                "preset_response",
            ]
            .contains(&argument.as_str())
            {
                secret = secret.with(&argument, SECRET);
            }
        }
        if arguments(session, &call, "text").contains(&"from_source".to_owned()) {
            secret = secret.with("from_source", &format!("turn {turn}"));
        }
        session.call(&secret);
    }
}

fn is_open(log: &LogSeen) -> bool {
    serde_json::to_string(&log.attributes)
        .expect("JSON")
        .contains(SECRET)
}

/// Every content attribute shows what it must.
#[track_caller]
fn assert_gate(logs: &[LogSeen], open: bool) {
    for log in logs {
        let content: Vec<String> = event_catalogue::attributes(&log.event_name)
            .into_iter()
            .filter(|(_, described)| described["content"] == true)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            is_open(log),
            open && !content.is_empty(),
            "{}: {:?}",
            log.event_name,
            log.attributes
        );
        for name in content {
            let shown = log
                .attributes
                .get(&name)
                .map(|value| value.as_str().unwrap_or_default().to_owned());
            match shown {
                None => assert!(
                    !open && log.event_name == "dify.feedback.created",
                    "{name} is left out"
                ),
                Some(shown) if open => assert!(shown.contains(SECRET), "{name}: {shown}"),
                Some(shown) => assert!(shown.starts_with("ref:"), "{name}: {shown}"),
            }
        }
    }
}

/// Waits for two attempts from now on: the second began after all that was said before.
#[track_caller]
fn tried_twice(cluster: &Cluster) {
    let retried = || {
        let retried = "SELECT retried FROM dify_observe.export_status WHERE signal = 'logs'";
        let text = cluster.value(DATABASE, retried).expect("a number");
        text.parse::<i64>().expect("a number")
    };
    let before = retried();
    eventually("two attempts", PATIENCE, || retried() > before + 1);
}

#[test]
fn a_backlog_is_sent_as_the_setting_says_when_the_collector_is_back() {
    for (before, after) in [("on", "off"), ("off", "on")] {
        let collector = Collector::start();
        let (cluster, mut session) = exporting("robust_gate", &collector);
        switch(&cluster, "include_content", before);
        collector.stop();
        log_secrets(&mut session, 1);
        tried_twice(&cluster);
        switch(&cluster, "include_content", after);
        log_secrets(&mut session, 2);
        tried_twice(&cluster);
        collector.start_again();
        assert_gate(&arrived(&collector, 28), after == "on");
    }
}

#[test]
fn what_was_refused_with_content_is_sent_again_without() {
    let collector = Collector::start();
    let (cluster, mut session) = exporting("robust_gate_503", &collector);
    collector.answer(None, Behaviour::status(503));
    log_secrets(&mut session, 1);
    tried_twice(&cluster);
    assert!(collector.all_logs().iter().any(is_open));
    switch(&cluster, "include_content", "off");
    tried_twice(&cluster);
    collector.answer(None, Behaviour::Ok);
    assert_gate(&arrived(&collector, 14), false);
}

#[test]
fn it_can_be_closed_and_opened_again_and_again_with_the_same_worker() {
    let collector = Collector::start();
    let (cluster, mut session) = exporting("robust_gate_again", &collector);
    let worker = || cluster.backend_pid("dify_observe worker", DATABASE);
    let first = eventually("a worker", PATIENCE, worker);
    for turn in 1..=6 {
        let open = turn % 2 == 0;
        collector.stop();
        log_secrets(&mut session, turn);
        switch(&cluster, "include_content", if open { "on" } else { "off" });
        tried_twice(&cluster);
        collector.start_again();
        assert_gate(&arrived(&collector, 14), open);
        collector.forget();
    }
    assert_eq!(worker(), Some(first));
}

#[test]
fn a_backlog_that_outlives_a_restart_follows_the_new_setting() {
    let collector = Collector::start();
    let (cluster, mut session) = exporting("robust_gate_restart", &collector);
    collector.stop();
    log_secrets(&mut session, 1);
    tried_twice(&cluster);
    cluster.set_conf("dify_observe.include_content", "off");
    cluster.crash();
    cluster.start_again();
    collector.start_again();
    assert_gate(&arrived(&collector, 14), false);
    drop(session);
}
