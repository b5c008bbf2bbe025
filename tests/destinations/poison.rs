//! What a receiver refuses is taken apart: the record at fault is kept with the reason, the rest arrives.

use dify_observe_tests::{Behaviour, Collector};

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive, shown};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";
const NAMES: [&str; 9] = ["a", "b", "poison-1", "c", "d", "e", "poison-2", "f", "g"];
const GOOD: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

fn poisoned(code: u16) -> Behaviour {
    Behaviour::Poisoned {
        text: "poison".to_owned(),
        code,
    }
}

/// The backlog comes in one batch: the receiver is away while it is logged.
fn the_rest_arrives(name: &str, code: u16) {
    let collector = Collector::start();
    collector.answer(None, poisoned(code));
    collector.stop();
    let cluster = exporting(name);
    create_server(&cluster, "peer", &collector, "");
    log_runs(&cluster, APP, &NAMES);
    becomes(&cluster, "peer", "logs", "state", "retrying");
    collector.start_again();
    cluster.reload();
    logs_arrive(&collector, &GOOD);
    becomes(&cluster, "peer", "logs", "rejected", "2");
    becomes(&cluster, "peer", "logs", "lag_rows", "0");
    becomes(&cluster, "peer", "logs", "sent", "7");
    let kept = cluster.rows(
        DATABASE,
        "SELECT l.attributes ->> 'dify.invoked_by', r.name, r.records::text, r.reason FROM dify_observe.export_rejections r \
           JOIN dify_observe.companion_logs l ON l.id = r.event_id AND l.recorded_at = r.recorded_at \
         WHERE r.destination = 'peer' AND r.signal = 'logs' ORDER BY r.id",
    );
    let who: Vec<_> = kept
        .iter()
        .map(|row| row[0].clone().expect("a name"))
        .collect();
    assert_eq!(who, ["poison-1", "poison-2"]);
    for row in kept {
        assert_eq!(row[1].as_deref(), Some("dify.workflow.run"));
        assert_eq!(row[2].as_deref(), Some("1"));
        assert!(
            row[3]
                .as_deref()
                .is_some_and(|why| why.contains(&code.to_string()))
        );
    }
}

#[test]
fn bad_requests() {
    the_rest_arrives("poison400", 400);
}

#[test]
fn requests_that_are_too_large() {
    the_rest_arrives("poison413", 413);
}

#[test]
fn a_receiver_that_refuses_everything_is_given_nothing_up() {
    let collector = Collector::start();
    collector.answer(None, Behaviour::status(400));
    let cluster = exporting("refusing");
    create_server(&cluster, "peer", &collector, "");
    log_runs(&cluster, APP, &NAMES);
    becomes(&cluster, "peer", "logs", "state", "refused");
    assert_eq!(
        shown(&cluster, "peer", "logs", "rejected").as_deref(),
        Some("0")
    );
    collector.answer(None, Behaviour::Ok);
    cluster.reload();
    cluster.sql(DATABASE, "CALL dify_observe.export_now('peer')");
    logs_arrive(&collector, &NAMES);
    let rejected = "SELECT count(*) FROM dify_observe.export_rejections";
    assert_eq!(cluster.value(DATABASE, rejected).as_deref(), Some("0"));
}

#[test]
fn what_is_rejected_in_part_is_kept_with_its_reason() {
    let collector = Collector::start();
    let cluster = exporting("partial");
    create_server(&cluster, "peer", &collector, ", signals 'logs'");
    let partial = Behaviour::PartialSuccess {
        rejected: 1,
        message: "too old".to_owned(),
    };
    collector.answer_once(None, partial);
    log_runs(&cluster, APP, &["a"]);
    becomes(&cluster, "peer", "logs", "rejected", "1");
    let kept = "SELECT records || ' ' || reason FROM dify_observe.export_rejections";
    assert_eq!(cluster.value(DATABASE, kept).as_deref(), Some("1 too old"));
}
