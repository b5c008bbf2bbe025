//! Killed, locked out, out of disk, written into: nothing is half done, and the next run goes on.

use std::thread;
use std::time::Duration;

use dify_observe_tests::eventually;

use crate::history::*;

/// Steps until one says so; waits for locks are cut short.
fn steps_until(session: &mut postgres::Client, said: &str, most: usize) -> bool {
    for _ in 0..most {
        if ask(session, "SELECT retention_step()") == said {
            return true;
        }
    }
    false
}

const RUNS_OF_DAY_40: &str = "SELECT partition_name('workflow_runs', ((now() - interval '40 days') AT TIME ZONE 'UTC')::date)";

#[test]
fn a_run_that_is_killed_anywhere_is_gone_on_with() {
    let (cluster, mut session) = quiet("killed");
    for age in ["60 days", "40 days", "5 days"] {
        log(&mut session, TENANT, age, 30);
    }
    log(&mut session, OTHER, "40 days", 40);
    settle(&mut session);
    run(
        &mut session,
        &format!("SELECT set_retention('tenant', '{OTHER}', NULL)"),
    );
    for killed in 0..6 {
        if killed == 3 {
            cluster.crash();
            cluster.start_again();
            session = cluster.connect(DATABASE);
            run(&mut session, "SET search_path = dify_observe, public");
            sound(&mut session);
        }
        let mut victim = cluster.connect(DATABASE);
        let pid: i32 = victim
            .query_one("SELECT pg_backend_pid()", &[])
            .expect("a pid")
            .get(0);
        let removing =
            thread::spawn(move || victim.batch_execute("CALL dify_observe.run_retention()"));
        thread::sleep(Duration::from_millis(40 * killed));
        run(&mut session, &format!("SELECT pg_terminate_backend({pid})"));
        removing.join().expect("a thread").ok();
        eventually("it has ended", Duration::from_secs(60), || {
            let left = count(&mut session, &format!("pg_stat_activity WHERE pid = {pid}"));
            if left == 0 { Ok(()) } else { Err(left) }
        });
        sound(&mut session);
        let torn = "workflow_runs r WHERE (SELECT count(*) FROM node_executions n WHERE n.workflow_run_id = r.id) NOT IN (0, 2)";
        assert_eq!(count(&mut session, torn), 0);
    }
    retain(&mut session);
    assert_eq!(
        count(&mut session, "retention_runs WHERE finished_at IS NULL"),
        0
    );
    for (table, rows) in [
        ("workflow_runs", 70),
        ("node_executions", 140),
        ("messages", 70),
        ("events", 70 * 6),
    ] {
        assert_eq!(count(&mut session, table), rows, "{table}");
    }
}

#[test]
fn a_long_reader_keeps_only_what_it_reads_and_is_named() {
    let (cluster, mut session) = quiet("reader");
    log(&mut session, TENANT, "50 days", 5);
    log(&mut session, TENANT, "40 days", 5);
    settle(&mut session);
    let leaf = ask(&mut session, RUNS_OF_DAY_40);
    let mut reader = cluster.connect(DATABASE);
    reader
        .batch_execute(&format!(
            "SET application_name = 'monthly report'; BEGIN; SELECT count(*) FROM dify_observe.{leaf}"
        ))
        .expect("read");
    let blocked = ask(
        &mut session,
        &format!("SELECT blocked_by FROM retention_preview() WHERE partition = '{leaf}'"),
    );
    assert!(blocked.contains("monthly report"), "{blocked}");
    run(&mut session, "SELECT begin_retention(false)");
    assert!(steps_until(&mut session, "wait", 100), "it waits");
    // Everything else of that stage is done.
    assert_eq!(count(&mut session, "workflow_runs"), 5);
    assert_eq!(count(&mut session, "events"), 0);
    let named = ask(
        &mut session,
        &format!("SELECT blocked_by FROM retention_work WHERE item = '{leaf}'"),
    );
    assert!(named.contains("monthly report"), "{named}");
    for _ in 0..10 {
        run(
            &mut session,
            "UPDATE retention_work SET not_before = '-infinity'",
        );
        steps_until(&mut session, "wait", 3);
    }
    assert!(steps_until(&mut session, "done", 100), "it gives up");
    let told_why = told(&mut session, &format!("blocked ->> '{leaf}'"));
    assert!(told_why.contains("monthly report"), "{told_why}");
    sound(&mut session);
    reader.batch_execute("COMMIT").expect("read");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(told(&mut session, "blocked"), "{}");
}

