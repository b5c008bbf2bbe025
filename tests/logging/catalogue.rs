//! What the installed objects say of themselves: comments, privileges, search paths.

use crate::asking::{Asking, ready};
use crate::call::FUNCTIONS;

const PUBLIC_FUNCTIONS: [&str; 7] = [
    "trace_id",
    "span_id",
    "export_now",
    "fold_metrics",
    "run_maintenance",
    "check_metrics",
    "ensure_partitions",
];
const PUBLIC_RELATIONS: [&str; 13] = [
    "apps",
    "conversations",
    "workflow_runs",
    "node_executions",
    "messages",
    "feedbacks",
    "events",
    "companion_logs",
    "companion_log_details",
    "export_status",
    "worker_status",
    "metrics",
    "installation",
];

#[test]
fn nothing_is_open_to_everyone() {
    let (_cluster, mut session) = ready("public");
    let functions = "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'dify_observe'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')";
    assert_eq!(session.column(functions), [""; 0]);
    let relations = "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'dify_observe'::regnamespace AND relkind IN ('r', 'v', 'p', 'S') \
                     AND has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')";
    assert_eq!(session.column(relations), [""; 0]);
    assert_eq!(
        session.ask("SELECT has_schema_privilege('public', 'dify_observe', 'USAGE, CREATE')"),
        "f"
    );
}

#[test]
fn every_function_pins_what_its_names_mean() {
    let (_cluster, mut session) = ready("pinned");
    let open = "SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang \
                WHERE p.pronamespace = 'dify_observe'::regnamespace AND l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL \
                AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)";
    assert_eq!(session.column(open), [""; 0]);
    let all = session
        .number("SELECT count(*) FROM pg_proc WHERE pronamespace = 'dify_observe'::regnamespace");
    assert!(all > 30, "{all} functions");
}

#[test]
fn the_logging_functions_run_as_their_owner_and_all_arguments_have_defaults() {
    let (_cluster, mut session) = ready("definers");
    for (function, _) in FUNCTIONS {
        let declared = format!(
            "SELECT concat_ws(' ', prosecdef, pronargs = pronargdefaults, prorettype::regtype) FROM pg_proc WHERE oid = 'dify_observe.{function}'::regproc"
        );
        assert_eq!(session.ask(&declared), "t t uuid", "{function}");
    }
    let triggers = "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang \
                    WHERE p.pronamespace = 'dify_observe'::regnamespace AND p.proname LIKE 'emit%' AND NOT p.prosecdef AND l.lanname <> 'c'";
    assert_eq!(session.column(triggers), [""; 0]);
}

#[test]
fn what_is_meant_for_users_explains_itself() {
    let (_cluster, mut session) = ready("comments");
    let logging = FUNCTIONS.iter().map(|(function, _)| *function);
    for function in logging.chain(PUBLIC_FUNCTIONS) {
        let comments = format!(
            "SELECT count(*) || ' ' || count(*) FILTER (WHERE length(obj_description(oid, 'pg_proc')) > 20) FROM pg_proc \
             WHERE pronamespace = 'dify_observe'::regnamespace AND proname = '{function}'"
        );
        assert_eq!(session.ask(&comments), "1 1", "{function}");
    }
    for relation in PUBLIC_RELATIONS {
        let comment = format!(
            "SELECT length(obj_description('dify_observe.{relation}'::regclass, 'pg_class')) > 20"
        );
        assert_eq!(session.ask(&comment), "t", "{relation}");
    }
    let tables = "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'dify_observe'::regnamespace AND relkind IN ('r', 'p') \
                  AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL";
    assert_eq!(session.column(tables), [""; 0], "tables without a comment");
}
