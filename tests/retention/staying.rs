//! Rows that stay in a partition whose others go.

use std::time::Duration;

use dify_observe_tests::eventually;

use crate::history::*;

fn start(session: &mut postgres::Client, age: &str, status: &str) -> String {
    ask(
        session,
        &format!(
            "SELECT start_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', created_at => now() - interval '{age}')"
        ),
    );
    let id = ask(
        session,
        "SELECT id FROM workflow_runs ORDER BY xid DESC LIMIT 1",
    );
    if status != "running" {
        run(
            session,
            &format!("SELECT finish_workflow_run('{id}', '{status}')"),
        );
    }
    id
}

#[test]
fn a_few_rows_are_put_back_and_can_still_be_finished() {
    let (_cluster, mut session) = quiet("put_back");
    log(&mut session, TENANT, "40 days", 100);
    let running = start(&mut session, "40 days", "running");
    let paused = start(&mut session, "40 days", "paused");
    run(
        &mut session,
        &format!(
            "SELECT start_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => '{paused}', node_id => 'n', node_type => 'llm',
               created_at => now() - interval '40 days', inputs => to_json(repeat('x', 5000)))"
        ),
    );
    settle(&mut session);
    retain(&mut session);
    assert_eq!(
        ask(
            &mut session,
            "SELECT string_agg(status, ' ' ORDER BY status) FROM workflow_runs"
        ),
        "paused running"
    );
    assert_eq!(count(&mut session, "node_executions"), 1);
    assert_eq!(count(&mut session, "events"), 0);
    assert_eq!(told(&mut session, "batches"), "0", "no row was deleted");
    // They are whole, and nothing was emitted by moving them.
    assert_eq!(
        ask(
            &mut session,
            "SELECT length(inputs #>> '{}') FROM node_executions"
        ),
        "5000"
    );
    for id in [&running, &paused] {
        run(
            &mut session,
            &format!("SELECT finish_workflow_run('{id}', 'succeeded')"),
        );
    }
    assert_eq!(count(&mut session, "events"), 2);
    run(&mut session, "CALL fold_metrics()");
    sound(&mut session);
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(
        count(&mut session, "node_executions"),
        1,
        "it is not finished"
    );
}

#[test]
fn where_many_stay_the_others_go_in_batches_each_whole() {
    let (cluster, mut session) = quiet("batches");
    cluster.set_conf("dify_observe.workflow_log_cleanup_batch_size", "20");
    cluster.reload();
    log(&mut session, TENANT, "40 days", 90);
    log(&mut session, OTHER, "40 days", 60);
    settle(&mut session);
    run(
        &mut session,
        &format!("SELECT set_retention('tenant', '{TENANT}', NULL)"),
    );
    // Between two transactions no run is without its nodes.
    run(&mut session, "SELECT begin_retention(false)");
    let mut steps = 0;
    while ask(&mut session, "SELECT retention_step()") != "done" {
        steps += 1;
        let torn = "workflow_runs r WHERE (SELECT count(*) FROM node_executions n WHERE n.workflow_run_id = r.id) NOT IN (2)";
        assert_eq!(count(&mut session, torn), 0);
        assert!(steps < 500, "it ends");
    }
    sound(&mut session);
    for (table, rows) in [
        ("workflow_runs", 90),
        ("node_executions", 180),
        ("messages", 90),
        ("tool_executions", 90),
        ("conversations", 1),
        ("feedbacks", 90),
        ("events", 540),
    ] {
        assert_eq!(count(&mut session, &format!("{table} t")), rows, "{table}");
    }
    let batches: i64 = told(&mut session, "batches").parse().expect("a number");
    assert!(batches >= 120 / 20 + 60 / 20 + 60 / 20, "{batches}");
    // The rest is not looked at again each time.
    run(&mut session, "SELECT begin_retention(true)");
    assert_eq!(count(&mut session, "retention_work WHERE kind = 'leaf'"), 0);
    retain(&mut session);
}

/// In how many days of node executions an automatic run looks, which is then gone through with.
fn looked_at(session: &mut postgres::Client) -> String {
    run(session, "SELECT begin_retention(true)");
    let leaves = ask(
        session,
        "SELECT count(*) FROM retention_work WHERE kind = 'leaf' AND root = 'node_executions'",
    );
    retain(session);
    leaves
}

