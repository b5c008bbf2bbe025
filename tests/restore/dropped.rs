//! DROP EXTENSION takes everything along, and CREATE EXTENSION begins anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;

use crate::dumped::{Format, dump, exporting, restore, source};

/// Whatever a user's object can be entered in; own tables and their companions are not the server's (oid 16384 and up).
const CATALOGUES: [&str; 19] = [
    "pg_class",
    "pg_proc",
    "pg_type",
    "pg_namespace",
    "pg_constraint",
    "pg_trigger",
    "pg_attrdef",
    "pg_operator",
    "pg_opclass",
    "pg_cast",
    "pg_collation",
    "pg_conversion",
    "pg_language",
    "pg_rewrite",
    "pg_policy",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_statistic_ext",
];
const RECORDS: [&str; 9] = [
    "pg_depend",
    "pg_shdepend",
    "pg_description",
    "pg_init_privs",
    "pg_default_acl",
    "pg_inherits",
    "pg_sequence",
    "pg_partitioned_table",
    "pg_index",
];

/// What is entered in the catalogues, one line each. The schema itself is left out: Postgres makes the one that a control
/// file names, does not count it to the extension, and keeps it; that it is empty follows from the other lines.
fn entered(session: &mut Client) -> Vec<String> {
    let mut lines = Vec::new();
    for catalogue in CATALOGUES {
        let rows = session
            .query(
                &format!(
                    "SELECT c::text FROM pg_catalog.{catalogue} c WHERE oid >= 16384 ORDER BY 1"
                ),
                &[],
            )
            .expect("a catalogue");
        lines.extend(
            rows.iter()
                .map(|row| format!("{catalogue} {}", row.get::<_, String>(0))),
        );
    }
    for records in RECORDS {
        let count: i64 = session
            .query_one(&format!("SELECT count(*) FROM pg_catalog.{records}"), &[])
            .expect("a count")
            .get(0);
        lines.push(format!("{records} {count}"));
    }
    lines.retain(|line| !line.starts_with("pg_namespace") || !line.contains("dify_observe"));
    lines
}

/// Files that are named after the extension, but for the settings that a test wrote.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else if entry.file_name().to_string_lossy().contains("dify") {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

fn sessions(cluster: &Cluster, database: &str) -> Option<String> {
    cluster.value("postgres", &format!("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'dify_observe worker' AND datname = '{database}'"))
}

#[test]
fn it_leaves_nothing_behind_in_catalogues_and_files() {
    let collector = Collector::start();
    let cluster = exporting("dropped", &collector);
    let mut session = cluster.connect("target");
    let before = entered(&mut session);
    for _ in 0..2 {
        cluster.create_extension("target");
        cluster.sql(
            "target",
            "SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-05');
             SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')",
        );
        cluster.sql("target", "CALL dify_observe.export_now()");
        cluster.sql("target", "DROP EXTENSION dify_observe");
        assert_eq!(entered(&mut session), before);
    }
    eventually("the worker has left", Duration::from_secs(60), || {
        sessions(&cluster, "target").as_deref() == Some("0")
    });
    assert_eq!(files(&cluster.data()), Vec::<String>::new());
    assert_eq!(collector.logs().len(), 2);
}

#[test]
fn made_again_it_starts_empty_and_works() {
    let (cluster, mut session) = source("made_again");
    session
        .batch_execute("DROP EXTENSION dify_observe; CREATE EXTENSION dify_observe")
        .expect("again");
    let id = "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')::text";
    let id: String = session.query_one(id, &[]).expect("a message").get(0);
    let told = session
        .query(
            "SELECT id, source_id::text FROM dify_observe.companion_logs",
            &[],
        )
        .expect("logs");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].get::<_, i64>(0), 1, "ids begin anew");
    assert_eq!(told[0].get::<_, String>(1), id);
    cluster.sql("source", "CALL dify_observe.fold_metrics()");
    let counted =
        "SELECT sum(value)::text FROM dify_observe.metrics WHERE name = 'dify.requests.total'";
    assert_eq!(cluster.value("source", counted).as_deref(), Some("1"));
}

#[test]
fn it_can_be_dropped_from_a_restored_database_too() {
    let (from, _) = source("restored_drop");
    let collector = Collector::start();
    let to = exporting("restored_drop_target", &collector);
    let mut session = to.connect("target");
    let before = entered(&mut session);
    restore(&to, &dump(&from, Format::Custom), Format::Custom);
    to.sql("target", "DROP EXTENSION dify_observe");
    assert_eq!(entered(&mut session), before);
}