#[test]
fn a_row_that_comes_before_its_day_is_dropped_is_kept_until_it_is_counted() {
    comes_late(
        "late_writer",
        "phase = 'whole' AND NOT EXISTS (SELECT FROM retention_work earlier WHERE earlier.stage < w.stage)",
    );
}

#[test]
fn a_row_that_comes_while_its_day_is_emptied_is_kept_until_it_is_counted() {
    comes_late("late_in_its_day", "phase = 'empty'");
}

#[track_caller]
fn comes_late(name: &str, when: &str) {
    let (_cluster, mut session) = quiet(name);
    log(&mut session, TENANT, "40 days", 20);
    settle(&mut session);
    let leaf = ask(&mut session, RUNS_OF_DAY_40);
    if when.contains("empty") {
        // Which has to be put back.
        run(
            &mut session,
            &format!(
                "SELECT start_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', created_at => now() - interval '40 days')"
            ),
        );
    }
    run(&mut session, "SELECT begin_retention(false)");
    let looked_at = format!("retention_work w WHERE item = '{leaf}' AND {when}");
    for _ in 0..100 {
        if count(&mut session, &looked_at) == 1 {
            break;
        }
        run(&mut session, "SELECT retention_step()");
    }
    assert_eq!(count(&mut session, &looked_at), 1);
    let late = |how: &str, more: &str| {
        format!(
            "SELECT {how}_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', created_at => now() - interval '40 days' {more})"
        )
    };
    run(&mut session, &late("start", ""));
    run(&mut session, &late("log", ", status => 'succeeded'"));
    assert!(steps_until(&mut session, "done", 200));
    assert_eq!(
        column(
            &mut session,
            "SELECT DISTINCT status FROM workflow_runs ORDER BY 1"
        ),
        ["running", "succeeded"]
    );
    assert!(told(&mut session, "blocked").contains("not counted yet"));
    retain(&mut session);
    assert_eq!(
        column(&mut session, "SELECT DISTINCT status FROM workflow_runs"),
        ["running"]
    );
}

#[test]
fn a_hold_that_is_made_meanwhile_is_complete() {
    let (cluster, mut session) = quiet("hold_meanwhile");
    log(&mut session, TENANT, "40 days", 20);
    settle(&mut session);
    run(&mut session, "SELECT begin_retention(false)");
    while count(&mut session, "retention_work WHERE phase = 'empty'") == 0 {
        run(&mut session, "SELECT retention_step()");
    }
    // Not committed yet: it is waited for.
    let mut holder = cluster.connect(DATABASE);
    holder
        .batch_execute(&format!(
            "BEGIN; SELECT dify_observe.hold('tenant', '{TENANT}')"
        ))
        .expect("held");
    assert!(steps_until(&mut session, "wait", 50), "it waits");
    assert_eq!(count(&mut session, "workflow_runs"), 20);
    holder.batch_execute("COMMIT").expect("held");
    run(
        &mut session,
        "UPDATE retention_work SET not_before = '-infinity'",
    );
    assert!(steps_until(&mut session, "done", 200));
    for (table, rows) in [
        ("workflow_runs", 20),
        ("node_executions", 40),
        ("messages", 20),
    ] {
        assert_eq!(count(&mut session, table), rows, "{table}");
    }
    sound(&mut session);
}

#[test]
fn a_full_disk_leaves_everything_whole() {
    let (_cluster, mut session) = quiet("disk_full");
    log(&mut session, TENANT, "40 days", 20);
    settle(&mut session);
    for table in ["metric_base", "retention_runs"] {
        run(
            &mut session,
            &format!(
                "CREATE OR REPLACE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
                 CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_space()"
            ),
        );
        session.simple_query("CALL run_retention()").ok();
        sound(&mut session);
        assert_eq!(count(&mut session, "workflow_runs"), 20, "{table}");
        run(&mut session, &format!("DROP TRIGGER no_space ON {table}"));
    }
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 0);
    assert_eq!(count(&mut session, "events"), 0);
}

