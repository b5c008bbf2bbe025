//! A receiver that nobody here wrote takes all three signals, and passes on what was sent.

use std::time::Duration;

use dify_observe_tests::collector::{LogSeen, MetricSeen, SpanSeen};
use dify_observe_tests::{Cluster, Collector, Rotel, eventually};

use crate::activity::{DATABASE, STATEMENTS, expected};

#[test]
fn rotel_reads_back_what_our_own_receiver_saw() {
    reads_back("http");
}

/// In logs its reader of JSON refuses an empty value, and of metrics it loses integers that are strings, as they must be.
#[test]
fn rotel_reads_back_the_same_spans_from_json() {
    reads_back("http/json");
}

/// Sent to Rotel by this protocol, and to our own receiver as protobuf.
#[track_caller]
fn reads_back(protocol: &str) {
    let (rotel, ours) = (Rotel::start(), Collector::start());
    let cluster = Cluster::builder("rotel")
        .exports_to(&rotel.endpoint())
        .conf("dify_observe.otlp_protocol", protocol)
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.sql(DATABASE, STATEMENTS);
    let expected = expected();
    let spans = expected.iter().filter(|event| event.span.is_some()).count();
    if protocol == "http" {
        settled(rotel.received(), spans, expected.len());
    } else {
        eventually("all spans", Duration::from_secs(60), || {
            rotel.received().spans().len() == spans
        });
    }

    // The same events a second time, to the receiver whose fields are compared with the contract elsewhere.
    cluster.set_conf("dify_observe.otlp_endpoint", &ours.endpoint());
    cluster.set_conf("dify_observe.otlp_protocol", "http");
    cluster.stop(dify_observe_tests::Shutdown::Fast);
    cluster.set_conf("dify_observe.enabled", "off");
    cluster.start_again();
    cluster.sql(
        DATABASE,
        "UPDATE dify_observe.export_progress SET passed = 0 WHERE destination = 'default'",
    );
    cluster.set_conf("dify_observe.enabled", "on");
    cluster.restart();
    settled(&ours, spans, expected.len());

    assert_eq!(ordered_spans(rotel.received()), ordered_spans(&ours));
    if protocol != "http" {
        return;
    }
    assert_eq!(ordered_logs(rotel.received()), ordered_logs(&ours));
    assert_eq!(ordered_metrics(rotel.received()), ordered_metrics(&ours));
    let printed = rotel.printed();
    for event in &expected {
        assert!(printed.contains(&event.event), "{}", event.event);
    }
}

#[track_caller]
fn settled(collector: &Collector, spans: usize, logs: usize) {
    eventually("all three signals", Duration::from_secs(60), || {
        let now = (
            collector.spans().len(),
            collector.logs().len(),
            collector.total("dify.requests.total", &[]),
            collector.total("dify.app.deleted.total", &[]),
        );
        if now.0 == spans && now.1 == logs && now.2 > 0 && now.3 == 1 {
            Ok(())
        } else {
            Err(now)
        }
    });
}

fn ordered_spans(collector: &Collector) -> Vec<SpanSeen> {
    let mut spans = collector.spans();
    spans.sort_by_key(|span| span.span_id.clone());
    spans
}

fn ordered_logs(collector: &Collector) -> Vec<LogSeen> {
    let mut logs = collector.logs();
    logs.sort_by_key(|log| (log.observed_ns, log.time_ns, log.span_id.clone()));
    logs
}

/// But for when they were sent.
fn ordered_metrics(collector: &Collector) -> Vec<MetricSeen> {
    let mut points = collector.metrics();
    for point in &mut points {
        point.time_ns = 0;
    }
    points
}
