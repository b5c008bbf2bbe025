//! Whatever a receiver answers, it is clear whose fault that is, and nothing is lost.

use std::time::{Duration, UNIX_EPOCH};

use dify_observe_tests::{Behaviour, Cluster, Collector, Signal, eventually};

use crate::activity::{DATABASE, arrived, log_runs};
use crate::json::speaking;
use crate::status::{number, reaches, shown};

pub const RUNS: usize = 3;

/// Gives up after half a second.
pub fn impatient(name: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf("dify_observe.otlp_timeout", "500ms")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

fn redirect(to: &str) -> Behaviour {
    Behaviour::Status {
        code: 307,
        headers: vec![("location".to_owned(), to.to_owned())],
        body: Vec::new(),
    }
}

/// Answers so until the state is reached, then well: everything arrives.
#[track_caller]
pub fn holds_and_recovers(
    cluster: &Cluster,
    collector: &Collector,
    behaviour: Behaviour,
    state: &str,
) {
    collector.forget();
    collector.answer(None, behaviour.clone());
    log_runs(cluster, RUNS);
    for signal in ["traces", "logs", "metrics"] {
        reaches(cluster, signal, state);
        assert!(
            number(cluster, signal, "retried") > 0,
            "{behaviour:?} {signal}"
        );
        let why = shown(cluster, signal, "last_error").unwrap_or_default();
        assert!(
            !why.is_empty() && !why.contains('\n'),
            "{behaviour:?} {signal}: {why:?}"
        );
    }
    assert!(number(cluster, "logs", "lag_rows") > 0, "{behaviour:?}");
    assert_eq!(
        collector.spans().len() + collector.logs().len(),
        0,
        "{behaviour:?}"
    );

    collector.answer(None, Behaviour::Ok);
    // What is held until a person has done something is tried again as soon as the settings change.
    let name = format!("service after {}", why(&behaviour));
    cluster.set_conf("dify_observe.service_name", &name);
    cluster.reload();
    arrived(collector, RUNS, RUNS);
    for signal in ["traces", "logs", "metrics"] {
        reaches(cluster, signal, "ok");
    }
}

fn why(behaviour: &Behaviour) -> String {
    format!("{behaviour:?}").chars().take(40).collect()
}

#[test]
fn the_peers_and_the_networks_faults_are_retried() {
    let collector = Collector::start();
    let cluster = impatient("retried", &collector);
    for behaviour in [
        Behaviour::status(500),
        Behaviour::status(408),
        Behaviour::status(429),
        Behaviour::status(502),
        Behaviour::status(504),
        Behaviour::retry_after(503, "1"),
        Behaviour::Reset,
        Behaviour::ResetMidway,
        Behaviour::Hang,
        Behaviour::Late(Duration::from_secs(5)),
        Behaviour::SlowBody {
            pause: Duration::from_millis(100),
            bytes: 100,
        },
    ] {
        holds_and_recovers(&cluster, &collector, behaviour, "retrying");
    }
}

#[test]
fn the_configurations_faults_are_held_until_it_changes() {
    let collector = Collector::start();
    let elsewhere = Collector::start();
    let cluster = impatient("misconfigured", &collector);
    for code in [401, 403, 404, 405, 501] {
        holds_and_recovers(
            &cluster,
            &collector,
            Behaviour::status(code),
            "misconfigured",
        );
    }
    let elsewhere_url = format!("{}/v1/logs", elsewhere.endpoint());
    holds_and_recovers(
        &cluster,
        &collector,
        redirect(&elsewhere_url),
        "misconfigured",
    );
    assert_eq!(elsewhere.connections(), 0, "a redirect is not followed");
}

#[test]
fn what_the_peer_refuses_is_kept() {
    let collector = Collector::start();
    let cluster = impatient("refused", &collector);
    for code in [400, 413, 422] {
        holds_and_recovers(&cluster, &collector, Behaviour::status(code), "refused");
    }
}

#[test]
fn without_anybody_doing_anything_a_retry_comes_by_itself_and_not_too_early() {
    let collector = Collector::start();
    let cluster = impatient("later", &collector);
    collector.answer_once(Signal::Logs, Behaviour::retry_after(503, "3"));
    collector.answer_once(Signal::Traces, Behaviour::status(503));
    log_runs(&cluster, RUNS);
    arrived(&collector, RUNS, RUNS);
    for (signal, least) in [(Signal::Logs, 3000), (Signal::Traces, 500)] {
        let times: Vec<_> = collector
            .requests()
            .into_iter()
            .filter(|request| request.signal == Some(signal))
            .map(|request| request.at)
            .collect();
        assert_eq!(times.len(), 2, "{signal:?}");
        let pause = times[1].duration_since(times[0]).expect("in order");
        assert!(
            pause >= Duration::from_millis(least),
            "{signal:?} {pause:?}"
        );
    }
}

#[test]
fn a_date_to_come_back_at_is_kept() {
    let collector = Collector::start();
    let cluster = impatient("date", &collector);
    // Whole seconds, so between two and three from now.
    let date = cluster
        .value(
            DATABASE,
            "SELECT to_char((now() + interval '3 s') AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS \"GMT\"')",
        )
        .expect("a date");
    collector.answer_once(Signal::Logs, Behaviour::retry_after(429, &date));
    log_runs(&cluster, RUNS);
    arrived(&collector, RUNS, RUNS);
    let times: Vec<_> = collector
        .requests()
        .into_iter()
        .filter(|request| request.signal == Some(Signal::Logs))
        .map(|request| request.at)
        .collect();
    assert_eq!(times.len(), 2);
    let again = times[1].duration_since(UNIX_EPOCH).expect("a time");
    let asked = cluster.value(
        DATABASE,
        &format!("SELECT extract(epoch FROM to_timestamp('{date}', 'Dy, DD Mon YYYY HH24:MI:SS'))::bigint"),
    );
    let asked: u64 = asked.expect("a time").parse().expect("seconds");
    assert!(again.as_secs() >= asked, "{again:?}, not before {asked}");
}

#[test]
fn a_request_that_is_refused_before_it_was_read_is_told_by_its_answer() {
    let collector = Collector::start();
    for (protocol, why) in [
        ("http", "HTTP 413 Payload Too Large"),
        (
            "grpc",
            "gRPC RESOURCE_EXHAUSTED: grpc: received message larger than max",
        ),
    ] {
        collector.answer(None, Behaviour::Ok);
        let cluster = speaking("unread", protocol, &collector);
        cluster.set_conf("dify_observe.otlp_compression", "none");
        cluster.set_conf("dify_observe.otlp_timeout", "10s");
        cluster.reload();
        collector.answer(Signal::Logs, Behaviour::TooLong);
        cluster.sql(
            DATABASE,
            "SELECT dify_observe.log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(),
               workflow_id => gen_random_uuid(), status => 'succeeded', inputs => json_build_object('long', repeat('long ', 1000000)))",
        );
        eventually(why, Duration::from_secs(60), || {
            let now = (
                shown(&cluster, "logs", "state"),
                shown(&cluster, "logs", "last_error"),
            );
            let right = now.0.as_deref() == Some("refused")
                && now.1.as_deref().is_some_and(|told| told.starts_with(why));
            if right { Ok(()) } else { Err(now) }
        });
    }
}

