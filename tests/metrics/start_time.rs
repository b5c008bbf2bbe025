//! Cumulative series go on where they were, with the start they had, whatever happens to the server.

use dify_observe_tests::Collector;
use dify_observe_tests::collector::MetricSeen;

use crate::counted::{DATABASE, differences, exporting, message_of, sent};

fn requests(collector: &Collector) -> MetricSeen {
    let points = collector.metrics();
    let mut found = points
        .into_iter()
        .filter(|point| point.name == "dify.requests.total");
    let only = found.next().expect("a series");
    assert!(found.next().is_none(), "one series");
    only
}

#[test]
fn the_start_time_outlives_restarts_and_crashes() {
    let collector = Collector::start();
    let cluster = exporting("start_time", &collector);
    cluster.sql(DATABASE, &message_of("m", 1.0));
    sent(&collector, 1);
    let first = requests(&collector);

    cluster.restart();
    cluster.sql(DATABASE, &message_of("m", 1.0));
    sent(&collector, 2);
    let second = requests(&collector);
    cluster.crash();
    cluster.start_again();
    cluster.sql(DATABASE, &message_of("m", 1.0));
    sent(&collector, 3);
    let third = requests(&collector);

    for later in [&second, &third] {
        assert_eq!(later.start_ns, first.start_ns);
        assert_eq!(later.labels, first.labels);
        assert_eq!(later.resource, first.resource);
    }
    assert!(first.time_ns < second.time_ns && second.time_ns < third.time_ns);
    assert_eq!(differences(&cluster).len(), 0);
}

#[test]
fn a_total_never_falls_and_is_sent_again_though_nothing_happens() {
    let collector = Collector::start();
    let cluster = exporting("steady", &collector);
    for turn in 1..=3 {
        cluster.sql(DATABASE, &message_of("m", 1.0));
        sent(&collector, turn);
    }
    let rounds = || {
        let requests = collector.requests().into_iter();
        requests
            .filter(|request| !request.metrics.is_empty())
            .count()
    };
    let before = rounds();
    dify_observe_tests::eventually(
        "two more rounds",
        std::time::Duration::from_secs(20),
        || rounds() >= before + 2,
    );
    let mut totals = Vec::new();
    for request in collector.requests() {
        for point in request.metrics {
            if point.name == "dify.requests.total" {
                totals.push((point.time_ns, point.count()));
            }
        }
    }
    assert!(totals.is_sorted(), "{totals:?}");
    assert_eq!(totals.last().map(|last| last.1), Some(3));
}
