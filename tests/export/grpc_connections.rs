//! gRPC's one connection: it ends, hangs or leads to somebody who speaks something else, and nothing is lost.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use dify_observe_tests::{Behaviour, Cluster, Collector, Shutdown, Signal, eventually};

use crate::activity::{DATABASE, arrived, log_runs};
use crate::grpc::calling;
use crate::status::{number, reaches};
use crate::tls::{crowd, exporting_to, says};
use crate::unresponsive::all_signals_hang;

#[test]
fn a_receiver_that_restarts_gets_everything() {
    let collector = Collector::start();
    let cluster = calling("grpc_restart", &collector);
    log_runs(&cluster, 5);
    arrived(&collector, 5, 5);
    collector.stop();
    log_runs(&cluster, 5);
    says(&cluster, "retrying", "");
    collector.start_again();
    arrived(&collector, 10, 10);
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
    }
}

#[test]
fn a_receiver_that_says_goodbye_is_called_anew_without_a_failure() {
    let collector = Collector::start();
    let cluster = calling("grpc_goaway", &collector);
    for round in 1..=5 {
        collector.answer_once(Signal::Logs, Behaviour::GoAway);
        log_runs(&cluster, 3);
        arrived(&collector, 3 * round, 3 * round);
    }
    assert!(collector.connections() >= 5, "{}", collector.connections());
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
        assert_eq!(number(&cluster, signal, "retried"), 0, "{signal}");
    }
}

#[test]
fn a_connection_that_went_silent_is_left_for_another() {
    let collector = Collector::start();
    let cluster = calling("grpc_silent", &collector);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
    let before = collector.connections();
    collector.answer_once(Signal::Logs, Behaviour::Hang);
    log_runs(&cluster, 1);
    arrived(&collector, 2, 2);
    assert!(collector.connections() > before);
    assert!(number(&cluster, "logs", "retried") > 0);
}

/// With a call of every signal under way that is never answered.
fn hanging(name: &str, collector: &Collector) -> Cluster {
    let cluster = calling(name, collector);
    cluster.set_conf("dify_observe.otlp_timeout", "60s");
    cluster.reload();
    log_runs(&cluster, 1);
    arrived(collector, 1, 1);
    eventually("with the new time-out", Duration::from_secs(60), || {
        log_runs(&cluster, 1);
        let requests = collector.requests();
        requests
            .last()
            .is_some_and(|request| request.headers["grpc-timeout"] == "60000m")
    });
    collector.answer(None, Behaviour::Hang);
    collector.forget();
    all_signals_hang(&cluster, collector);
    cluster
}

#[test]
fn calls_that_hang_hold_nobody_up() {
    let collector = Collector::start();
    let cluster = hanging("grpc_hang_drop", &collector);
    let begun = Instant::now();
    cluster.sql(DATABASE, "DROP EXTENSION dify_observe");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let cluster = {
        drop(cluster);
        collector.answer(None, Behaviour::Ok);
        hanging("grpc_hang_stop", &collector)
    };
    let took = cluster.stop(Shutdown::Fast);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// Exports by gRPC to this address.
fn calls(name: &str, endpoint: &str) -> Cluster {
    let cluster = exporting_to(name, endpoint);
    cluster.set_conf("dify_observe.otlp_protocol", "grpc");
    cluster.reload();
    log_runs(&cluster, 1);
    cluster
}

#[test]
fn a_port_of_another_protocol_is_told() {
    // As Go's server answers the preface of HTTP/2.
    let (http, _held) = crowd(|stream| {
        let _ = stream.read(&mut [0; 1024]);
        let answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(answer);
    });
    let cluster = calls("grpc_to_http", &format!("http://127.0.0.1:{http}"));
    says(&cluster, "misconfigured", "does not speak gRPC there");

    // A TLS server answers with an alert.
    let (tls, _held) = crowd(|stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 10]);
    });
    cluster.set_conf(
        "dify_observe.otlp_endpoint",
        &format!("http://127.0.0.1:{tls}"),
    );
    cluster.set_conf("dify_observe.service_name", "again");
    cluster.reload();
    says(&cluster, "misconfigured", "does not speak gRPC there");

    // A gRPC server begins with its settings.
    let (grpc, _held) = crowd(|stream| {
        let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    cluster.set_conf(
        "dify_observe.otlp_endpoint",
        &format!("http://127.0.0.1:{grpc}"),
    );
    cluster.set_conf("dify_observe.otlp_protocol", "http");
    cluster.reload();
    says(&cluster, "misconfigured", "does not speak HTTP/1.1 there");

    let collector = Collector::start();
    cluster.set_conf("dify_observe.otlp_endpoint", &collector.endpoint());
    cluster.set_conf("dify_observe.otlp_protocol", "grpc");
    cluster.reload();
    arrived(&collector, 1, 1);
}
