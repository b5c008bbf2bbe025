//! An operator who is no superuser: a member of dify_observe_admin, on a server without a worker.

use crate::history::*;

#[test]
fn a_member_of_admin_previews_runs_and_rules_retention() {
    let (cluster, mut session) = quiet("operator");
    run(
        &mut session,
        "SELECT setup_roles(); CREATE ROLE operator LOGIN IN ROLE dify_observe_admin",
    );
    for age in ["80 days", "50 days", "40 days", "5 days"] {
        log(&mut session, TENANT, age, 3);
    }
    log(&mut session, OTHER, "40 days", 4);
    let open = "SELECT start_workflow_run(tenant_id => '{}', app_id => '{}', workflow_id => '{}', created_at => now() - interval '50 days')";
    let open = open
        .replacen("{}", TENANT, 1)
        .replacen("{}", APP, 1)
        .replacen("{}", WORKFLOW, 1);
    run(&mut session, &open);
    settle(&mut session);
    let mut operator = cluster.connect_as(DATABASE, "operator");
    run(&mut operator, "SET search_path = dify_observe, public");
    run(
        &mut operator,
        &format!(
            "SELECT set_retention('default', NULL, '30 days'); SELECT set_retention('tenant', '{OTHER}', NULL); SELECT hold('tenant', '{TENANT}', now() + interval '1 hour')"
        ),
    );
    run(&mut operator, "CALL run_retention()");
    assert_eq!(count(&mut session, "workflow_runs"), 17);
    run(
        &mut operator,
        &format!(
            "SELECT release_hold('tenant', '{TENANT}'); SELECT apply_plan('{TENANT}', 'sandbox'); SELECT close_stale_runs('7 days')"
        ),
    );
    let announced = count(
        &mut operator,
        "retention_preview() WHERE rows > 0 AND blocked_by IS NULL",
    );
    assert!(announced > 0);
    retain(&mut operator);
    assert_eq!(told(&mut operator, "blocked"), "{}");
    // Emptied and dropped, and in the mixed day deleted.
    for done in ["leaves_emptied", "leaves_dropped", "batches"] {
        assert_ne!(told(&mut operator, done), "0", "{done}");
    }
    assert_eq!(count(&mut session, "workflow_runs"), 3 + 4);
    assert_eq!(count(&mut session, "node_executions"), 6 + 8);
    run(
        &mut operator,
        &format!(
            "SELECT erase_conversation((SELECT id FROM conversations WHERE tenant_id = '{OTHER}')); SELECT erase_user('{TENANT}', 'user of 5 days')"
        ),
    );
    assert_eq!(count(&mut session, "messages"), 0);
    sound(&mut operator);
}
