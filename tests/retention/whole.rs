//! Partitions that expire as a whole go unread; what just misses that stays.

use std::collections::BTreeSet;

use crate::history::*;

/// Runs retention step by step; which partitions went unread, but for what is open in them.
fn whole_ones(session: &mut postgres::Client) -> BTreeSet<String> {
    let unread = |session: &mut postgres::Client, condition: &str| -> BTreeSet<String> {
        let items = format!("SELECT item FROM retention_work WHERE {condition}");
        column(session, &items).into_iter().collect()
    };
    let mut found = BTreeSet::new();
    run(session, "SELECT begin_retention(false)");
    loop {
        let expected = unread(session, "phase = 'whole'");
        let said = ask(session, "SELECT retention_step()");
        let left = unread(session, "true");
        found.extend(expected.difference(&left).cloned());
        found.extend(unread(session, "whole"));
        if said == "done" {
            let blocked = column(
                session,
                "SELECT jsonb_object_keys(blocked) FROM (SELECT * FROM retention_runs ORDER BY id DESC LIMIT 1) last",
            );
            found.retain(|item| !blocked.contains(item));
            return found;
        }
    }
}

fn leaf(session: &mut postgres::Client, root: &str, age: &str) -> String {
    ask(
        session,
        &format!(
            "SELECT partition_name('{root}', ((now() - interval '{age}') AT TIME ZONE 'UTC')::date)"
        ),
    )
}

#[test]
fn a_large_partition_goes_without_being_read_and_its_rows_are_estimated() {
    let (cluster, mut session) = quiet("unread");
    log(&mut session, TENANT, "40 days", 1);
    run(
        &mut session,
        &format!(
            "SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
               created_at => now() - interval '40 days', query => repeat('q', 500)) FROM generate_series(1, 3000)"
        ),
    );
    settle(&mut session);
    let of_day = leaf(&mut session, "workflow_runs", "40 days");
    run(&mut session, &format!("VACUUM ANALYZE {of_day}"));
    let read = format!(
        "SELECT pg_stat_get_tuples_returned('{of_day}'::regclass) FROM (SELECT pg_stat_force_next_flush()) flushed"
    );
    let before = ask(&mut session, &read);
    let announced = ask(
        &mut session,
        &format!(
            "SELECT rows || ' ' || action FROM retention_preview() WHERE partition = '{of_day}'"
        ),
    );
    assert_eq!(announced, "3001 truncate");
    // Somebody who reads the table keeps the partition from being dropped: so it can be asked afterwards what was read of it.
    let mut reader = cluster.connect(DATABASE);
    run(
        &mut reader,
        "BEGIN; LOCK TABLE ONLY dify_observe.workflow_runs IN ACCESS SHARE MODE",
    );
    let whole = whole_ones(&mut session);
    assert_eq!(ask(&mut session, &read), before);
    assert!(whole.contains(&of_day), "{whole:?}");
    assert_eq!(
        told(
            &mut session,
            "blocked->>'empty partitions of workflow_runs' LIKE 'locked by %'"
        ),
        "t"
    );
    run(&mut reader, "COMMIT");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(count(&mut session, "events"), 0);
    // The run, two node executions, a message, a tool call, feedback and a conversation were counted.
    let all = "SELECT sum(rows_removed) || ' ' || sum(rows_estimated) FROM retention_runs";
    let tools = count(&mut session, "tool_executions");
    assert_eq!(ask(&mut session, all), format!("{} 3001", 3007 - tools));
}

#[test]
fn one_row_with_a_longer_policy_one_hold_or_one_open_run_is_enough_to_look() {
    let (_cluster, mut session) = quiet("just_missed");
    for age in ["60 days", "50 days"] {
        log(&mut session, TENANT, age, 30);
    }
    log(&mut session, OTHER, "50 days", 1);
    let open = ask(
        &mut session,
        &format!(
            "SELECT start_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', created_at => now() - interval '60 days')"
        ),
    );
    settle(&mut session);
    let (older, younger) = (
        leaf(&mut session, "workflow_runs", "60 days"),
        leaf(&mut session, "workflow_runs", "50 days"),
    );
    // Nothing is held up by what is not there: of the older day everything has expired by every policy.
    run(
        &mut session,
        &format!("SELECT set_retention('tenant', '{OTHER}', '55 days')"),
    );
    let whole = whole_ones(&mut session);
    sound(&mut session);
    assert!(
        whole.contains(&older) && !whole.contains(&younger),
        "{whole:?}"
    );
    let left = "SELECT string_agg(concat_ws(' ', tenant_id = $$aaaaaaaa-0000-4000-8000-000000000002$$, status), ', ' ORDER BY created_at) FROM workflow_runs";
    assert_eq!(ask(&mut session, left), "f running, t succeeded");
    assert_eq!(count(&mut session, "node_executions"), 2);
    // A hold keeps what would have expired throughout.
    run(
        &mut session,
        &format!("DELETE FROM retention_policies; SELECT hold('tenant', '{OTHER}')"),
    );
    assert_eq!(whole_ones(&mut session), BTreeSet::new());
    assert_eq!(ask(&mut session, left), "f running, t succeeded");
    run(
        &mut session,
        &format!(
            "SELECT release_hold('tenant', '{OTHER}'); SELECT finish_workflow_run('{open}', 'succeeded')"
        ),
    );
    settle(&mut session);
    assert_ne!(whole_ones(&mut session), BTreeSet::new());
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(count(&mut session, "node_executions"), 0);
    sound(&mut session);
}

#[test]
fn what_is_not_counted_yet_is_announced_once_and_stays() {
    let (_cluster, mut session) = quiet("not_counted");
    log(&mut session, TENANT, "40 days", 10);
    run(
        &mut session,
        "UPDATE events SET recorded_at = coalesce(source_at, (change ->> 'at')::timestamptz)",
    );
    let announced = column(
        &mut session,
        "SELECT concat_ws(' ', table_name, rows, blocked_by) FROM retention_preview() WHERE table_name IN ('events', 'node_executions') AND rows > 0 ORDER BY 1",
    );
    let why = "not counted yet (fold_metrics)";
    assert_eq!(
        announced,
        [
            format!("events 60 {why}"),
            format!("node_executions 20 {why}")
        ]
    );
    assert_eq!(whole_ones(&mut session), BTreeSet::new());
    assert_eq!(count(&mut session, "node_executions"), 20);
    assert_eq!(count(&mut session, "events"), 60);
    retain(&mut session);
    assert_eq!(count(&mut session, "node_executions"), 0);
}
