//! Policies, plans and holds: who decides, and what is refused.

use crate::history::*;

const DAYS_OLD: &str = "(SELECT string_agg(DISTINCT date_part('day', now() - created_at)::text, ' ') FROM workflow_runs)";

#[test]
fn without_a_policy_the_setting_decides() {
    let (cluster, mut session) = quiet("setting");
    for age in ["29 days", "32 days", "62 days"] {
        log(&mut session, TENANT, age, 1);
    }
    settle(&mut session);
    retain(&mut session);
    assert_eq!(ask(&mut session, &format!("SELECT {DAYS_OLD}")), "29");
    cluster.set_conf("dify_observe.workflow_log_retention_days", "7");
    cluster.reload();
    retain(&mut session);
    for table in LOGS {
        assert_eq!(count(&mut session, table), 0, "{table}");
    }
}

#[test]
fn the_narrowest_policy_wins() {
    let (_cluster, mut session) = quiet("narrowest");
    let workflow = |n: u32| format!("cccccccc-0000-4000-8000-00000000001{n}");
    let app = |n: u32| format!("bbbbbbbb-0000-4000-8000-00000000001{n}");
    // By tenant, by app, by workflow, and by none.
    log_in(&mut session, TENANT, &app(1), &workflow(1), "20 days", 3);
    log_in(&mut session, TENANT, &app(2), &workflow(2), "20 days", 3);
    log_in(&mut session, TENANT, &app(2), &workflow(3), "20 days", 3);
    log_in(&mut session, OTHER, &app(3), &workflow(4), "20 days", 3);
    settle(&mut session);
    run(
        &mut session,
        &format!(
            "SELECT set_retention('default', NULL, '15 days'), set_retention('tenant', '{TENANT}', NULL),
               set_retention('app', '{}', '10 days'), set_retention('workflow', '{}', '60 days')",
            app(2),
            workflow(3)
        ),
    );
    retain(&mut session);
    let left = "SELECT string_agg(DISTINCT right(workflow_id::text, 1), ' ') FROM workflow_runs";
    assert_eq!(ask(&mut session, left), "1 3");
    // What happened in a run follows its workflow.
    for (table, rows) in [
        ("node_executions", 12),
        ("messages", 6),
        ("tool_executions", 6),
        ("workflow_runs", 6),
    ] {
        assert_eq!(count(&mut session, table), rows, "{table}");
    }
    assert_eq!(
        count(&mut session, "events WHERE event <> 14"),
        12 + 6 + 6 + 6
    );
    // A policy that is taken back.
    run(
        &mut session,
        "DELETE FROM retention_policies WHERE scope <> 'default'",
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(count(&mut session, "messages"), 0);
}

#[test]
fn a_plan_ends_with_its_subscription_and_the_days_of_grace() {
    let (_cluster, mut session) = quiet("plans");
    let keep = "SELECT coalesce(date_trunc('day', now() - cutoff)::text, 'for ever') FROM (SELECT nullif(cutoff, '-infinity') AS cutoff FROM retention_cutoffs() WHERE scope = 'tenant') c";
    log(&mut session, TENANT, "1 day", 1);
    for (plan, kept) in [
        ("'sandbox'", "30 days"),
        ("'professional'", "for ever"),
        ("'team', now() + interval '1 day'", "for ever"),
        ("'team', now() - interval '20 days'", "for ever"),
        ("'professional', now() - interval '22 days'", "30 days"),
        ("'self-hosted'", "for ever"),
    ] {
        run(
            &mut session,
            &format!("SELECT apply_plan('{TENANT}', {plan})"),
        );
        assert_eq!(ask(&mut session, keep), kept, "{plan}");
    }
}

#[test]
fn what_is_held_is_neither_removed_nor_erased_until_it_is_released() {
    let (_cluster, mut session) = quiet("held");
    log(&mut session, TENANT, "40 days", 2);
    log(&mut session, OTHER, "40 days", 60);
    settle(&mut session);
    run(&mut session, &format!("SELECT hold('tenant', '{TENANT}')"));
    retain(&mut session);
    assert_eq!(
        ask(
            &mut session,
            "SELECT string_agg(DISTINCT tenant_id::text, ' ') FROM workflow_runs"
        ),
        TENANT
    );
    assert_eq!(count(&mut session, "node_executions"), 4);
    assert_eq!(count(&mut session, "events WHERE event <> 14"), 10);
    let (code, why) = refused(
        &mut session,
        &format!("SELECT erase_user('{TENANT}', 'user of 40 days')"),
    );
    assert_eq!(code, "55006", "{why}");
    run(
        &mut session,
        &format!("SELECT release_hold('tenant', '{TENANT}')"),
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    // A hold that has ended holds nothing.
    log(&mut session, TENANT, "40 days", 2);
    settle(&mut session);
    run(
        &mut session,
        &format!(
            "SELECT hold('app', '{APP}', now() + interval '1 day'); UPDATE retention_holds SET until = now() - interval '1 second'"
        ),
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
}

#[test]
fn a_scope_that_does_not_exist_is_refused() {
    let (_cluster, mut session) = quiet("unknown_scope");
    log(&mut session, TENANT, "1 day", 1);
    for (statement, code) in [
        (
            format!("SELECT set_retention('tenant', '{OTHER}', '1 day')"),
            "02000",
        ),
        // The id of another kind.
        (
            format!("SELECT set_retention('app', '{TENANT}', '1 day')"),
            "02000",
        ),
        (
            format!("SELECT set_retention('workflow', '{APP}', '1 day')"),
            "02000",
        ),
        (format!("SELECT apply_plan('{OTHER}', 'sandbox')"), "02000"),
        (format!("SELECT hold('app', '{OTHER}')"), "02000"),
        (format!("SELECT release_hold('app', '{APP}')"), "02000"),
        (format!("SELECT erase_user('{OTHER}', 'u')"), "02000"),
        (format!("SELECT erase_user('{TENANT}', 'nobody')"), "02000"),
        (format!("SELECT erase_conversation('{OTHER}')"), "02000"),
        (
            format!("SELECT set_retention('user', '{TENANT}', '1 day')"),
            "22023",
        ),
        (
            format!("SELECT set_retention('default', '{TENANT}', '1 day')"),
            "22023",
        ),
        (
            format!("SELECT set_retention('app', '{APP}', '-1 day')"),
            "22023",
        ),
        (format!("SELECT apply_plan('{TENANT}', 'gold')"), "22023"),
        (
            format!("SELECT apply_plan('{TENANT}', 'sandbox', now())"),
            "22023",
        ),
        (format!("SELECT hold('app', '{APP}', now())"), "22023"),
        ("SELECT close_stale_runs('0')".to_owned(), "22023"),
        ("SELECT set_retention('tenant')".to_owned(), "22004"),
        ("SELECT set_retention()".to_owned(), "22004"),
        ("SELECT apply_plan()".to_owned(), "22004"),
        ("SELECT release_hold()".to_owned(), "22004"),
        ("SELECT erase_user()".to_owned(), "22004"),
        ("SELECT erase_conversation()".to_owned(), "22004"),
        ("SELECT close_stale_runs()".to_owned(), "22004"),
    ] {
        let (told, why) = refused(&mut session, &statement);
        assert_eq!(told, code, "{statement}: {why}");
    }
    assert_eq!(count(&mut session, "retention_policies"), 0);
    assert_eq!(count(&mut session, "retention_holds"), 0);
}

#[test]
fn a_hold_on_a_workflow_keeps_what_happened_days_after_its_run_began() {
    let (_cluster, mut session) = quiet("long_run");
    let held = "eeeeeeee-0000-4000-8000-000000000001";
    for run_id in [
        "eeeeeeee-0000-4000-8000-000000000002",
        "eeeeeeee-0000-4000-8000-000000000003",
    ] {
        let workflow = if run_id.ends_with('2') {
            held
        } else {
            WORKFLOW
        };
        run(
            &mut session,
            &format!(
                "SELECT ensure_partitions(now() - interval '64 days', now() - interval '59 days');
                 SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{workflow}', id => '{run_id}', status => 'succeeded',
                   created_at => now() - interval '63 days', finished_at => now() - interval '60 days');
                 SELECT log_message(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{run_id}', status => 'normal', created_at => now() - interval '60 days')"
            ),
        );
    }
    settle(&mut session);
    run(&mut session, &format!("SELECT hold('workflow', '{held}')"));
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 1);
    assert_eq!(count(&mut session, "messages"), 1);
}
