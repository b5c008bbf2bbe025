//! What others do to the database does not stop the worker, or is told.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, WORKER, arrive_once, exporting, log_run, worker_of};

#[test]
fn a_plain_roles_advisory_locks_keep_no_worker_from_reading() {
    let collector = Collector::start();
    let cluster = exporting("advisory", &collector);
    let first = worker_of(&cluster, DATABASE);
    cluster.sql(DATABASE, "CREATE ROLE plain LOGIN");
    let mut plain = cluster.connect_as(DATABASE, "plain");
    plain
        .batch_execute(
            "SELECT pg_advisory_lock(1684629089, n) FROM generate_series(0, 4) n; \
             SELECT pg_advisory_lock((1684629089::bigint << 32) + n) FROM generate_series(0, 4) n",
        )
        .expect("the locks");
    cluster.sql(DATABASE, &format!("SELECT pg_terminate_backend({first})"));
    eventually("another worker", Duration::from_secs(60), || {
        cluster
            .backend_pid(WORKER, DATABASE)
            .is_some_and(|pid| pid != first)
    });
    log_run(&cluster, DATABASE, "guarded");
    arrive_once(&collector, &["guarded"]);
}

#[test]
fn a_sequence_that_gives_ids_out_in_advance_is_told_instead_of_read() {
    let collector = Collector::start();
    let cluster = exporting("cached_ids", &collector);
    let first = worker_of(&cluster, DATABASE);
    cluster.sql(
        DATABASE,
        &format!(
            "ALTER SEQUENCE dify_observe.events_id_seq CACHE 50; SELECT pg_terminate_backend({first})"
        ),
    );
    eventually("it is told", Duration::from_secs(60), || {
        let says = "SELECT message FROM dify_observe.worker_status WHERE worker = 'worker'";
        cluster
            .seen(DATABASE, says)
            .is_some_and(|message| message.contains("CACHE 1"))
    });
    log_run(&cluster, DATABASE, "cached");
    cluster.sql(
        DATABASE,
        "ALTER SEQUENCE dify_observe.events_id_seq CACHE 1",
    );
    arrive_once(&collector, &["cached"]);
}

#[test]
fn another_encoding_than_utf8_is_refused_at_once() {
    let cluster = Cluster::start("encoding");
    cluster.sql(
        "postgres",
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    );
    let refused = cluster
        .connect("latin")
        .batch_execute("CREATE EXTENSION dify_observe")
        .expect_err("not UTF8");
    let error = refused.as_db_error().expect("an error of the server");
    assert_eq!(error.code().code(), "0A000");
    assert!(error.message().contains("UTF8"), "{}", error.message());
}

/// The fold of a large backlog takes turns with everything else.
#[test]
fn a_database_is_dropped_while_a_backlog_is_counted() {
    let cluster = Cluster::start("backlog");
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    worker_of(&cluster, DATABASE);
    let log = |messages: u32| {
        cluster.sql(
            DATABASE,
            &format!(
                "INSERT INTO dify_observe.messages (tenant_id, app_id, conversation_id, status) \
                 SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'normal' FROM generate_series(1, {messages})"
            ),
        );
    };
    // Few labels in all, of few events: that does not make the next ones cheap.
    log(100);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    let counted: i64 = cluster
        .connect(DATABASE)
        .query_one(
            "SELECT passed FROM dify_observe.export_progress WHERE destination = 'fold'",
            &[],
        )
        .expect("its position")
        .get(0);
    log(150_000);
    eventually("it is being counted", Duration::from_secs(60), || {
        let begun = format!(
            "SELECT passed > {counted} FROM dify_observe.export_progress WHERE destination = 'fold'"
        );
        cluster.seen(DATABASE, &begun).as_deref() == Some("t")
    });
    cluster.sql("postgres", &format!("DROP DATABASE {DATABASE}"));
}