/// Each answer counts what it answers as sent, and nothing else.
#[track_caller]
pub fn takes_as_success(
    cluster: &Cluster,
    collector: &Collector,
    behaviours: impl IntoIterator<Item = Behaviour>,
) {
    for (round, behaviour) in behaviours.into_iter().enumerate() {
        collector.forget();
        collector.answer(None, behaviour.clone());
        log_runs(cluster, RUNS);
        arrived(collector, RUNS, RUNS);
        for signal in ["traces", "logs"] {
            let expected = i64::try_from((round + 1) * RUNS).expect("few");
            eventually("counted", Duration::from_secs(60), || {
                let now = number(cluster, signal, "sent");
                if now == expected {
                    Ok(())
                } else {
                    Err((behaviour.clone(), now))
                }
            });
            assert_eq!(shown(cluster, signal, "state").as_deref(), Some("ok"));
            assert_eq!(number(cluster, signal, "rejected"), 0, "{behaviour:?}");
            assert_eq!(number(cluster, signal, "retried"), 0, "{behaviour:?}");
        }
    }
}

#[test]
fn any_2xx_is_success_whatever_its_body_says() {
    let collector = Collector::start();
    let cluster = impatient("taken", &collector);
    let behaviours = [
        Behaviour::Garbage,
        Behaviour::Json,
        Behaviour::EndlessBody,
        Behaviour::status(204),
        Behaviour::SlowBody {
            pause: Duration::from_millis(20),
            bytes: 5,
        },
        Behaviour::PartialSuccess {
            rejected: 0,
            message: "you should know".to_owned(),
        },
    ];
    takes_as_success(&cluster, &collector, behaviours);
    // Of the last one: a warning is kept for an operator to read.
    assert_eq!(
        shown(&cluster, "logs", "last_error").as_deref(),
        Some("you should know")
    );
}

#[test]
fn what_was_rejected_in_part_is_counted_and_never_sent_again() {
    let collector = Collector::start();
    let cluster = impatient("partial", &collector);
    let partial = Behaviour::PartialSuccess {
        rejected: 1,
        message: "too\nold".to_owned(),
    };
    collector.answer_once(Signal::Logs, partial.clone());
    collector.answer_once(Signal::Traces, partial);
    log_runs(&cluster, RUNS);
    for signal in ["traces", "logs"] {
        eventually("counted", Duration::from_secs(60), || {
            let now = (
                number(&cluster, signal, "sent"),
                number(&cluster, signal, "rejected"),
            );
            if now == (2, 1) {
                Ok(())
            } else {
                Err((signal, now))
            }
        });
        assert_eq!(shown(&cluster, signal, "state").as_deref(), Some("ok"));
        assert_eq!(
            shown(&cluster, signal, "last_error").as_deref(),
            Some("too old")
        );
    }
    log_runs(&cluster, 1);
    arrived(&collector, RUNS + 1, RUNS + 1);
}
