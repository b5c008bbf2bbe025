//! Whole partitions go, with what belongs to them.

use crate::history::*;

#[test]
fn expired_days_are_emptied_and_dropped_and_the_rest_is_untouched() {
    let (_cluster, mut session) = quiet("expired_days");
    for age in ["70 days", "50 days", "35 days", "5 days", "1 hour"] {
        log(&mut session, TENANT, age, 4);
    }
    run(
        &mut session,
        "SELECT ensure_partitions(now() - interval '75 days', now() - interval '45 days')",
    );
    settle(&mut session);
    // Operations have months, of which some rows may stay.
    let months = |condition: &str| {
        format!(
            "(SELECT DISTINCT tableoid FROM tool_executions GROUP BY tableoid HAVING {condition}) m"
        )
    };
    let old_months = count(
        &mut session,
        &months("min(created_at) < now() - interval '30 days'"),
    );
    let gone_months = count(
        &mut session,
        &months("max(created_at) < now() - interval '30 days'"),
    );
    let before = partitions(&mut session);
    let young = "SELECT md5(string_agg(t::text, ' ' ORDER BY t.id)) FROM (SELECT * FROM companion_logs WHERE occurred_at > now() - interval '10 days') t";
    let untouched = ask(&mut session, young);
    let announced = column(
        &mut session,
        "SELECT rows || ' ' || partition || ' ' || action FROM retention_preview() WHERE rows > 0 AND table_name <> 'conversations' ORDER BY table_name",
    );
    assert_eq!(
        i64::try_from(announced.len()).expect("few"),
        3 * 4 + old_months,
        "{announced:?}"
    );
    retain(&mut session);
    for (table, rows) in [
        ("workflow_runs", 8),
        ("node_executions", 16),
        ("messages", 8),
        ("tool_executions", 8),
        ("conversations", 2),
        ("feedbacks", 8),
    ] {
        assert_eq!(count(&mut session, table), rows, "{table}");
    }
    assert_eq!(ask(&mut session, young), untouched);
    // Three days of three tables and their events were emptied; all empty ones before are gone.
    assert_eq!(
        told(&mut session, "leaves_emptied"),
        (12 + gone_months).to_string()
    );
    assert_eq!(
        told(&mut session, "rows_removed"),
        (12 * (1 + 2 + 1 + 1 + 1) + 3).to_string()
    );
    assert_eq!(told(&mut session, "blocked"), "{}");
    assert!(partitions(&mut session) <= before - 30 * 4);
    assert_eq!(
        count(
            &mut session,
            "leaves() WHERE upper <= now() - interval '32 days' AND root <> 'tool_executions' AND bytes > 0"
        ),
        0
    );
    let nothing = column(&mut session, "SELECT action FROM retention_preview()");
    assert!(nothing.is_empty(), "{nothing:?}");
    // Once more changes nothing, and later days still go.
    retain(&mut session);
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '2 days')",
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "messages"), 4);
    assert_eq!(count(&mut session, "feedbacks"), 4);
}

#[test]
fn a_conversation_and_its_feedback_stay_with_its_last_message() {
    let (_cluster, mut session) = quiet("conversation");
    log(&mut session, TENANT, "40 days", 2);
    run(
        &mut session,
        &format!(
            "SELECT log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal',
               conversation_id => (SELECT conversation_id FROM feedbacks LIMIT 1), created_at => now() - interval '5 days')"
        ),
    );
    settle(&mut session);
    retain(&mut session);
    assert_eq!(count(&mut session, "messages"), 1);
    assert_eq!(count(&mut session, "conversations"), 1);
    assert_eq!(count(&mut session, "feedbacks"), 2);
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '2 days')",
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "conversations"), 0);
    assert_eq!(count(&mut session, "feedbacks"), 0);
}

