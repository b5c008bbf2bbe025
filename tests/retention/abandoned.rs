//! Runs that nobody finishes.

use crate::history::*;

#[test]
fn abandoned_runs_end_as_failed_and_then_expire() {
    let (_cluster, mut session) = quiet("abandoned");
    let started = |age: &str, status: &str| {
        format!(
            "INSERT INTO workflow_runs (tenant_id, app_id, workflow_id, status, created_at)
             VALUES ('{TENANT}', '{APP}', '{WORKFLOW}', '{status}', now() - interval '{age}')"
        )
    };
    run(
        &mut session,
        &[
            started("50 days", "running"),
            started("50 days", "paused"),
            started("49 days", "scheduled"),
            started("1 hour", "running"),
        ]
        .join(";"),
    );
    // One of them is alive: it has just ended a node.
    run(
        &mut session,
        &format!(
            "INSERT INTO node_executions (tenant_id, app_id, workflow_run_id, node_id, node_type, status, created_at, finished_at)
             SELECT tenant_id, app_id, id, 'n', 'llm', 'succeeded', now() - interval '1 hour', now() FROM workflow_runs WHERE status = 'paused';
             INSERT INTO node_executions (tenant_id, app_id, workflow_run_id, node_id, node_type, status, created_at)
             SELECT tenant_id, app_id, id, 'n', 'llm', 'running', created_at FROM workflow_runs WHERE status IN ('scheduled', 'paused');
             INSERT INTO messages (tenant_id, app_id, status, created_at) VALUES ('{TENANT}', '{APP}', 'running', now() - interval '50 days')"
        ),
    );
    run(&mut session, "CALL fold_metrics()");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 4);
    assert_eq!(ask(&mut session, "SELECT close_stale_runs('7 days')"), "2");
    assert_eq!(
        ask(
            &mut session,
            "SELECT string_agg(status, ' ' ORDER BY status) FROM workflow_runs"
        ),
        "failed failed paused running"
    );
    assert_eq!(
        count(
            &mut session,
            "companion_logs WHERE event_name = 'dify.workflow.run' AND severity = 'ERROR' AND attributes ->> 'dify.workflow.error' LIKE 'abandoned: no sign of life for 7 days%'"
        ),
        2
    );
    assert_eq!(
        count(&mut session, "node_executions WHERE status = 'failed'"),
        1
    );
    assert_eq!(count(&mut session, "messages WHERE status = 'failed'"), 1);
    // No duration of weeks.
    assert_eq!(
        count(&mut session, "workflow_runs WHERE elapsed_time > 0"),
        0
    );
    assert_eq!(ask(&mut session, "SELECT close_stale_runs('7 days')"), "0");
    run(&mut session, "CALL fold_metrics()");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 2);
    assert_eq!(count(&mut session, "messages"), 0);
}
