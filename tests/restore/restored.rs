//! Restored with the worker running and export on: the history is there, and only what happens from now on is told.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;

use crate::dumped::{Format, OPEN_RUN, contents, dump, exporting, restore, source};

const PATIENCE: Duration = Duration::from_secs(30);
const NEW_RUN: &str = "SELECT dify_observe.log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid(), status => 'succeeded')::text";

fn number(session: &mut Client, sql: &str) -> i64 {
    session.query_one(sql, &[]).expect("a number").get(0)
}

fn text(session: &mut Client, sql: &str) -> String {
    session.query_one(sql, &[]).expect("a text").get(0)
}

#[track_caller]
fn until_worker(cluster: &Cluster) {
    eventually("a worker in the restored database", PATIENCE, || {
        cluster.backend_pid("dify_observe worker", "target")
    });
}

#[track_caller]
fn brings_all_and_tells_nothing(name: &str, format: Format) {
    let (from, mut original) = source(name);
    let collector = Collector::start();
    let to = exporting(&format!("{name}_target"), &collector);
    restore(&to, &dump(&from, format), format);
    let mut restored = to.connect("target");
    assert_eq!(contents(&mut restored), contents(&mut original));
    let last = number(&mut original, "SELECT max(id) FROM dify_observe.events");
    until_worker(&to);

    // What is told next comes after all that was told before: nothing else is sent or counted until it has arrived.
    let new = text(&mut restored, NEW_RUN);
    let event = format!("SELECT id FROM dify_observe.events WHERE source_id = '{new}'");
    assert_eq!(number(&mut restored, &event), last + 1, "ids go on");
    restored
        .execute(
            &format!(
                "SELECT dify_observe.finish_workflow_run(id => '{OPEN_RUN}', status => 'failed')"
            ),
            &[],
        )
        .expect("a finish");
    eventually("the new run and the one finished here", PATIENCE, || {
        if collector.spans().len() >= 2 {
            Ok(())
        } else {
            Err(collector.spans().len())
        }
    });
    eventually("the metrics of both", PATIENCE, || {
        let counted = collector.total("dify.requests.total", &[]);
        if counted >= 2 { Ok(()) } else { Err(counted) }
    });
    let traces: Vec<String> = collector
        .all_spans()
        .into_iter()
        .map(|span| span.trace_id)
        .collect();
    let expected = [new, OPEN_RUN.to_owned()].map(|id| id.replace('-', ""));
    assert_eq!(traces, expected, "spans");
    let logs: Vec<String> = collector
        .all_logs()
        .into_iter()
        .map(|log| log.trace_id)
        .collect();
    assert_eq!(logs, expected, "logs");
    assert_eq!(collector.total("dify.requests.total", &[]), 2);
    assert_eq!(
        number(&mut restored, "SELECT count(*) FROM dify_observe.events"),
        number(&mut original, "SELECT count(*) FROM dify_observe.events") + 2
    );
    assert_eq!(
        number(
            &mut restored,
            "SELECT count(*) FROM dify_observe.check_metrics()"
        ),
        0
    );
}

#[test]
fn pg_restore_in_one_transaction_brings_all_rows_and_tells_nothing() {
    brings_all_and_tells_nothing("custom", Format::Custom);
}

#[test]
fn a_plain_dump_through_psql_brings_all_rows_and_tells_nothing() {
    brings_all_and_tells_nothing("plain", Format::Plain);
}

#[test]
fn a_restored_database_is_one_of_its_own() {
    let (from, mut original) = source("own");
    let collector = Collector::start();
    let to = exporting("own_target", &collector);
    restore(&to, &dump(&from, Format::Custom), Format::Custom);
    let mut restored = to.connect("target");
    let instance = "SELECT instance_id::text FROM dify_observe.installation";
    assert_ne!(text(&mut restored, instance), text(&mut original, instance));
    assert!(number(&mut original, "SELECT count(*) FROM dify_observe.metrics") > 0);
    assert_eq!(
        number(&mut restored, "SELECT count(*) FROM dify_observe.metrics"),
        0
    );
}

#[test]
fn a_restored_database_can_be_dumped_and_restored_again() {
    let (from, mut original) = source("twice");
    let collector = Collector::start();
    let middle = exporting("twice_middle", &collector);
    restore(&middle, &dump(&from, Format::Custom), Format::Custom);
    middle.sql("postgres", "ALTER DATABASE target RENAME TO source");
    let last = exporting("twice_last", &collector);
    restore(&last, &dump(&middle, Format::Custom), Format::Custom);
    assert_eq!(
        contents(&mut last.connect("target")),
        contents(&mut original)
    );
    assert!(collector.all_spans().is_empty());
}

#[test]
fn partitions_are_made_in_a_restored_database() {
    let (from, _) = source("partitions");
    let collector = Collector::start();
    let to = exporting("partitions_target", &collector);
    restore(&to, &dump(&from, Format::Custom), Format::Custom);
    let mut restored = to.connect("target");
    let ensure = "SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-06')::bigint";
    // Autovacuum and the worker look at the new tables too: a lock that is not to be had is tried for again.
    let made = eventually("partitions", PATIENCE, || restored.query_one(ensure, &[]));
    let made: i64 = made.get(0);
    assert_eq!(made, 4, "the first two days came with the dump");
    let unkeyed = "SELECT count(*) FROM pg_inherits i JOIN pg_class r ON r.oid = i.inhparent \
                   WHERE r.relnamespace = 'dify_observe'::regnamespace AND r.relkind = 'p' \
                   AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = i.inhrelid AND x.indisprimary)";
    assert_eq!(number(&mut restored, unkeyed), 0, "every leaf has its key");
}
