//! The worker is killed while it reports what is gone: every event has its one report all the same.

use std::collections::BTreeSet;

use dify_observe_tests::{Collector, eventually};

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{DATABASE, FAILED, PATIENCE, switch, text, waiting};

const GONE: usize = 4_000;

#[test]
fn every_event_has_one_report_however_often_the_worker_dies() {
    let collector = Collector::start();
    let (cluster, mut session) = waiting("robust_killed", &collector);
    for function in ["log_workflow_run", "log_tool_execution"] {
        let sql = Call::of(function).sql();
        session.run(&format!("{sql} FROM generate_series(1, {})", GONE / 2));
    }
    // Some that are there, in between.
    session.run("DELETE FROM dify_observe.workflow_runs; DELETE FROM dify_observe.tool_executions");
    session.run(&format!(
        "{} FROM generate_series(1, 20)",
        Call::of("log_message").sql()
    ));
    switch(&cluster, "enabled", "on");
    for kill in 1..=3 {
        let count = "SELECT count(*) FROM dify_observe.events WHERE event = 15";
        let wanted = i64::try_from(kill * GONE / 8).expect("a count");
        eventually("some reports", PATIENCE, || {
            let reports: i64 = cluster
                .try_connect(DATABASE, "postgres")
                .and_then(|mut session| session.query_one(count, &[]))
                .map_err(|error| error.to_string())?
                .get(0);
            if reports >= wanted {
                Ok(())
            } else {
                Err(reports.to_string())
            }
        });
        let worker = eventually("a worker", PATIENCE, || {
            cluster.backend_pid("dify_observe worker", DATABASE)
        });
        cluster.signal(worker, "SIGKILL");
        eventually("the server restarts", PATIENCE, || {
            cluster
                .backend_pid("dify_observe worker", DATABASE)
                .filter(|pid| *pid != worker)
        });
    }
    let mut session = cluster.connect(DATABASE);
    eventually("everything is reported", PATIENCE, || {
        let lag = session.number("SELECT sum(lag_rows) FROM dify_observe.export_status");
        if lag == 0 { Ok(()) } else { Err(lag) }
    });
    let told = "SELECT count(*) || ' ' || count(DISTINCT source_id) || ' ' || count(DISTINCT change ->> 'event') FROM dify_observe.events WHERE event = 15";
    assert_eq!(session.ask(told), format!("{GONE} {GONE} {GONE}"));
    // What was under way when the worker died may have arrived twice, but nothing is missing.
    let logs = collector.logs();
    let reported: BTreeSet<&str> = logs
        .iter()
        .filter(|log| log.event_name == FAILED)
        .map(|log| text(&log.attributes, "dify.telemetry.correlation_id"))
        .collect();
    assert_eq!(reported.len(), GONE);
    let messages: BTreeSet<&str> = logs
        .iter()
        .filter(|log| log.event_name == "dify.message.run")
        .map(|log| text(&log.attributes, "dify.message.id"))
        .collect();
    assert_eq!(messages.len(), 20);
    assert!(
        session
            .table("SELECT * FROM dify_observe.check_metrics()")
            .is_empty()
    );
}
