//! Rows of another database that come into one which has the extension already, and are newer than that.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;

use crate::dumped::exporting;

const PATIENCE: Duration = Duration::from_secs(30);
const RUNS: &str = "SELECT count(dify_observe.log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(),
    workflow_id => gen_random_uuid(), status => 'succeeded')) FROM generate_series(1, ";

fn log_runs(session: &mut Client, runs: u32) {
    session
        .batch_execute(&format!("{RUNS}{runs})"))
        .expect("logged");
}

/// All rows of these tables, by way of a file.
fn copy(from: &Cluster, source: &mut Client, target: &mut Client) {
    for table in ["workflow_runs", "trace_roots", "events"] {
        let file = from.folder().join(table);
        let out = format!("COPY (TABLE dify_observe.{table}) TO '{}'", file.display());
        source.batch_execute(&out).expect("copied out");
        let into = format!("COPY dify_observe.{table} FROM '{}'", file.display());
        target.batch_execute(&into).expect("copied in");
    }
}

#[test]
fn between_pre_restore_and_post_restore_they_are_history() {
    let collector = Collector::start();
    let to = exporting("brought_in", &collector);
    to.create_extension("target");
    let mut target = to.connect("target");
    let from = Cluster::start("brought_from");
    from.create_database("source");
    from.create_extension("source");
    let mut source = from.connect("source");
    log_runs(&mut source, 20);

    target
        .batch_execute("SELECT dify_observe.pre_restore()")
        .expect("pre_restore");
    eventually("the worker stands by", PATIENCE, || {
        let says = "SELECT coalesce(string_agg(message, ' '), '') FROM dify_observe.worker_status WHERE worker = 'worker'";
        let says: String = target.query_one(says, &[]).expect("a status").get(0);
        if says.contains("waiting for post_restore()") {
            Ok(())
        } else {
            Err(says)
        }
    });
    copy(&from, &mut source, &mut target);
    target
        .batch_execute("SELECT dify_observe.post_restore()")
        .expect("post_restore");
    log_runs(&mut target, 3);
    eventually("what is new arrives", PATIENCE, || {
        let counted = collector.total("dify.requests.total", &[]);
        if collector.spans().len() >= 3 && counted >= 3 {
            Ok(())
        } else {
            Err((collector.spans().len(), counted))
        }
    });
    assert_eq!(collector.spans().len(), 3, "what came in is not sent");
    assert_eq!(collector.total("dify.requests.total", &[]), 3);
    let apart = "SELECT count(*), count(DISTINCT id) FROM dify_observe.events";
    let apart = target.query_one(apart, &[]).expect("the events");
    assert_eq!(
        (apart.get::<_, i64>(0), apart.get::<_, i64>(1)),
        (23, 23),
        "ids go on behind those that came in"
    );
}

#[test]
fn post_restore_alone_is_refused() {
    let cluster = Cluster::start("post_restore");
    cluster.create_extension("postgres");
    let refused = cluster
        .connect("postgres")
        .batch_execute("SELECT dify_observe.post_restore()")
        .expect_err("no restore");
    assert_eq!(refused.code().expect("a code").code(), "55000");
}
