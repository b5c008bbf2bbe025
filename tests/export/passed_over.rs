//! Events of which no record can be made: counted, said, and never in the way of those behind them.

use std::time::Duration;

use dify_observe_tests::{Collector, eventually};

use crate::activity::{DATABASE, arrived, exporting, log_runs};
use crate::status::{number, shown};

#[test]
fn an_event_whose_row_is_gone_or_unknown_holds_up_nothing() {
    let collector = Collector::start();
    let cluster = exporting("passed_over", &collector);
    cluster.set_conf("dify_observe.enabled", "off");
    cluster.reload();
    eventually("export is off", Duration::from_secs(60), || {
        shown(&cluster, "logs", "state").as_deref() == Some("off")
    });
    log_runs(&cluster, 3);
    cluster.sql(
        DATABASE,
        "DELETE FROM dify_observe.workflow_runs WHERE id = (SELECT id FROM dify_observe.workflow_runs LIMIT 1); \
         INSERT INTO dify_observe.events (event, source_id) VALUES (99, gen_random_uuid())",
    );
    log_runs(&cluster, 2);
    cluster.set_conf("dify_observe.enabled", "on");
    cluster.reload();
    // Four runs, and the report of the one that is gone.
    arrived(&collector, 4, 5);
    for (signal, sent, rejected) in [("traces", 4, 1), ("logs", 5, 2)] {
        eventually(signal, Duration::from_secs(60), || {
            let now = (
                number(&cluster, signal, "sent"),
                number(&cluster, signal, "rejected"),
                number(&cluster, signal, "lag_rows"),
            );
            if now == (sent, rejected, 0) {
                Ok(())
            } else {
                Err(now)
            }
        });
        let told = shown(&cluster, signal, "last_error").unwrap_or_default();
        assert!(told.contains("rows are gone"), "{signal}: {told}");
    }
}

#[test]
fn passing_over_is_no_success() {
    let collector = Collector::start();
    let cluster = exporting("no_success", &collector);
    cluster.sql(
        DATABASE,
        "INSERT INTO dify_observe.events (event, source_id) VALUES (99, gen_random_uuid())",
    );
    eventually("passed over", Duration::from_secs(60), || {
        shown(&cluster, "logs", "rejected").as_deref() == Some("1")
    });
    assert_eq!(shown(&cluster, "logs", "last_success_at"), None);
    assert_eq!(number(&cluster, "logs", "sent"), 0);
}

#[test]
fn an_event_that_cannot_be_read_holds_up_nothing() {
    let collector = Collector::start();
    let cluster = exporting("unreadable", &collector);
    log_runs(&cluster, 2);
    arrived(&collector, 2, 2);
    cluster.sql(
        DATABASE,
        "BEGIN; \
         INSERT INTO dify_observe.apps (app_id, tenant_id) VALUES (gen_random_uuid(), gen_random_uuid()); \
         UPDATE dify_observe.events SET change = '{\"at\": \"no time\"}' WHERE event = 11; \
         COMMIT",
    );
    log_runs(&cluster, 3);
    arrived(&collector, 5, 5);
    eventually("passed over", Duration::from_secs(60), || {
        let now = (
            shown(&cluster, "logs", "rejected"),
            shown(&cluster, "logs", "state"),
        );
        if now == (Some("1".into()), Some("ok".into())) {
            Ok(())
        } else {
            Err(now)
        }
    });
}

/// What keeps the logs from being read is no reason to keep the spans.
#[test]
fn one_signals_trouble_is_not_the_others() {
    let collector = Collector::start();
    let cluster = exporting("apart", &collector);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
    let mut owner = cluster.connect(DATABASE);
    owner
        .batch_execute("BEGIN; LOCK TABLE dify_observe.series IN ACCESS EXCLUSIVE MODE")
        .expect("the lock");
    cluster.set_conf("dify_observe.metric_interval", "1");
    cluster.reload();
    eventually("the metrics wait", Duration::from_secs(60), || {
        shown(&cluster, "metrics", "state").as_deref() == Some("retrying")
    });
    log_runs(&cluster, 2);
    arrived(&collector, 3, 3);
    owner.batch_execute("COMMIT").expect("the end");
    eventually("the metrics go on", Duration::from_secs(60), || {
        shown(&cluster, "metrics", "state").as_deref() == Some("ok")
    });
}