#[test]
fn conversations_go_in_batches_across_apps_and_those_in_use_stay() {
    let (_cluster, mut session) = quiet("many_conversations");
    let app = |n: u8| format!("bbbbbbbb-0000-4000-8000-00000000000{n}");
    // A hundred in a batch: of each app 230 old ones, of which many ended at one moment, and 5 young ones.
    run(
        &mut session,
        &format!(
            "SET dify_observe.workflow_log_cleanup_batch_size = 1;
             INSERT INTO conversations (id, tenant_id, app_id, message_count, created_at, last_message_at)
             SELECT md5(app || ' ' || n)::uuid, '{TENANT}', ('bbbbbbbb-0000-4000-8000-00000000000' || app)::uuid, 1, at, at
             FROM generate_series(1, 4) app, generate_series(1, 235) n,
                  LATERAL (SELECT now() - CASE WHEN n > 230 THEN interval '5 days' ELSE interval '40 days' + n / 40 * interval '1 minute' END AS at) t;
             INSERT INTO retention_policies (scope, scope_id, keep) VALUES ('app', '{}', NULL), ('app', '{}', '1 day');
             SELECT log_message(tenant_id => '{TENANT}', app_id => '{}', status => 'running', conversation_id => md5('3 77')::uuid)",
            app(2),
            app(4),
            app(3),
        ),
    );
    retain(&mut session);
    let left = column(
        &mut session,
        "SELECT right(app_id::text, 1) || ': ' || count(*) FROM conversations GROUP BY app_id ORDER BY app_id",
    );
    assert_eq!(left, ["1: 5", "2: 235", "3: 6"].map(str::to_owned));
}

/// Recorded long after their rows' time, as an import is: the events lie in a day that stays.
#[test]
fn imported_history_goes_with_its_events() {
    let (_cluster, mut session) = quiet("imported");
    log(&mut session, TENANT, "50 days", 30);
    log(&mut session, TENANT, "3 days", 2);
    run(&mut session, "CALL fold_metrics()");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 2);
    assert_eq!(count(&mut session, "node_executions"), 4);
    // Of the conversation that is gone the feedback goes, with its events.
    assert_eq!(count(&mut session, "events"), 2 * 6);
    assert_eq!(count(&mut session, "events WHERE event = 15"), 0);
}

#[test]
fn rows_of_the_default_partition_expire_there() {
    let (_cluster, mut session) = quiet("default_partition");
    log(&mut session, TENANT, "300 days", 150);
    log(&mut session, TENANT, "400 days", 150);
    log(&mut session, TENANT, "2 days", 1);
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '350 days')",
    );
    settle(&mut session);
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs_default"), 150);
    assert_eq!(count(&mut session, "node_executions_default"), 300);
    assert_eq!(count(&mut session, "events_default"), 900);
    assert_eq!(count(&mut session, "workflow_runs"), 151);
    assert_ne!(told(&mut session, "batches"), "0");
    run(
        &mut session,
        "SELECT set_retention('default', NULL, '10 days')",
    );
    retain(&mut session);
    assert_eq!(count(&mut session, "events"), 6);
    assert_eq!(count(&mut session, "node_executions"), 2);
}

#[test]
fn nested_traces_and_quarantined_events_go_too() {
    let (_cluster, mut session) = quiet("traces");
    run(
        &mut session,
        &format!(
            "SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
               parent_workflow_run_id => gen_random_uuid(), created_at => now() - interval '40 days') FROM generate_series(1, 20);
             SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
               parent_workflow_run_id => gen_random_uuid());
             SELECT log_batch('[{{\"event\": \"none\"}}, {{\"event\": \"neither\"}}]', 'quarantine');
             UPDATE quarantined_events SET recorded_at = now() - interval '40 days' WHERE event_name = 'none'"
        ),
    );
    settle(&mut session);
    retain(&mut session);
    assert_eq!(count(&mut session, "trace_roots"), 1);
    assert_eq!(
        column(&mut session, "SELECT event_name FROM quarantined_events"),
        ["neither"]
    );
}