#[test]
fn two_at_once_and_writers_do_not_disturb_each_other() {
    let (cluster, mut session) = quiet("two_at_once");
    for age in ["60 days", "50 days", "40 days"] {
        log(&mut session, TENANT, age, 60);
        log(&mut session, OTHER, age, 60);
    }
    settle(&mut session);
    run(
        &mut session,
        &format!("SELECT set_retention('tenant', '{OTHER}', '45 days')"),
    );
    let others: Vec<_> = (0..4)
        .map(|n| {
            let mut other = cluster.connect(DATABASE);
            thread::spawn(move || {
                run(&mut other, "SET search_path = dify_observe, public");
                if n < 2 {
                    run(&mut other, "CALL run_retention()");
                } else {
                    log(&mut other, TENANT, &format!("{n} hours"), 40);
                }
            })
        })
        .collect();
    for other in others {
        other.join().expect("no error");
    }
    run(&mut session, "CALL fold_metrics()");
    retain(&mut session);
    assert_eq!(count(&mut session, "workflow_runs"), 60 + 80);
    assert_eq!(count(&mut session, "node_executions"), 2 * (60 + 80));
    assert_eq!(
        count(&mut session, "retention_runs WHERE finished_at IS NULL"),
        0
    );
}

/// Of more than 2000 blocks, and in front of them room that vacuum has found.
#[test]
fn an_unfinished_row_that_comes_into_freed_space_of_a_large_partition_stays() {
    let (_cluster, mut session) = quiet("freed_space");
    log(&mut session, TENANT, "40 days", 1);
    let leaf = ask(&mut session, RUNS_OF_DAY_40);
    run(
        &mut session,
        "SELECT log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid(), status => 'succeeded',
           created_at => now() - interval '40 days', query => (SELECT string_agg(md5(n::text || of::text), '') FROM generate_series(1, 55) of))
         FROM generate_series(1, 9000) n",
    );
    settle(&mut session);
    run(
        &mut session,
        &format!("DELETE FROM {leaf} WHERE ctid < '(20,0)'"),
    );
    run(&mut session, &format!("VACUUM {leaf}"));
    let blocks = count(
        &mut session,
        &format!("generate_series(1, pg_relation_size('{leaf}') / 8192)"),
    );
    assert!(blocks > 2000, "{blocks}");
    let start = format!(
        "SELECT start_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', created_at => now() - interval '40 days')"
    );
    // One that is to be put back, and one that comes later.
    run(&mut session, &start);
    run(&mut session, "SELECT begin_retention(false)");
    let phase =
        format!("SELECT coalesce(min(phase), 'gone') FROM retention_work WHERE item = '{leaf}'");
    while ["whole", "survey"].contains(&ask(&mut session, &phase).as_str()) {
        run(&mut session, "SELECT retention_step()");
    }
    assert_eq!(ask(&mut session, &phase), "empty");
    let open = ask(&mut session, &start);
    let place = ask(
        &mut session,
        &format!("SELECT ctid < '(20,0)' FROM {leaf} WHERE id = '{open}'"),
    );
    assert_eq!(place, "t", "not at the end");
    assert!(
        steps_until(&mut session, "done", 1000),
        "it comes to an end"
    );
    let left = ask(
        &mut session,
        "SELECT string_agg(status, ' ') FROM workflow_runs",
    );
    assert_eq!(left, "running running");
    sound(&mut session);
}

#[test]
fn who_logs_does_not_wait_while_retention_waits_for_the_fold() {
    let (cluster, mut session) = quiet("fold_is_busy");
    for age in ["60 days", "40 days"] {
        log(&mut session, TENANT, age, 30);
    }
    settle(&mut session);
    let mut fold = cluster.connect(DATABASE);
    run(
        &mut fold,
        "BEGIN; SELECT FROM dify_observe.export_progress WHERE destination = 'fold' FOR UPDATE",
    );
    let mut removing = cluster.connect(DATABASE);
    run(
        &mut removing,
        "SET dify_observe.retention_lock_timeout = '60s'",
    );
    let removing =
        thread::spawn(move || removing.batch_execute("CALL dify_observe.run_retention()"));
    eventually("it waits", Duration::from_secs(60), || {
        let waits = count(
            &mut session,
            "pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')",
        );
        if waits > 0 { Ok(()) } else { Err(waits) }
    });
    run(&mut session, "SET lock_timeout = '20s'");
    log(&mut session, TENANT, "0 days", 1);
    let held = "pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation IN ('events'::regclass, 'events_default'::regclass)";
    assert_eq!(count(&mut session, held), 0);
    run(&mut fold, "COMMIT");
    removing.join().expect("a thread").expect("removed");
    assert_eq!(count(&mut session, "workflow_runs"), 1);
    sound(&mut session);
}
