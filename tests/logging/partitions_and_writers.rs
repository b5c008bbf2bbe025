//! Making partitions while others write.

use std::thread;
use std::time::{Duration, Instant};

use crate::asking::{Asking, until_blocked, without_worker};
use crate::call::{Call, KINDS};

const ENSURE: &str = "SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-04')";
const AT: &str = "2026-02-03 04:05:06+00";

#[test]
fn they_give_up_when_a_writer_does_not_end_and_leave_nothing_behind() {
    let (cluster, mut session) = without_worker("give_up");
    for kind in &KINDS {
        let mut writer = cluster.connect("postgres");
        writer.run("BEGIN");
        writer.call(&kind.call().with("created_at", AT));
        let begun = Instant::now();
        let refusal = session.refused(ENSURE);
        assert_eq!(refusal.code, "55P03", "{refusal:?}");
        assert!(begun.elapsed() < Duration::from_secs(10));
        let leaves = "SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_p20260203'";
        assert_eq!(session.number(leaves), 0);
        writer.call(&kind.call().with("created_at", AT));
        writer.run("COMMIT");
    }
    assert_eq!(session.number(ENSURE), 4 + 6);
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        6
    );
}

#[test]
fn other_writers_wait_no_longer_than_the_lock_time_out() {
    let (cluster, _) = without_worker("not_in_the_way");
    cluster.set_conf("dify_observe.retention_lock_timeout", "500ms");
    cluster.reload();
    let mut session = cluster.connect("postgres");
    let mut slow = cluster.connect("postgres");
    slow.run("BEGIN");
    slow.call(&Call::of("log_message").with("created_at", AT));
    thread::scope(|scope| {
        let refused = scope.spawn(|| session.refused(ENSURE).code);
        let mut watcher = cluster.connect("postgres");
        until_blocked(&mut watcher, 1);
        let begun = Instant::now();
        cluster.connect("postgres").call(&Call::of("log_message"));
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(refused.join().expect("the attempt"), "55P03");
    });
    slow.run("COMMIT");
}

#[test]
fn the_time_out_of_the_session_is_its_own_again_afterwards() {
    let (_cluster, mut session) = without_worker("own_time_out");
    session.run("BEGIN; SET lock_timeout = '7s'");
    session.run(ENSURE);
    assert_eq!(session.ask("SHOW lock_timeout"), "7s");
    session.run("COMMIT");
    assert_eq!(session.ask("SHOW lock_timeout"), "7s");
}

/// Also where the default partition is empty, as at the very beginning.
#[test]
fn a_row_is_logged_while_the_partition_of_its_day_is_made() {
    let (cluster, mut session) = without_worker("log_made");
    for (kind, day) in KINDS.iter().zip(["03", "04", "05"]) {
        let at = format!("2026-02-{day} 04:05:06+00");
        session.run(&format!(
            "BEGIN; SELECT dify_observe.ensure_partitions('2026-02-{day}', '2026-02-{day} 01:00')"
        ));
        let mut other = cluster.connect("postgres");
        let logged = thread::scope(|scope| {
            let logging =
                scope.spawn(|| other.try_rows(&kind.call().with("created_at", &at).sql()));
            until_blocked(&mut cluster.connect("postgres"), 1);
            session.run("COMMIT");
            logging.join().expect("the call")
        });
        assert!(logged.is_ok(), "{}: {logged:?}", kind.log);
        let leaf = format!("SELECT tableoid::regclass FROM dify_observe.{}", kind.table);
        assert_eq!(
            session.ask(&leaf),
            format!("dify_observe.{}_p202602{day}", kind.table)
        );
    }
}

/// The rows move while the calls wait for the mover's locks; they must be found where they have gone.
#[test]
fn a_row_is_finished_while_it_is_moved() {
    let (cluster, mut session) = without_worker("finish_moved");
    for (kind, finish) in [
        (&KINDS[0], Some("finish_workflow_run")),
        (&KINDS[0], None),
        (&KINDS[1], Some("finish_node_execution")),
        (&KINDS[1], None),
        (&KINDS[2], None),
    ] {
        for id in session.column("SELECT unnest(ARRAY[gen_random_uuid(), dify_observe.uuid_v7('2026-02-03 04:05:06+00')])") {
            let begun = kind.call().with("id", &id).with("created_at", AT);
            session.call(&begun.clone().with("status", "running"));
            let call = match finish {
                Some(finish) => Call::of(finish).with("id", &id),
                None => begun,
            };
            session.run("BEGIN");
            session.run(ENSURE);
            let mut other = cluster.connect("postgres");
            thread::scope(|scope| {
                let finishing = scope.spawn(|| other.call(&call));
                until_blocked(&mut cluster.connect("postgres"), 1);
                session.run("COMMIT");
                assert_eq!(finishing.join().expect("the finish"), id);
            });
            let row = format!(
                "SELECT string_agg(tableoid::regclass || ' ' || (finished_at IS NOT NULL), ', ') FROM dify_observe.{} WHERE id = '{id}'",
                kind.table
            );
            assert_eq!(session.ask(&row), format!("dify_observe.{}_p20260203 true", kind.table), "{call:?}");
            let events = format!("SELECT count(*) FROM dify_observe.events WHERE source_id = '{id}'");
            assert_eq!(session.number(&events), 1, "{call:?}");
            let drop = "SELECT string_agg(format('DROP TABLE dify_observe.%I', relname), '; ') FROM pg_class WHERE relname ~ '_p20260203$' AND relkind = 'r'";
            let drop = session.ask(drop);
            session.run(&drop);
        }
    }
}
