//! Everything but the worker works where the library is not preloaded.

use dify_observe_tests::Collector;

use crate::asking::{Asking, ready, without_worker};
use crate::call::{Call, FUNCTIONS, OTHER};

#[test]
fn everything_logs_and_reads_and_is_counted() {
    let (_cluster, mut session) = without_worker("unloaded");
    for (function, _) in FUNCTIONS {
        let call = match function.strip_prefix("finish_") {
            Some(kind) => {
                let id = session.call(&Call::of(&format!("start_{kind}")));
                Call::of(function).with("id", &id)
            }
            None => Call::of(function),
        };
        session.call(&call);
    }
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.companion_logs"),
        15
    );
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.companion_log_details"),
        15
    );
    session.run("CALL dify_observe.fold_metrics()");
    let runs = "SELECT sum(value) FROM dify_observe.metrics WHERE name = 'dify.requests.total' AND labels ->> 'type' = ";
    assert_eq!(session.ask(&format!("{runs} 'workflow'")), "2");
    assert_eq!(session.ask(&format!("{runs} 'node'")), "2");
    for kind in [
        "message",
        "tool",
        "moderation",
        "suggested_question",
        "dataset_retrieval",
        "generate_name",
        "prompt_generation",
    ] {
        assert_eq!(session.ask(&format!("{runs} '{kind}'")), "1");
    }
    assert_eq!(
        session.table("SELECT * FROM dify_observe.check_metrics()"),
        Vec::<Vec<_>>::new()
    );
    assert_eq!(
        session.column("SELECT state FROM dify_observe.worker_status"),
        ["not running"; 2]
    );
}

#[test]
fn a_new_session_that_never_loaded_the_library_reads_the_same() {
    let (cluster, mut session) = without_worker("fresh_session");
    session.call(&Call::of("log_message").with("id", OTHER));
    let mut fresh = cluster.connect("postgres");
    let shown = fresh.ask("SELECT trace_id || ' ' || span_id FROM dify_observe.companion_logs");
    let computed = format!(
        "SELECT dify_observe.trace_id('{OTHER}') || ' ' || dify_observe.span_id('{OTHER}')"
    );
    assert_eq!(shown, session.ask(&computed));
}

#[test]
fn partitions_are_made_by_the_procedure() {
    let (_cluster, mut session) = without_worker("maintained");
    session.call(&Call::of("log_message"));
    session.run("CALL dify_observe.run_maintenance()");
    let leaves =
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'dify_observe.messages'::regclass";
    assert!(session.number(leaves) > 3);
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.messages"),
        1
    );
    assert_eq!(
        session.number("SELECT count(*) FROM ONLY dify_observe.messages_default"),
        0
    );
}

#[test]
fn a_database_where_export_is_off_logs_and_counts_too() {
    let collector = Collector::start();
    let (cluster, mut session) = ready("export_off");
    session.run(&format!(
        "ALTER SYSTEM SET dify_observe.otlp_endpoint = '{}'",
        collector.endpoint()
    ));
    cluster.reload();
    session.call(&Call::of("log_workflow_run"));
    session.run("CALL dify_observe.fold_metrics()");
    let counted = "SELECT sum(value) FROM dify_observe.metrics WHERE name = 'dify.requests.total'";
    assert_eq!(session.ask(counted), "1");
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.companion_logs"),
        1
    );
    assert_eq!(collector.connections(), 0);
}
