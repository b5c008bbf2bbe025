//! The receiver decodes what the official exporter sends, and answers as told.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use dify_observe_tests::collector::MetricValue;
use dify_observe_tests::{Behaviour, Collector, Signal, eventually};
use opentelemetry_otlp::Compression;
use serde_json::json;

use crate::reference::{self, BOUNDS, SCOPE, SERVICE, Sent, VERSION};

#[test]
fn the_reference_client_is_understood() {
    let collector = Collector::start();
    let sent = reference::send(&collector.endpoint());
    check(&collector, &sent);
}

#[test]
fn the_reference_client_is_understood_over_grpc() {
    for (compression, encoding) in [(None, None), (Some(Compression::Gzip), Some("gzip"))] {
        let collector = Collector::start();
        let sent = reference::call(&collector.endpoint(), compression);
        check(&collector, &sent);
        for request in collector.requests() {
            assert_eq!(request.encoding.as_deref(), encoding);
            assert!(request.path.ends_with("Service/Export"), "{request:?}");
        }
    }
}

fn check(collector: &Collector, sent: &Sent) {
    let requests = collector.requests();
    assert!(
        requests.iter().all(|request| request.complaint.is_none()),
        "{requests:?}"
    );
    let [span] = &collector.spans()[..] else {
        panic!("one span expected")
    };
    assert_eq!(
        (&span.trace_id, &span.span_id),
        (&sent.trace_id, &sent.span_id)
    );
    assert_eq!(span.parent_span_id, "");
    assert_eq!(
        (span.name.as_str(), span.kind.as_str()),
        ("reference span", "CLIENT")
    );
    assert_eq!(
        (span.status.as_str(), span.status_message.as_str()),
        ("ERROR", "it failed")
    );
    assert!(span.start_ns > 1_700_000_000_000_000_000 && span.end_ns >= span.start_ns);
    let expected = json!({"text": "文", "whole": 2, "half": 2.0, "truth": true});
    assert_eq!(json!(span.attributes), expected);
    assert_ne!(span.attributes["half"], json!(2), "a double is no integer");
    assert_eq!(span.resource["service.name"], SERVICE);
    assert_eq!(
        (span.scope.as_str(), span.scope_version.as_str()),
        (SCOPE, VERSION)
    );

    let [log] = &collector.logs()[..] else {
        panic!("one log expected")
    };
    assert_eq!(
        (log.event_name.as_str(), &log.body),
        ("reference.event", &json!("a body"))
    );
    assert_eq!(
        (log.severity_number, log.severity_text.as_str()),
        (13, "WARN")
    );
    assert_eq!(
        json!(log.attributes),
        json!({"text": "文", "whole": 2, "half": 2.0})
    );

    let metrics = collector.metrics();
    let [counter, histogram] = &metrics[..] else {
        panic!("two series expected: {metrics:?}")
    };
    assert_eq!(
        (counter.name.as_str(), counter.unit.as_str()),
        ("reference.counter", "{thing}")
    );
    assert_eq!(counter.value, MetricValue::Int(5));
    assert!(counter.monotonic && counter.cumulative && counter.start_ns <= counter.time_ns);
    assert_eq!(counter.labels["kind"], "a");
    let expected = MetricValue::Histogram {
        count: 2,
        sum: Some(2.0),
        min: Some(0.5),
        max: Some(1.5),
        bounds: BOUNDS.into(),
        buckets: vec![1, 0, 1, 0],
    };
    assert_eq!(histogram.value, expected);
    assert_eq!(collector.total("reference.counter", &[("kind", "a")]), 5);
    assert_eq!(collector.total("reference.counter", &[("kind", "b")]), 0);
}

#[test]
fn it_answers_as_told() {
    let collector = Collector::start();
    collector.answer_once(Signal::Logs, Behaviour::retry_after(503, "2"));
    collector.answer_once(None, Behaviour::status(429));
    collector.answer(
        Signal::Traces,
        Behaviour::PartialSuccess {
            rejected: 3,
            message: "no".to_owned(),
        },
    );
    collector.answer(Signal::Logs, Behaviour::Garbage);

    assert!(post(&collector, "/v1/traces").starts_with("HTTP/1.1 429 "));
    assert!(post(&collector, "/v1/traces").ends_with("\x08\x03\x12\x02no"));
    let refused = post(&collector, "/v1/logs");
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 2\r\n"),
        "{refused}"
    );
    assert!(post(&collector, "/v1/logs").contains("<html>"));
    assert!(post(&collector, "/v1/metrics").starts_with("HTTP/1.1 200 "));
    assert!(post(&collector, "/v2/metrics").starts_with("HTTP/1.1 404 "));
    collector.answer(None, Behaviour::Json);
    assert!(post(&collector, "/v1/traces").contains("partialSuccess"));

    let accepted: Vec<bool> = collector
        .requests()
        .iter()
        .map(|request| request.accepted)
        .collect();
    assert_eq!(accepted, [false, true, false, true, true, false, true]);
}

