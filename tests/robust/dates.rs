//! The first and the last moments that OTLP can tell.

use dify_observe_tests::{Collector, eventually};

use crate::asking::Asking;
use crate::exporting::{PATIENCE, arguments, arrived, every_kind, exporting};

const FIRST: &str = "1970-01-01T00:00:00Z";
const LAST: &str = "2553-12-31T23:59:59.999999Z";
/// That in microseconds since 1970.
const LAST_US: u64 = 18_429_292_799_999_999;

#[test]
fn every_kind_of_event_arrives_with_its_time() {
    for (moment, ns) in [(FIRST, 0), (LAST, LAST_US * 1000)] {
        let collector = Collector::start();
        let (_cluster, mut session) = exporting("robust_dates", &collector);
        for (_, _, call) in every_kind() {
            let mut times = arguments(&mut session, &call, "timestamp with time zone");
            times.sort();
            let call = times
                .iter()
                .fold(call, |call, time| call.with(time, moment));
            session.call(&call);
        }
        for log in arrived(&collector, 14) {
            assert_eq!(log.time_ns, ns, "{}", log.event_name);
            let told = log
                .attributes
                .iter()
                .find(|(name, _)| name.ends_with("ed_at"));
            if let Some((name, value)) = told {
                assert_eq!(value, moment, "{name}");
            }
        }
        let spans = collector.spans();
        assert_eq!(spans.len(), 3);
        for span in spans {
            assert_eq!((span.start_ns, span.end_ns), (ns, ns), "{}", span.name);
        }
        let told = "SELECT count(*) || ' ' || count(DISTINCT occurred_at) FROM dify_observe.companion_log_details";
        assert_eq!(session.ask(told), "14 1");
    }
}

#[test]
fn what_lasts_from_the_first_to_the_last_is_counted() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_ages", &collector);
    let lasting =
        |call: crate::call::Call| call.with("created_at", FIRST).with("finished_at", LAST);
    let mut logged = 0;
    for (_, _, call) in every_kind() {
        if arguments(&mut session, &call, "timestamp with time zone").len() == 2 {
            for _ in 0..3 {
                session.call(&lasting(call.clone()));
                logged += 1;
            }
        }
    }
    assert_eq!(logged, 30);
    arrived(&collector, 30);
    for span in collector.spans() {
        assert_eq!(
            (span.start_ns, span.end_ns),
            (0, LAST_US * 1000),
            "{}",
            span.name
        );
    }
    for metric in [
        "dify.workflow.duration",
        "dify.node.duration",
        "dify.message.duration",
        "dify.tool.duration",
        "dify.prompt_generation.duration",
    ] {
        let wanted = if metric == "dify.node.duration" { 6 } else { 3 };
        eventually(metric, PATIENCE, || {
            let counted = collector.total(metric, &[]);
            if counted == wanted {
                Ok(())
            } else {
                Err(counted)
            }
        });
    }
    session.run("CALL dify_observe.fold_metrics()");
    assert!(
        session
            .table("SELECT * FROM dify_observe.check_metrics()")
            .is_empty()
    );
    let sums =
        "SELECT DISTINCT round(sum / count) FROM dify_observe.metrics WHERE name LIKE '%.duration'";
    assert_eq!(session.column(sums), ["18429292800"]);
}

#[test]
fn what_is_outside_is_refused_by_name() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_outside", &collector);
    for (name, _, call) in every_kind() {
        for argument in arguments(&mut session, &call, "timestamp with time zone") {
            for outside in [
                "1969-12-31T23:59:59.999999Z",
                "2554-01-01T00:00:00Z",
                "infinity",
                "-infinity",
                "294276-12-31",
                "4713-01-01 BC",
            ] {
                let refusal = session.refused(&call.clone().with(&argument, outside).sql());
                assert_eq!(
                    refusal.code, "22023",
                    "{name} {argument} {outside} {refusal:?}"
                );
                assert!(
                    refusal.message.starts_with(&argument),
                    "{name} {argument} {outside} {refusal:?}"
                );
            }
        }
    }
    assert!(collector.logs().is_empty());
}