/// As if the last look had been so long ago.
fn surveyed(session: &mut postgres::Client, ago: &str) {
    run(
        session,
        &format!("UPDATE retention_surveys SET surveyed_at = now() - interval '{ago}'"),
    );
}

#[test]
fn what_is_kept_for_ever_is_not_read_again_while_nothing_happens() {
    let (_cluster, mut session) = quiet("not_again");
    log(&mut session, TENANT, "40 days", 30);
    log(&mut session, OTHER, "40 days", 30);
    settle(&mut session);
    run(
        &mut session,
        &format!("SELECT set_retention('tenant', '{TENANT}', NULL)"),
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 30);
    assert_ne!(count(&mut session, "retention_surveys"), 0);
    // Once the statistics tell of all that was written, as no limit is near it.
    eventually("nothing is new", Duration::from_secs(60), || {
        surveyed(&mut session, "8 days");
        match looked_at(&mut session).as_str() {
            "0" => Ok(()),
            some => Err(some.to_owned()),
        }
    });
    surveyed(&mut session, "31 days");
    assert_ne!(looked_at(&mut session), "0", "once in a while all the same");
    surveyed(&mut session, "15 days");
    assert_ne!(
        looked_at(&mut session),
        "0",
        "the limit of 30 days has moved across it"
    );
    // What comes late has expired already.
    log(&mut session, OTHER, "40 days", 5);
    settle(&mut session);
    eventually("the statistics tell of it", Duration::from_secs(60), || {
        surveyed(&mut session, "2 days");
        match looked_at(&mut session).as_str() {
            "0" => Err("nothing new"),
            _ => Ok(()),
        }
    });
    assert_eq!(count(&mut session, "workflow_runs"), 30);
}

#[test]
fn a_limit_of_a_month_jumps_over_days() {
    let (_cluster, mut session) = quiet("months");
    // A month before 30 April is 30 March, a day later it is 1 April.
    let nothing_new = |session: &mut postgres::Client, at: &str| {
        ask(
            session,
            &format!(
                "SELECT nothing_new('events_default', '2026-03-29 00:00+00', '2026-03-30 00:00+00', '{at}', 'r', '{{1 month,NULL}}')"
            ),
        )
    };
    run(
        &mut session,
        "SET TimeZone = 'UTC'; INSERT INTO retention_surveys SELECT 'events_default', '2026-04-30 00:05+00', 'r', changes_of('events_default')",
    );
    assert_eq!(nothing_new(&mut session, "2026-04-30 12:00+00"), "t");
    assert_eq!(nothing_new(&mut session, "2026-05-01 00:06+00"), "f");
    run(
        &mut session,
        "UPDATE retention_surveys SET surveyed_at = '2026-05-01 00:06+00'",
    );
    assert_eq!(nothing_new(&mut session, "2026-05-03 00:06+00"), "t");
    run(&mut session, "SET track_counts = off");
    assert_eq!(
        nothing_new(&mut session, "2026-05-03 00:06+00"),
        "f",
        "nobody counts"
    );
}

#[test]
fn the_end_of_a_subscription_changes_the_rules() {
    let (_cluster, mut session) = quiet("subscription_ends");
    log(&mut session, TENANT, "1 hour", 1);
    settle(&mut session);
    run(
        &mut session,
        &format!(
            "BEGIN; SELECT apply_plan('{TENANT}', 'team', now() - interval '21 days' + interval '1 millisecond')"
        ),
    );
    let before = ask(&mut session, "SELECT retention_rules()");
    run(&mut session, "COMMIT");
    eventually("the rules change", Duration::from_secs(60), || {
        let now = ask(&mut session, "SELECT retention_rules()");
        if now == before { Err(now) } else { Ok(()) }
    });
}

#[test]
fn a_policy_of_hours_is_kept_within_the_day() {
    let (_cluster, mut session) = quiet("hours");
    log(&mut session, TENANT, "3 hours", 3);
    log(&mut session, TENANT, "1 second", 3);
    settle(&mut session);
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '1 hour')",
    );
    retain(&mut session);
    for (table, rows) in [
        ("workflow_runs", 3),
        ("node_executions", 6),
        ("tool_executions", 3),
        ("events", 18),
    ] {
        assert_eq!(count(&mut session, table), rows, "{table}");
    }
}