#[test]
fn bodies_can_be_late_slow_and_endless() {
    let collector = Collector::start();
    let pause = Duration::from_millis(100);
    collector.answer_once(None, Behaviour::Late(pause));
    collector.answer_once(None, Behaviour::SlowBody { pause, bytes: 3 });
    let begun = Instant::now();
    assert!(post(&collector, "/v1/logs").starts_with("HTTP/1.1 200 "));
    assert!(begun.elapsed() >= pause);
    let begun = Instant::now();
    assert!(post(&collector, "/v1/logs").starts_with("HTTP/1.1 200 "));
    assert!(begun.elapsed() >= pause * 3);
    assert!(collector.requests().iter().all(|request| request.accepted));

    collector.answer(None, Behaviour::EndlessBody);
    let mut stream = sent(&collector, "/v1/logs");
    let mut piece = vec![0; 1 << 20];
    for _ in 0..8 {
        stream.read_exact(&mut piece).expect("more of it");
    }
}

#[test]
fn connections_can_hang_and_break() {
    let collector = Collector::start();
    collector.answer(None, Behaviour::Hang);
    let mut stream = sent(&collector, "/v1/logs");
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .expect("a timeout");
    assert!(stream.read(&mut [0; 1]).is_err(), "nothing comes");

    collector.answer(None, Behaviour::Reset);
    let reset = sent(&collector, "/v1/logs")
        .read(&mut [0; 1])
        .expect_err("a reset");
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    collector.answer(None, Behaviour::ResetMidway);
    let mut answer = Vec::new();
    let reset = sent(&collector, "/v1/logs")
        .read_to_end(&mut answer)
        .expect_err("a reset");
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    assert!(answer.starts_with(b"HTTP/1.1 200 "));

    assert_eq!(collector.requests().len(), 3);
    assert!(collector.requests().iter().all(|request| !request.accepted));
}

#[test]
fn a_stopped_one_refuses_and_comes_back_on_its_port() {
    let collector = Collector::start();
    let mut open = connected(&collector);
    post(&collector, "/v1/logs");
    collector.stop();
    assert_eq!(open.read(&mut [0; 1]).expect("cut"), 0);
    // A child that another test is starting just now has the socket too, until it runs its program.
    eventually("it refuses", Duration::from_secs(60), || {
        TcpStream::connect(("127.0.0.1", collector.port())).is_err()
    });
    collector.start_again();
    post(&collector, "/v1/logs");
    assert_eq!(collector.requests().len(), 2);
    assert_eq!(collector.connections(), 3);
}

#[test]
fn a_body_that_breaks_otlp_is_refused() {
    let collector = Collector::start();
    let mut stream = connected(&collector);
    let request = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\n";
    write!(stream, "{request}content-length: 3\r\n\r\nabc").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(collector.requests()[0].complaint.is_some());
}

#[test]
fn json_that_breaks_otlp_is_refused() {
    let span = |fields: &str| {
        let collector = Collector::start();
        let body =
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#);
        let mut stream = connected(&collector);
        let request = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let length = body.len();
        write!(stream, "{request}content-length: {length}\r\n\r\n{body}").expect("sent");
        stream.read_to_string(&mut String::new()).expect("answer");
        let request = collector.requests().remove(0);
        request.complaint
    };
    let ids = r#""traceId":"0a000000000000000000000000000000","spanId":"0b00000000000000""#;
    assert_eq!(
        span(&format!(r#"{ids},"kind":1,"startTimeUnixNano":"5""#)),
        None
    );
    for wrong in [
        r#""kind":"SPAN_KIND_INTERNAL""#,
        r#""startTimeUnixNano":5"#,
        r#""parent_span_id":"0a""#,
        r#""parentSpanId":"0A00000000000000""#,
        r#""status":null"#,
        r#""attributes":[{"key":"k","value":{"intValue":1}}]"#,
    ] {
        assert!(span(&format!("{ids},{wrong}")).is_some(), "{wrong}");
    }
}

fn post(collector: &Collector, path: &str) -> String {
    let mut answer = Vec::new();
    sent(collector, path)
        .read_to_end(&mut answer)
        .expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// An empty request, complete and valid.
fn sent(collector: &Collector, path: &str) -> TcpStream {
    let mut stream = connected(collector);
    let headers =
        "host: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0";
    write!(stream, "POST {path} HTTP/1.1\r\n{headers}\r\n\r\n").expect("sent");
    stream
}

fn connected(collector: &Collector) -> TcpStream {
    TcpStream::connect(("127.0.0.1", collector.port())).expect("connected")
}
