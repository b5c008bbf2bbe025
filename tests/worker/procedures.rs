//! `export_now`, `fold_metrics` and `run_maintenance`: done when they return, by the worker or without one.

use std::process::Output;

use dify_observe_tests::{Cluster, Collector, Shutdown};

use crate::shop::{DATABASE, exporting, log_run, observed, users, worker_of};

const PROCEDURES: [&str; 3] = ["export_now", "fold_metrics", "run_maintenance"];

fn psql(cluster: &Cluster, statement: &str) -> Output {
    cluster
        .bin("psql")
        .args([
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            DATABASE,
            "-c",
            statement,
        ])
        .output()
        .expect("psql")
}

/// What a successful call warned of.
#[track_caller]
fn warning(cluster: &Cluster, statement: &str) -> String {
    let done = psql(cluster, statement);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{statement}: {told}");
    told
}

fn counted(cluster: &Cluster) -> Option<String> {
    cluster.value(
        DATABASE,
        "SELECT sum(value)::bigint FROM dify_observe.metrics WHERE name = 'dify.requests.total'",
    )
}

fn partitions(cluster: &Cluster) -> i64 {
    let found = cluster.value(
        DATABASE,
        "SELECT count(*) FROM pg_inherits WHERE inhparent IN ('dify_observe.events'::regclass, 'dify_observe.messages'::regclass,
           'dify_observe.workflow_runs'::regclass, 'dify_observe.node_executions'::regclass)",
    );
    found.expect("a count").parse().expect("a number")
}

/// Checked as soon as each call returns, without waiting.
#[track_caller]
fn all_three_do_their_work(cluster: &Cluster, collector: &Collector) {
    for turn in 1..=3 {
        let user = format!("user {turn}");
        log_run(cluster, DATABASE, &user);
        assert_eq!(warning(cluster, "CALL dify_observe.fold_metrics()"), "");
        assert_eq!(counted(cluster), Some(turn.to_string()));
        assert_eq!(warning(cluster, "CALL dify_observe.export_now()"), "");
        assert_eq!(users(collector).len(), turn);
        assert_eq!(collector.spans().len(), turn);
        let total = collector.total("dify.requests.total", &[]);
        assert_eq!(usize::try_from(total), Ok(turn));
    }
    assert_eq!(
        warning(cluster, "CALL dify_observe.export_now('default')"),
        ""
    );
    assert_eq!(warning(cluster, "CALL dify_observe.run_maintenance()"), "");
    // Four tables: yesterday, today, three days more, and the default.
    assert!(partitions(cluster) >= 4 * 5, "{}", partitions(cluster));
    assert_eq!(users(collector).len(), 3, "nothing twice");
}

#[test]
fn with_a_worker_it_does_the_work() {
    let collector = Collector::start();
    let cluster = Cluster::builder("with_worker")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.metric_interval", "1h")
        .start();
    observed(&cluster, DATABASE);
    worker_of(&cluster, DATABASE);
    all_three_do_their_work(&cluster, &collector);
}

#[test]
fn without_preloading_the_caller_does_it() {
    let collector = Collector::start();
    let cluster = Cluster::builder("without_worker")
        .preload(false)
        .exports_to(&collector.endpoint())
        .start();
    observed(&cluster, DATABASE);
    all_three_do_their_work(&cluster, &collector);
    assert_eq!(cluster.backend_pid("dify_observe launcher", None), None);
}

#[test]
fn with_nothing_to_send_they_return() {
    for preload in [true, false] {
        let collector = Collector::start();
        let cluster = Cluster::builder("empty")
            .preload(preload)
            .exports_to(&collector.endpoint())
            .start();
        observed(&cluster, DATABASE);
        for name in PROCEDURES {
            let call = format!("SET statement_timeout = '20s'; CALL dify_observe.{name}()");
            let mut session = cluster.connect(DATABASE);
            for statement in call.split("; ") {
                session.batch_execute(statement).expect(name);
            }
        }
        assert_eq!(users(&collector).len(), 0);
    }
}

#[test]
fn a_worker_takes_over_where_the_caller_has_stopped() {
    let collector = Collector::start();
    let cluster = Cluster::builder("taken_over")
        .preload(false)
        .exports_to(&collector.endpoint())
        .start();
    observed(&cluster, DATABASE);
    log_run(&cluster, DATABASE, "first");
    assert_eq!(warning(&cluster, "CALL dify_observe.export_now()"), "");
    cluster.set_conf("shared_preload_libraries", "dify_observe");
    cluster.stop(Shutdown::Fast);
    cluster.start_again();
    log_run(&cluster, DATABASE, "second");
    crate::shop::arrive_once(&collector, &["first", "second"]);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    assert_eq!(counted(&cluster).as_deref(), Some("2"));
}

