//! Never ahead of export and fold, unless told how far.

use std::time::Duration;

use dify_observe_tests::{Behaviour, Cluster, Collector, eventually};
use postgres::Client;

use crate::history::*;

fn exporting(name: &str, collector: &Collector) -> (Cluster, Client) {
    let cluster = Cluster::builder(name)
        .preload(false)
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    prepare(&mut session);
    (cluster, session)
}

#[test]
fn what_a_destination_has_not_had_stays_until_it_has() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("not_passed", &collector);
    log(&mut session, TENANT, "40 days", 5);
    settle(&mut session);
    collector.stop();
    run(&mut session, "CALL export_now()");
    retain(&mut session);
    for table in ["workflow_runs", "messages"] {
        assert_eq!(count(&mut session, table), 5, "{table}");
    }
    assert_eq!(count(&mut session, "events"), 30);
    let blocked = told(&mut session, "blocked");
    assert!(
        blocked.contains("not exported yet") && blocked.contains("destination default is retrying"),
        "{blocked}"
    );
    let preview = ask(
        &mut session,
        "SELECT string_agg(DISTINCT blocked_by, ' ') FROM retention_preview() WHERE rows > 0",
    );
    assert!(preview.contains("not exported yet"), "{preview}");
    collector.start_again();
    run(&mut session, "CALL export_now()");
    retain(&mut session);
    assert_eq!(count(&mut session, "events"), 0);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(collector.spans().len(), 15);
    assert_eq!(collector.logs().len(), 30);
}

#[test]
fn nobody_waits_for_a_destination_that_is_switched_off() {
    let (_cluster, mut session) = quiet("switched_off");
    log(&mut session, TENANT, "40 days", 5);
    settle(&mut session);
    run(&mut session, "CALL export_now()");
    assert_eq!(
        column(&mut session, "SELECT DISTINCT state FROM export_status"),
        ["off"]
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "events"), 0);
}

#[test]
fn what_is_not_counted_stays() {
    let (_cluster, mut session) = quiet("not_counted");
    log(&mut session, TENANT, "40 days", 5);
    settle(&mut session);
    log(&mut session, TENANT, "50 days", 5);
    run(
        &mut session,
        "UPDATE events SET recorded_at = coalesce(source_at, (change ->> 'at')::timestamptz)",
    );
    // By steps: the procedure would count first.
    run(&mut session, "SELECT begin_retention(false)");
    while ask(&mut session, "SELECT retention_step()") != "done" {}
    assert_eq!(count(&mut session, "workflow_runs"), 5);
    let blocked = told(&mut session, "blocked");
    assert!(blocked.contains("not counted yet"), "{blocked}");
    sound(&mut session);
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
}

#[test]
fn what_the_rules_for_backlogs_discard_is_counted_and_logged_once() {
    for (setting, value) in [("max_backlog_age", "35d"), ("max_backlog_bytes", "1kB")] {
        let collector = Collector::start();
        collector.answer(None, Behaviour::status(503));
        let (cluster, mut session) = exporting("discarding", &collector);
        log(&mut session, TENANT, "40 days", 5);
        log(&mut session, TENANT, "32 days", 5);
        settle(&mut session);
        run(&mut session, "CALL export_now()");
        retain(&mut session);
        assert_eq!(count(&mut session, "events"), 60);
        cluster.set_conf(&format!("dify_observe.{setting}"), value);
        cluster.reload();
        retain(&mut session);
        let discarded: i64 = told(&mut session, "events_discarded")
            .parse()
            .expect("a number");
        assert_eq!(
            discarded,
            if setting == "max_backlog_age" { 30 } else { 60 },
            "{setting}"
        );
        assert_eq!(count(&mut session, "events"), 60 - discarded, "{setting}");
        let lines = || cluster.log().matches("retention has removed").count();
        assert_eq!(lines(), 1, "{setting}");
        retain(&mut session);
        assert_eq!(lines(), 1, "{setting}");
        // What is left is sent, and nothing else: no report of rows that are gone.
        collector.answer(None, Behaviour::Ok);
        run(&mut session, "CALL export_now()");
        assert_eq!(
            collector.logs().len(),
            usize::try_from(60 - discarded).expect("few")
        );
        assert_eq!(count(&mut session, "events WHERE event = 15"), 0);
    }
}

#[test]
fn exporting_and_removing_at_once_loses_nothing() {
    let collector = Collector::start();
    let cluster = Cluster::builder("at_once")
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    prepare(&mut session);
    let mut expected = 0;
    for _ in 0..6 {
        log(&mut session, TENANT, "40 days", 50);
        expected += 300;
        run(&mut session, "CALL run_retention()");
    }
    eventually("all of it arrived", Duration::from_secs(60), || {
        let now = collector.logs().len();
        if now == expected { Ok(()) } else { Err(now) }
    });
    run(&mut session, "CALL export_now()");
    retain(&mut session);
    assert_eq!(collector.logs().len(), expected);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(count(&mut session, "events"), 0);
}
