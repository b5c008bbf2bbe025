//! Days that are over are indexed by what lists are sorted by, and nobody who logs pays or waits for it.

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

const INDEXED: &str = "SELECT c.relname FROM pg_class c WHERE c.relkind = 'i' AND c.relname ~ '_p202602.._by_' ORDER BY c.relname";

/// Three days of two thousand runs each, and as many of today.
fn with_runs(name: &str) -> (Cluster, Client) {
    let (cluster, mut session) = without_worker(name);
    session.run("SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-04'), dify_observe.ensure_partitions()");
    session.run(&format!(
        "INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, created_at, elapsed_time, outputs)
         SELECT md5(n || day::text)::uuid, '{TENANT}', '{APP}', '{WORKFLOW}', 'succeeded', day, nullif(n % 700, 0), to_jsonb(repeat('words ', 250))
         FROM generate_series(1, 2000) n, unnest('{{2026-02-01 05:00+00,2026-02-02 05:00+00,2026-02-03 05:00+00,now}}'::timestamptz[]) day"
    ));
    session.run("ANALYZE");
    (cluster, session)
}

#[test]
fn a_past_day_is_sorted_by_its_index_and_today_has_none() {
    let (_cluster, mut session) = with_runs("sort_index");
    let page = format!(
        "SELECT sum(hashtext(cursor)) FROM dify_observe.run_list(app_id => '{APP}', sort => '-elapsed_time', page_size => 500, until => '2026-02-04')"
    );
    let without = session.ask(&page);
    let run_on =
        |sort: &str, most: u32| format!("SELECT dify_observe.create_sort_index('{sort}', {most})");
    assert_eq!(session.ask(&run_on("elapsed_time", 1)), "2");
    assert_eq!(
        session.column(INDEXED),
        ["workflow_runs_p20260203_by_elapsed_time"]
    );
    // What was begun goes on.
    session.run("CALL dify_observe.run_maintenance()");
    assert_eq!(session.ask(&run_on("elapsed_time", 0)), "0");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-05', '2026-02-06')");
    assert_eq!(session.ask(&run_on("elapsed_time", 0)), "1");
    session.run("CALL dify_observe.run_maintenance()");
    let expected: Vec<String> = [1, 2, 3, 5]
        .iter()
        .map(|day| format!("workflow_runs_p2026020{day}_by_elapsed_time"))
        .collect();
    assert_eq!(session.column(INDEXED), expected);

    assert_eq!(session.ask(&page), without);
    let first = format!(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM dify_observe.run_list(app_id => '{APP}', sort => '-elapsed_time', until => '2026-02-04')"
    );
    session.run(&first);
    let plan: serde_json::Value = serde_json::from_str(&session.ask(&first)).expect("JSON");
    let read = plan[0]["Plan"]["Shared Hit Blocks"].as_u64();
    assert!(read < Some(300), "{read:?} buffers");
}

#[test]
fn what_cannot_be_sorted_by_is_not_indexed() {
    let (_cluster, mut session) = without_worker("no_sort");
    for sort in ["'colour'", "'created_at'", "'-elapsed_time'", "NULL"] {
        let refusal = session.refused(&format!("SELECT dify_observe.create_sort_index({sort})"));
        assert_eq!(refusal.code, "22023", "{sort}");
    }
    session.run("CALL dify_observe.run_maintenance()");
    assert_eq!(session.column(INDEXED), Vec::<String>::new());
}

#[test]
fn whoever_writes_into_a_past_day_is_not_kept_waiting_for_its_index() {
    let (cluster, mut session) = with_runs("sort_lock");
    session.run("SELECT dify_observe.create_sort_index('elapsed_time', 1)");
    let mut writer = cluster.connect("postgres");
    writer.run(
        "BEGIN; UPDATE dify_observe.workflow_runs SET total_steps = 1 WHERE created_at = '2026-02-02 05:00+00'",
    );
    let refusal = session.refused("CALL dify_observe.run_maintenance()");
    assert_eq!(refusal.code, "55P03");
    assert_eq!(
        session.column(INDEXED),
        ["workflow_runs_p20260203_by_elapsed_time"]
    );
    writer.run("COMMIT");
    session.run("CALL dify_observe.run_maintenance()");
    assert_eq!(session.column(INDEXED).len(), 3);
}
