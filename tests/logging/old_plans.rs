//! A session that has logged since before midnight keeps the plans that it made for empty partitions: they must fit full ones.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

fn buffers(session: &mut Client, call: &str) -> u64 {
    let told = session.ask(&format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {call}"));
    let plan: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let read = |what: &str| plan[0]["Plan"][what].as_u64().expect("a number");
    read("Shared Hit Blocks") + read("Shared Read Blocks")
}

#[test]
fn plans_made_for_empty_partitions_that_were_analyzed_fit_full_ones() {
    let (_cluster, mut session) = without_worker("old_plans");
    // What a nightly vacuumdb --analyze leaves behind.
    session.run("ALTER SYSTEM SET autovacuum = off");
    session.run("SELECT pg_reload_conf(); SELECT dify_observe.ensure_partitions(now() - interval '1 day', now() + interval '1 day')");
    session.run("VACUUM ANALYZE");
    let given = |call: &str, arguments: &str| {
        format!(
            "SELECT dify_observe.{call}(tenant_id => '{TENANT}', app_id => '{APP}', id => dify_observe.uuid_v7(clock_timestamp()), {arguments})"
        )
    };
    let finished = |call: &str| {
        let started = format!(
            "dify_observe.start_{call}(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}'"
        );
        match call {
            "workflow_run" => {
                format!("SELECT dify_observe.finish_workflow_run({started}), 'succeeded')")
            }
            _ => format!(
                "SELECT dify_observe.finish_node_execution({started}, workflow_run_id => gen_random_uuid(), node_id => 'a', node_type => 'code'), 'succeeded')"
            ),
        }
    };
    let calls = [
        given("log_message", "status => 'normal'"),
        given(
            "log_workflow_run",
            &format!("workflow_id => '{WORKFLOW}', status => 'succeeded'"),
        ),
        given(
            "log_node_execution",
            "workflow_run_id => gen_random_uuid(), node_id => 'a', node_type => 'code', status => 'succeeded'",
        ),
        given(
            "log_tool_execution",
            "message_id => dify_observe.uuid_v7(now()), node_execution_id => dify_observe.uuid_v7(now()), tool_name => 'x', status => 'succeeded'",
        ),
        finished("workflow_run"),
        finished("node_execution"),
    ];
    for call in &calls {
        session.run(call);
    }
    session.run(&format!(
        "INSERT INTO dify_observe.messages (id, tenant_id, app_id, status) SELECT dify_observe.uuid_v7(now()), '{TENANT}', '{APP}', 'normal' FROM generate_series(1, 20000);
         INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status) SELECT dify_observe.uuid_v7(now()), '{TENANT}', '{APP}', '{WORKFLOW}', 'succeeded' FROM generate_series(1, 20000);
         INSERT INTO dify_observe.node_executions (id, tenant_id, app_id, workflow_run_id, node_id, node_type, status)
         SELECT dify_observe.uuid_v7(now()), '{TENANT}', '{APP}', gen_random_uuid(), 'a', 'code', 'succeeded' FROM generate_series(1, 20000)"
    ));
    for call in &calls {
        let read = buffers(&mut session, call);
        assert!(read < 150, "{call}: {read} buffers");
    }
}
