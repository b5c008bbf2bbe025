//! Copies of a database with a history and a backlog: none of it is sent from the copy.

use std::sync::Arc;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, Shutdown, eventually};
use serde_json::json;

use crate::committed::Committed;
use crate::incident::{DATABASE, PATIENCE, WORKER, WRITER};
use crate::record;
use crate::writers::Writers;

const NEW: &str = "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal', user_id => 'new')";

/// Some of what was logged has been sent, and some waits.
struct History {
    cluster: Arc<Cluster>,
    collector: Collector,
}

impl History {
    #[track_caller]
    fn made() -> History {
        let collector = Collector::start();
        let cluster = Cluster::builder("original")
            .exports_to(&collector.endpoint())
            .conf("dify_observe.export_only_on_cluster", "original")
            .start();
        cluster.sql("postgres", &format!("CREATE ROLE {WRITER} SUPERUSER LOGIN"));
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        let cluster = Arc::new(cluster);
        let writers = Writers::start(&cluster);
        eventually("some is sent", PATIENCE, || collector.logs().len() > 200);
        collector.stop();
        let sent = collector.logs().len();
        eventually("some waits", PATIENCE, || {
            Committed::of(&cluster).len() > sent + 200
        });
        writers.stop();
        collector.forget();
        History { cluster, collector }
    }

    /// Nothing but what the copy has logged itself came from there.
    fn keep_numbers(&self, copy: &str, sent: usize) {
        let history = Committed::of(&self.cluster).len();
        record::keep(
            "copy",
            copy,
            &json!({ "copy": copy, "history": history, "sent": sent }),
        );
    }
}

/// What is logged in the copy arrives, after anything that it might have sent of its history. How much that was.
#[track_caller]
fn sent_before_what_is_new(copy: &Cluster, database: &str, collector: &Collector) -> usize {
    eventually("a worker", PATIENCE, || copy.backend_pid(WORKER, database));
    copy.sql(database, NEW);
    eventually("what is new arrives", PATIENCE, || {
        let logs = collector.logs();
        logs.iter().any(|log| log.attributes["user_id"] == "new")
    });
    let total = |collector: &Collector| {
        collector.total(
            "dify.requests.total",
            &[("type", "message"), ("status", "normal")],
        )
    };
    eventually("it is counted", PATIENCE, || total(collector) > 0);
    collector.logs().len() + collector.spans().len() - 1
}

#[test]
fn a_restored_dump_sends_nothing_of_it() {
    let history = History::made();
    let elsewhere = Collector::start();
    let other = Cluster::builder("other")
        .exports_to(&elsewhere.endpoint())
        .start();
    let dump = history.cluster.folder().join("dump");
    let program = |cluster: &Cluster, name: &str, arguments: &[&str]| {
        let done = cluster
            .bin(name)
            .args(arguments)
            .arg(&dump)
            .output()
            .expect(name);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    program(
        &history.cluster,
        "pg_dump",
        &["--format=custom", "--dbname", DATABASE, "--file"],
    );
    other.create_database(DATABASE);
    program(
        &other,
        "pg_restore",
        &["-1", "--exit-on-error", "--dbname", DATABASE],
    );
    assert_eq!(
        Committed::of(&other).logs,
        Committed::of(&history.cluster).logs
    );
    let sent = sent_before_what_is_new(&other, DATABASE, &elsewhere);
    assert_eq!(sent, 0);
    assert_eq!(
        elsewhere.total("dify.requests.total", &[]),
        1,
        "and nothing of it is counted"
    );
    history.keep_numbers("dump restored into another cluster", sent);
}

#[test]
fn a_database_made_from_it_as_a_template_sends_nothing_of_it() {
    let history = History::made();
    let cluster = &history.cluster;
    cluster.sql(
        "postgres",
        &format!("CREATE DATABASE copy TEMPLATE {DATABASE}"),
    );
    // The original stays away, so that its own backlog is not taken for the copy's.
    cluster.sql(
        "postgres",
        &format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false"),
    );
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'dify_observe worker' AND datname = 'shop'";
    cluster.sql("postgres", end);
    eventually("its worker is gone", PATIENCE, || {
        cluster.backend_pid(WORKER, DATABASE).is_none()
    });
    history.collector.start_again();
    let sent = sent_before_what_is_new(cluster, "copy", &history.collector);
    assert_eq!(sent, 0);
    cluster.sql(
        "postgres",
        &format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true"),
    );
    history.keep_numbers("CREATE DATABASE … TEMPLATE", sent);
}

#[test]
fn a_base_backup_that_is_started_elsewhere_sends_nothing_where_another_name_is_named() {
    let history = History::made();
    let clone = history.cluster.physical_clone("clone");
    history.cluster.stop(Shutdown::Fast);
    history.collector.start_again();
    eventually(
        "the clone's worker says that export is off",
        Duration::from_secs(60),
        || {
            let says = "SELECT message FROM dify_observe.worker_status WHERE worker = 'worker'";
            let says = clone.seen(DATABASE, says).unwrap_or_default();
            if says.starts_with("export is off") {
                Ok(())
            } else {
                Err(says)
            }
        },
    );
    clone.sql(DATABASE, NEW);
    // Counts, and would send what waits.
    clone.sql(DATABASE, "CALL dify_observe.export_now()");
    assert_eq!(history.collector.requests().len(), 0);
    history.cluster.start_again();
    history.keep_numbers(
        "base backup started elsewhere, under export_only_on_cluster",
        0,
    );
}
