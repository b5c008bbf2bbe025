//! Whatever writers and crashes do: every committed event arrives, no other does, and each is counted once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, column, differences, observed, worker_of};
use crate::writers::Writers;

const WRITERS: u64 = 8;

/// By source table, and apart from `events`: what was committed must be there, and nothing else.
const COMMITTED: &str = "SELECT left(encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 16) FROM (
   SELECT id FROM dify_observe.workflow_runs WHERE status <> 'running' UNION ALL SELECT id FROM dify_observe.messages) done";
const COMMITTED_RUNS: &str = "SELECT left(encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 16)
   FROM dify_observe.workflow_runs WHERE status <> 'running'";

#[test]
fn eight_writers_and_five_kills_lose_invent_and_miscount_nothing() {
    let collector = Collector::start();
    let cluster = Cluster::builder("writers")
        .exports_to(&collector.endpoint())
        .conf("max_prepared_transactions", "40")
        .start();
    observed(&cluster, DATABASE);
    let cluster = Arc::new(cluster);
    let writers = Writers::start(&cluster, WRITERS);

    let mut killed = 0;
    // After each one the launcher waits longer.
    for _ in 0..5 {
        let before = collector.logs().len();
        eventually("more arrives", Duration::from_secs(60), || {
            let now = collector.logs().len();
            if now > before + 40 {
                Ok(())
            } else {
                Err((killed, before, now))
            }
        });
        // It takes the whole server with it, as Postgres trusts no memory that a killed process may have been writing.
        let worker = worker_of(&cluster, DATABASE);
        cluster.signal(worker, "SIGKILL");
        crate::shop::next_worker_of(&cluster, DATABASE, worker);
        killed += 1;
    }
    assert_eq!(killed, 5);
    let restarts = cluster
        .log()
        .matches("terminating any other active server processes")
        .count();
    assert!(restarts >= 5, "{restarts}");
    assert!(writers.stop() > 100);
    end_prepared(&cluster);

    let committed = column(cluster.rows(DATABASE, COMMITTED));
    let runs = column(cluster.rows(DATABASE, COMMITTED_RUNS));
    assert!(
        committed.len() > 500 && runs.len() > 200,
        "{} {}",
        committed.len(),
        runs.len()
    );
    let arrive = |what: &str, expected: &BTreeSet<String>, seen: &dyn Fn() -> BTreeSet<String>| {
        eventually(what, Duration::from_secs(60), || {
            let seen = seen();
            let missing = expected.difference(&seen).count();
            let invented = seen.difference(expected).count();
            if missing + invented == 0 {
                Ok(())
            } else {
                Err((missing, invented))
            }
        });
    };
    arrive("the logs", &committed, &|| {
        collector
            .logs()
            .into_iter()
            .map(|log| log.span_id)
            .collect()
    });
    arrive("the spans", &runs, &|| {
        collector
            .spans()
            .into_iter()
            .map(|span| span.span_id)
            .collect()
    });

    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    counters_are_the_truth(&cluster);
    assert_eq!(
        differences(&cluster, DATABASE),
        Vec::<Vec<Option<String>>>::new()
    );
    let committed = i64::try_from(committed.len()).expect("few");
    eventually("the receiver's counters", Duration::from_secs(60), || {
        let total = collector.total("dify.requests.total", &[]);
        if total == committed {
            Ok(())
        } else {
            Err((total, committed))
        }
    });
}

/// What the kills left prepared: some commit now, some do not.
fn end_prepared(cluster: &Cluster) {
    let left = column(cluster.rows("postgres", "SELECT gid FROM pg_prepared_xacts"));
    for (number, name) in left.iter().enumerate() {
        let fate = if number % 2 == 0 {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        cluster.sql(DATABASE, &format!("{fate} PREPARED '{name}'"));
    }
}

/// Recounted here, by yet another way than check_metrics(): straight from the source tables.
#[track_caller]
fn counters_are_the_truth(cluster: &Cluster) {
    for (name, counted, truth) in [
        (
            "requests",
            "SELECT labels ->> 'type', labels ->> 'app_id', labels ->> 'status', sum(value)::bigint FROM dify_observe.metrics
             WHERE name = 'dify.requests.total' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            "SELECT 'message', app_id::text, status, count(*) FROM dify_observe.messages GROUP BY 2, 3
             UNION ALL SELECT 'workflow', app_id::text, status, count(*) FROM dify_observe.workflow_runs WHERE status <> 'running'
             GROUP BY 2, 3 ORDER BY 1, 2, 3",
        ),
        (
            "errors",
            "SELECT labels ->> 'app_id', sum(value)::bigint FROM dify_observe.metrics WHERE name = 'dify.errors.total' GROUP BY 1 ORDER BY 1",
            "SELECT app_id::text, count(*) FROM dify_observe.workflow_runs WHERE status = 'failed' GROUP BY 1 ORDER BY 1",
        ),
        (
            "tokens",
            "SELECT labels ->> 'operation_type', labels ->> 'app_id', sum(value)::bigint FROM dify_observe.metrics
             WHERE name = 'dify.tokens.total' GROUP BY 1, 2 ORDER BY 1, 2",
            "SELECT 'message', app_id::text, sum(total_tokens) FROM dify_observe.messages GROUP BY 2
             UNION ALL SELECT 'workflow', app_id::text, sum(input_tokens + output_tokens) FROM dify_observe.workflow_runs
             WHERE status <> 'running' AND input_tokens IS NOT NULL GROUP BY 2 ORDER BY 1, 2",
        ),
        (
            "durations",
            "SELECT labels ->> 'app_id', sum(count)::bigint, sum(sum)::numeric(30, 6) FROM dify_observe.metrics
             WHERE name = 'dify.workflow.duration' GROUP BY 1 ORDER BY 1",
            "SELECT app_id::text, count(*), sum(extract(epoch FROM finished_at - created_at))::numeric(30, 6)
             FROM dify_observe.workflow_runs WHERE status <> 'running' GROUP BY 1 ORDER BY 1",
        ),
    ] {
        let truth = cluster.rows(DATABASE, truth);
        assert!(!truth.is_empty(), "{name}");
        assert_eq!(cluster.rows(DATABASE, counted), truth, "{name}");
    }
}
