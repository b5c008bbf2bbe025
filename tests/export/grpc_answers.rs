//! Whatever a gRPC receiver answers, or a proxy in front of it: it is clear whose fault that is, and nothing is lost.

use std::time::Duration;

use dify_observe_tests::{Behaviour, Collector, Signal, eventually};

use crate::activity::{arrived, log_runs};
use crate::answers::{RUNS, holds_and_recovers, takes_as_success};
use crate::grpc::calling;
use crate::status::{number, reaches, shown};

#[test]
fn each_status_has_its_state() {
    let collector = Collector::start();
    let cluster = calling("grpc_codes", &collector);
    for (codes, state) in [
        (&[1, 2, 4, 8, 10, 11, 13, 14, 15, 17][..], "retrying"),
        (&[7, 12, 16], "misconfigured"),
        (&[3, 5, 9], "refused"),
    ] {
        for code in codes {
            let behaviour = Behaviour::called(*code, "some reason");
            holds_and_recovers(&cluster, &collector, behaviour, state);
            let why = shown(&cluster, "logs", "last_error").unwrap_or_default();
            assert!(
                why.starts_with("gRPC ") && why.ends_with(": some reason"),
                "{why}"
            );
        }
    }
}

#[test]
fn answers_that_are_none_are_tried_again() {
    let collector = Collector::start();
    let cluster = calling("grpc_broken", &collector);
    for behaviour in [
        Behaviour::Reset,
        Behaviour::ResetMidway,
        Behaviour::ResetStream,
        Behaviour::NoStatus,
        Behaviour::EndlessBody,
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
fn what_a_proxy_says_in_http_is_judged_as_over_http() {
    let collector = Collector::start();
    let cluster = calling("grpc_proxy", &collector);
    for (code, state) in [
        (429, "retrying"),
        (500, "retrying"),
        (502, "retrying"),
        (503, "retrying"),
        (504, "retrying"),
        (302, "misconfigured"),
        (401, "misconfigured"),
        (403, "misconfigured"),
        (404, "misconfigured"),
        (413, "refused"),
    ] {
        holds_and_recovers(&cluster, &collector, Behaviour::status(code), state);
        let why = shown(&cluster, "logs", "last_error").unwrap_or_default();
        assert!(why.starts_with(&format!("HTTP {code} ")), "{why}");
    }
    // A web server that takes everything.
    holds_and_recovers(
        &cluster,
        &collector,
        Behaviour::status(200),
        "misconfigured",
    );
    let why = shown(&cluster, "logs", "last_error").unwrap_or_default();
    assert!(why.contains("does not speak gRPC"), "{why}");
}

#[test]
fn a_delay_that_is_asked_for_is_kept() {
    let collector = Collector::start();
    let cluster = calling("grpc_later", &collector);
    let asking = |code, seconds| Behaviour::Called {
        code,
        message: "slow down".to_owned(),
        retry: Some(Duration::from_secs(seconds)),
    };
    collector.answer_once(Signal::Logs, asking(8, 3));
    collector.answer_once(Signal::Traces, Behaviour::called(14, "back soon"));
    collector.answer_once(Signal::Metrics, asking(14, 2));
    log_runs(&cluster, RUNS);
    arrived(&collector, RUNS, RUNS);
    eventually("metrics", Duration::from_secs(60), || {
        !collector.metrics().is_empty()
    });
    for (signal, least) in [
        (Signal::Logs, 3000),
        (Signal::Traces, 500),
        (Signal::Metrics, 2000),
    ] {
        let times: Vec<_> = collector
            .requests()
            .into_iter()
            .filter(|request| request.signal == Some(signal))
            .map(|request| request.at)
            .collect();
        let pause = times[1].duration_since(times[0]).expect("in order");
        assert!(
            pause >= Duration::from_millis(least),
            "{signal:?} {pause:?}"
        );
    }
}

#[test]
fn ok_is_success_whatever_the_message_says() {
    let collector = Collector::start();
    let cluster = calling("grpc_taken", &collector);
    let behaviours = [
        Behaviour::Garbage,
        Behaviour::Json,
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
    assert_eq!(
        shown(&cluster, "logs", "last_error").as_deref(),
        Some("you should know")
    );

    let partial = Behaviour::PartialSuccess {
        rejected: 1,
        message: "too\nold".to_owned(),
    };
    collector.answer(None, Behaviour::Ok);
    collector.answer_once(Signal::Logs, partial);
    log_runs(&cluster, RUNS);
    eventually("rejected", Duration::from_secs(60), || {
        number(&cluster, "logs", "rejected") == 1
    });
    reaches(&cluster, "logs", "ok");
    assert_eq!(
        shown(&cluster, "logs", "last_error").as_deref(),
        Some("too old")
    );
}
