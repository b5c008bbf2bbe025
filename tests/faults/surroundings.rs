//! What a database around us may be set to, and what it may run out of.

use dify_observe_tests::eventually;

use crate::incident::{DATABASE, Incident, PATIENCE, WORKER};

/// Every one of them would break, or change, what a session does that trusts in the defaults.
const UNKIND: &[(&str, &str)] = &[
    ("statement_timeout", "1"),
    ("lock_timeout", "1"),
    ("idle_in_transaction_session_timeout", "1"),
    ("idle_session_timeout", "1"),
    ("default_transaction_isolation", "serializable"),
    ("default_transaction_read_only", "on"),
    ("default_transaction_deferrable", "on"),
    ("session_replication_role", "replica"),
    ("search_path", "unkind"),
    ("row_security", "off"),
    ("TimeZone", "Asia/Kathmandu"),
    ("DateStyle", "German"),
    ("IntervalStyle", "sql_standard"),
    ("extra_float_digits", "-15"),
    ("bytea_output", "escape"),
    ("standard_conforming_strings", "off"),
    ("array_nulls", "off"),
    ("transform_null_equals", "on"),
    ("quote_all_identifiers", "on"),
    ("client_encoding", "SJIS"),
    ("work_mem", "64kB"),
    ("enable_seqscan", "off"),
    ("enable_indexscan", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit_above_cost", "0"),
    ("synchronous_commit", "remote_apply"),
];

#[test]
fn settings_of_the_role_and_the_database_do_not_reach_the_worker() {
    set("unkind settings of the role and the database", UNKIND);
}

#[test]
fn a_role_that_sessions_are_set_to_is_not_the_workers() {
    set(
        "role set for all sessions of the database",
        &[("role", "unkind")],
    );
}

#[track_caller]
fn set(fault: &'static str, settings: &[(&str, &str)]) {
    let mut incident = Incident::begin(fault);
    let cluster = &incident.cluster;
    cluster.sql("postgres", "CREATE ROLE unkind");
    for (name, value) in settings {
        // The sessions that write have another role, with settings of its own.
        let usual = format!(
            "SELECT coalesce((SELECT reset_val FROM pg_settings WHERE name = '{name}'), 'none')"
        );
        let usual = cluster.value("postgres", &usual).expect("a value");
        let kind = format!("ALTER ROLE writer IN DATABASE {DATABASE} SET {name} TO '{usual}'");
        let unkind = format!("SET {name} TO '{value}'");
        cluster.sql("postgres", &kind);
        cluster.sql("postgres", &format!("ALTER DATABASE {DATABASE} {unkind}"));
        cluster.sql(
            "postgres",
            &format!("ALTER ROLE postgres IN DATABASE {DATABASE} {unkind}"),
        );
    }
    let before = incident.worker();
    let end = format!("SELECT pg_terminate_backend({before})");
    incident.cluster.sql("postgres", &end);
    eventually("another worker", PATIENCE, || {
        let now = incident.cluster.backend_pid(WORKER, DATABASE);
        now.filter(|pid| *pid != before)
    });
    incident.more_arrives(500);
    incident.over();
    let kind = format!(
        "ALTER DATABASE {DATABASE} RESET ALL; ALTER ROLE postgres IN DATABASE {DATABASE} RESET ALL"
    );
    incident.cluster.sql("postgres", &kind);
    incident.recovers();
}

#[test]
fn no_worker_slot_is_left_for_a_while() {
    let mut incident = Incident::begin_with("max_worker_processes exhausted", |builder| {
        builder
            .conf("max_worker_processes", "2")
            .conf("max_logical_replication_workers", "0")
    });
    incident.cluster.create_database("other");
    incident.cluster.create_extension("other");
    // Whose worker dies waits for a moment before it is started again: the other database takes the slot.
    let ours = incident.worker();
    incident
        .cluster
        .sql("postgres", &format!("SELECT pg_terminate_backend({ours})"));
    eventually("the slot is taken", PATIENCE, || {
        incident.cluster.backend_pid(WORKER, "other")
    });
    incident.backlog_grows(300);
    assert_eq!(incident.cluster.backend_pid(WORKER, DATABASE), None);
    incident.over();
    incident.cluster.sql("postgres", "DROP DATABASE other");
    incident.recovers();
}
