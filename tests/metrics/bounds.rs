//! `dify_observe.histogram_bounds`: checked when set, upper-inclusive, and the beginning of new series when changed.

use std::time::Duration;

use dify_observe_tests::collector::MetricValue;
use dify_observe_tests::{Cluster, Collector, eventually};

use crate::counted::{DATABASE, differences, exporting, fold, message_of, sent};

const SETTING: &str = "dify_observe.histogram_bounds";
const DEFAULT: &str = "0.01,0.02,0.04,0.08,0.16,0.32,0.64,1.28,2.56,5.12,10.24,20.48,40.96,81.92";

fn shown(cluster: &Cluster) -> String {
    cluster
        .value("postgres", &format!("SHOW {SETTING}"))
        .unwrap_or_default()
}

#[test]
fn only_ascending_positive_numbers_are_taken() {
    let cluster = Cluster::start("bounds_checked");
    assert_eq!(shown(&cluster), DEFAULT);
    for (given, why) in [
        ("", "not a number"),
        ("1,", "not a number"),
        ("fast", "not a number"),
        ("1,NaN", "not a positive number"),
        ("1,inf", "not a positive number"),
        ("0,1", "not a positive number"),
        ("-1,1", "not a positive number"),
        ("1,1", "not greater"),
        ("2,1", "not greater"),
    ] {
        cluster.set_conf(SETTING, given);
        let before = cluster.log().len();
        cluster.reload();
        assert_eq!(shown(&cluster), DEFAULT, "{given}");
        let told = cluster.log().split_off(before);
        assert!(told.contains(why), "{given}: {told}");
    }
    let many: Vec<String> = (1..=65).map(|bound| bound.to_string()).collect();
    cluster.set_conf(SETTING, &many.join(","));
    cluster.reload();
    assert_eq!(shown(&cluster), DEFAULT, "65 bounds");
    for given in ["0.5", " 0.07 , 1e1 ", &many[..64].join(",")] {
        cluster.set_conf(SETTING, given);
        cluster.reload();
        assert_eq!(shown(&cluster), given);
    }
}

#[test]
fn bounds_are_upper_inclusive_to_the_microsecond() {
    let collector = Collector::start();
    let cluster = Cluster::builder("bounds_exact")
        .exports_to(&collector.endpoint())
        .conf(SETTING, "0.07,0.29,1.1")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    for duration in [0.0, 0.07, 0.070001, 0.29, 0.290001, 1.1, 1.100001, 900000.0] {
        cluster.sql(DATABASE, &message_of("m", duration));
    }
    sent(&collector, 8);
    let durations = durations(&collector);
    assert_eq!(
        durations,
        [MetricValue::Histogram {
            count: 8,
            sum: Some(900002.920003),
            min: Some(0.0),
            max: Some(900000.0),
            bounds: vec![0.07, 0.29, 1.1],
            buckets: vec![2, 2, 2, 2],
        }]
    );
}

#[test]
fn new_bounds_begin_new_series_and_the_old_are_no_longer_sent() {
    let collector = Collector::start();
    let cluster = exporting("bounds_changed", &collector);
    cluster.sql(DATABASE, &message_of("m", 1.0));
    sent(&collector, 1);
    cluster.set_conf(SETTING, "0.5,2");
    cluster.reload();
    collector.forget();
    eventually("only the new ones", Duration::from_secs(60), || {
        cluster.sql(DATABASE, &message_of("m", 1.0));
        fold(&cluster);
        let now = durations(&collector);
        match now.as_slice() {
            [MetricValue::Histogram { bounds, .. }] if *bounds == [0.5, 2.0] => Ok(()),
            _ => Err(now),
        }
    });
    // Nothing is forgotten in the state, and what is counted under both still adds up.
    let series = cluster.value(
        DATABASE,
        "SELECT count(*) FROM dify_observe.metrics WHERE name = 'dify.message.duration'",
    );
    assert_eq!(series.as_deref(), Some("2"));
    fold(&cluster);
    assert_eq!(differences(&cluster).len(), 0);
}

fn durations(collector: &Collector) -> Vec<MetricValue> {
    let points = collector.metrics().into_iter();
    let of_messages = points.filter(|point| point.name == "dify.message.duration");
    of_messages.map(|point| point.value).collect()
}
