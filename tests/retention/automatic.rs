//! The worker removes by itself, when it is told to.

use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};

use crate::history::*;

#[test]
fn the_worker_removes_what_has_expired_once_it_is_switched_on() {
    let cluster = Cluster::start("automatic");
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    prepare(&mut session);
    log(&mut session, TENANT, "40 days", 10);
    log(&mut session, TENANT, "4 days", 10);
    settle(&mut session);
    run(&mut session, "CALL run_maintenance()");
    assert_eq!(count(&mut session, "retention_runs"), 0);
    assert_eq!(count(&mut session, "workflow_runs"), 20);
    cluster.set_conf("dify_observe.workflow_log_cleanup_enabled", "on");
    cluster.reload();
    eventually("the expired ones are gone", Duration::from_secs(60), || {
        let left = count(&mut session, "workflow_runs");
        if left == 10 { Ok(()) } else { Err(left) }
    });
    eventually("the run has ended", Duration::from_secs(60), || {
        let open = count(&mut session, "retention_runs WHERE finished_at IS NULL");
        if open == 0 { Ok(()) } else { Err(open) }
    });
    sound(&mut session);
    // It may be called all the same.
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '1 day')",
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
}

#[test]
fn an_error_is_logged_once_and_the_worker_does_everything_else() {
    let cluster = Cluster::builder("trouble").start();
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    prepare(&mut session);
    log(&mut session, TENANT, "40 days", 2);
    settle(&mut session);
    run(
        &mut session,
        "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
         CREATE TRIGGER no_space BEFORE INSERT ON retention_runs FOR EACH ROW EXECUTE FUNCTION no_space()",
    );
    cluster.set_conf("dify_observe.workflow_log_cleanup_enabled", "on");
    cluster.reload();
    let lines = || cluster.log().matches("retention waits a minute").count();
    eventually("it is told", Duration::from_secs(60), || {
        if lines() == 1 { Ok(()) } else { Err(lines()) }
    });
    log(&mut session, TENANT, "1 hour", 2);
    run(&mut session, "CALL fold_metrics()");
    sound(&mut session);
    assert_eq!(lines(), 1);
}