#[test]
fn no_plan_is_compiled_in_the_callers_session_which_keeps_its_own_setting() {
    let cluster = Cluster::builder("uncompiled").preload(false).start();
    observed(&cluster, DATABASE);
    log_run(&cluster, DATABASE, "someone");
    let mut session = cluster.connect(DATABASE);
    for statement in [
        "SET jit = on",
        "SET jit_above_cost = 50",
        "CALL dify_observe.fold_metrics()",
    ] {
        session.batch_execute(statement).expect(statement);
    }
    let row = session
        .query_one(
            "SELECT current_setting('jit'), pg_read_file('/proc/self/maps') LIKE '%llvmjit%'",
            &[],
        )
        .expect("a setting");
    let (setting, compiled): (String, bool) = (row.get(0), row.get(1));
    assert_eq!((setting.as_str(), compiled), ("on", false));
    assert_eq!(counted(&cluster).as_deref(), Some("1"));
}

#[test]
fn inside_a_transaction_they_refuse() {
    for preload in [true, false] {
        let cluster = Cluster::builder("refusing").preload(preload).start();
        observed(&cluster, DATABASE);
        let mut session = cluster.connect(DATABASE);
        for name in PROCEDURES {
            session.batch_execute("BEGIN").expect("BEGIN");
            let refused = session
                .batch_execute(&format!("CALL dify_observe.{name}()"))
                .expect_err(name);
            let told = refused.as_db_error().expect("the server's");
            assert_eq!(told.code().code(), "25001", "{name}");
            assert!(
                told.message().contains("transaction"),
                "{name}: {}",
                told.message()
            );
            session.batch_execute("ROLLBACK").expect("ROLLBACK");
            // The session is none the worse for it.
            session
                .batch_execute(&format!("CALL dify_observe.{name}()"))
                .expect(name);
        }
    }
}

#[test]
fn an_unknown_destination_is_an_error_that_names_it() {
    let cluster = Cluster::start("unknown");
    observed(&cluster, DATABASE);
    let refused = cluster
        .connect(DATABASE)
        .batch_execute("CALL dify_observe.export_now('langfuse')")
        .expect_err("refused");
    let told = refused.as_db_error().expect("the server's");
    assert_eq!(told.code().code(), "22023");
    assert!(told.message().contains("langfuse"), "{}", told.message());
}

#[test]
fn a_failure_is_a_warning_with_its_reason() {
    for preload in [true, false] {
        let collector = Collector::start();
        let cluster = Cluster::builder("failing")
            .preload(preload)
            .exports_to(&collector.endpoint())
            .start();
        observed(&cluster, DATABASE);
        if preload {
            worker_of(&cluster, DATABASE);
        }
        collector.stop();
        log_run(&cluster, DATABASE, "later");
        let told = warning(&cluster, "CALL dify_observe.export_now()");
        assert!(
            told.contains("WARNING") && told.contains("cannot connect"),
            "{preload}: {told}"
        );

        cluster.set_conf("dify_observe.enabled", "off");
        cluster.reload();
        let told = warning(&cluster, "CALL dify_observe.export_now()");
        assert!(
            told.contains("WARNING") && told.contains("dify_observe.enabled"),
            "{preload}: {told}"
        );

        collector.start_again();
        cluster.set_conf("dify_observe.enabled", "on");
        cluster.reload();
        assert_eq!(
            warning(&cluster, "CALL dify_observe.export_now()"),
            "",
            "{preload}"
        );
        assert_eq!(users(&collector), ["later"], "{preload}");
    }
}

#[test]
fn a_cancelled_call_leaves_the_session_and_the_worker_well() {
    let collector = Collector::start();
    let cluster = exporting("cancelled", &collector);
    worker_of(&cluster, DATABASE);
    collector.answer(None, dify_observe_tests::Behaviour::Hang);
    log_run(&cluster, DATABASE, "held");
    let mut session = cluster.connect(DATABASE);
    session
        .batch_execute("SET statement_timeout = '300ms'")
        .expect("SET");
    let cancelled = session
        .batch_execute("CALL dify_observe.export_now()")
        .expect_err("cancelled");
    assert_eq!(
        cancelled.as_db_error().expect("the server's").code().code(),
        "57014"
    );
    session.batch_execute("SELECT 1").expect("well");
    assert!(session.transaction().is_ok());
}
