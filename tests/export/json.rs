//! OTLP/JSON: the same records as protobuf makes, and answers read as what they say they are.

use std::time::Duration;

use dify_observe_tests::collector::{LogSeen, MetricSeen, SpanSeen};
use dify_observe_tests::{Behaviour, Cluster, Collector, Signal, eventually};

use crate::activity::{DATABASE, STATEMENTS, arrived, expected, log_runs};
use crate::status::{number, reaches, shown};

pub fn speaking(name: &str, protocol: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf("dify_observe.otlp_protocol", protocol)
        .conf("dify_observe.otlp_timeout", "500ms")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

/// Everything that is not of one server, ordered.
fn seen(collector: &Collector) -> (Vec<SpanSeen>, Vec<LogSeen>) {
    let (mut spans, mut logs) = (collector.spans(), collector.logs());
    for span in &mut spans {
        span.resource.remove("service.instance.id");
    }
    for log in &mut logs {
        log.resource.remove("service.instance.id");
        log.observed_ns = 0;
    }
    spans.sort_by_key(|span| format!("{span:?}"));
    logs.sort_by_key(|log| format!("{log:?}"));
    (spans, logs)
}

/// The same of metrics.
fn points(collector: &Collector) -> Vec<MetricSeen> {
    let mut points = collector.metrics();
    for point in &mut points {
        (point.time_ns, point.start_ns) = (0, 0);
        point.resource.clear();
    }
    points
}

/// Sends the same over both protocols, expects the same to arrive, and gives the receiver of the second one.
#[track_caller]
pub fn arrives_as_in_protobuf(name: &str, protocol: &str) -> Collector {
    let (first, second) = (Collector::start(), Collector::start());
    let events = expected();
    let spans = events.iter().filter(|event| event.span.is_some()).count();
    for (protocol, collector) in [("http", &first), (protocol, &second)] {
        let cluster = speaking(name, protocol, collector);
        cluster.sql(DATABASE, STATEMENTS);
        arrived(collector, spans, events.len());
        eventually("metrics", Duration::from_secs(60), || {
            collector.total("dify.app.deleted.total", &[]) == 1
        });
        for request in collector.requests() {
            assert_eq!(request.complaint, None);
        }
    }
    assert_eq!(points(&first), points(&second));
    let (first, of_second) = (seen(&first), seen(&second));
    assert_eq!(first.0, of_second.0);
    assert_eq!(first.1, of_second.1);
    second
}

#[test]
fn everything_arrives_as_it_does_in_protobuf() {
    let collector = arrives_as_in_protobuf("json", "http/json");
    assert!(collector.requests().iter().all(|request| {
        request.headers["content-type"] == "application/json"
            && request.encoding.as_deref() == Some("gzip")
    }));
}

#[test]
fn an_answer_is_read_as_what_it_says_it_is() {
    let collector = Collector::start();
    let cluster = speaking("json_answers", "http/json", &collector);
    collector.answer_once(
        Signal::Logs,
        Behaviour::JsonPartialSuccess(
            r#"{"rejectedLogRecords":"2","errorMessage":"too old"}"#.to_owned(),
        ),
    );
    collector.answer_once(
        Signal::Traces,
        Behaviour::PartialSuccess {
            rejected: 1,
            message: "in protobuf".to_owned(),
        },
    );
    log_runs(&cluster, 3);
    for (signal, rejected, message) in [("logs", 2, "too old"), ("traces", 1, "in protobuf")] {
        eventually(signal, Duration::from_secs(60), || {
            let now = (
                number(&cluster, signal, "sent"),
                number(&cluster, signal, "rejected"),
            );
            if now == (3 - rejected, rejected) {
                Ok(())
            } else {
                Err(now)
            }
        });
        assert_eq!(
            shown(&cluster, signal, "last_error").as_deref(),
            Some(message)
        );
    }
    collector.answer(
        Signal::Logs,
        Behaviour::Status {
            code: 400,
            headers: vec![(
                "content-type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            )],
            body: br#"{"code":3,"message":"no such tenant"}"#.to_vec(),
        },
    );
    log_runs(&cluster, 1);
    reaches(&cluster, "logs", "refused");
    assert_eq!(
        shown(&cluster, "logs", "last_error").as_deref(),
        Some("HTTP 400 Bad Request: no such tenant")
    );
}

#[test]
fn the_protocol_changes_while_a_request_is_under_way() {
    let collector = Collector::start();
    let cluster = speaking("json_change", "http", &collector);
    for (round, protocol) in ["http/json", "http", "http/json"].into_iter().enumerate() {
        collector.answer(None, Behaviour::Late(Duration::from_millis(300)));
        log_runs(&cluster, 5);
        let before = collector.requests().len();
        eventually("under way", Duration::from_secs(60), || {
            collector.requests().len() > before
        });
        cluster.set_conf("dify_observe.otlp_protocol", protocol);
        cluster.reload();
        log_runs(&cluster, 5);
        arrived(&collector, 10 * (round + 1), 10 * (round + 1));
        for signal in ["traces", "logs", "metrics"] {
            reaches(&cluster, signal, "ok");
        }
    }
    let types: std::collections::BTreeSet<_> = collector
        .requests()
        .into_iter()
        .map(|request| request.headers["content-type"].clone())
        .collect();
    assert_eq!(types.len(), 2, "{types:?}");
}
