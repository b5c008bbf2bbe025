//! A page reads few buffers, whatever is known of the tables: without statistics, with those of another day, with fresh ones.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

/// What a page may read, where the tables have ten times that.
const FEW: u64 = 1000;

/// As many messages and runs of these days, a fifth of them rated.
#[track_caller]
fn written(session: &mut Client, days: &str, rows: u32) {
    session.run(&format!(
        "CREATE TEMP TABLE turns AS SELECT n, at, dify_observe.uuid_v7(at) AS message, dify_observe.uuid_v7(at) AS run
           FROM (SELECT n, timestamptz '2026-02-01 00:00+00' + day * interval '1 day' + n * interval '1 day' / {rows} AS at FROM generate_series(0, {rows} - 1) n, unnest('{days}'::int[]) day) t;
         INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, created_at, query, outputs, user_id, total_tokens)
         SELECT run, '{TENANT}', '{APP}', '{WORKFLOW}', 'succeeded', at, 'question', to_jsonb(repeat('words ', 250)), 'u' || n / 5 % 100, 1 FROM turns;
         INSERT INTO dify_observe.messages (id, tenant_id, app_id, workflow_run_id, conversation_id, status, created_at, query, answer, user_id, total_tokens)
         SELECT message, '{TENANT}', '{APP}', run, md5('c' || at::date || n / 5)::uuid, 'normal', at, 'question', repeat('words ', 250), 'u' || n / 5 % 100, 1 FROM turns;
         INSERT INTO dify_observe.feedbacks (tenant_id, app_id, message_id, rating, created_at) SELECT '{TENANT}', '{APP}', message, 'like', at FROM turns WHERE n % 5 = 0;
         INSERT INTO dify_observe.annotations (tenant_id, app_id, message_id, question, content, created_at) SELECT '{TENANT}', '{APP}', message, 'q', 'a', at FROM turns WHERE n % 5 = 0;
         DROP TABLE turns"
    ));
    session.run("CALL dify_observe.fold_metrics()");
}

fn buffers(session: &mut Client, call: &str) -> u64 {
    let ask = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM dify_observe.{call}");
    // The first reads the catalogue too.
    session.run(&ask);
    let plan: serde_json::Value = serde_json::from_str(&session.ask(&ask)).expect("JSON");
    let read = |what: &str| plan[0]["Plan"][what].as_u64().expect("a number");
    assert!(read("Actual Rows") > 0, "{call}");
    read("Shared Hit Blocks") + read("Shared Read Blocks")
}

#[test]
fn a_page_reads_little_whatever_is_known_of_the_tables() {
    let (_cluster, mut session) = without_worker("plans");
    session.run("ALTER SYSTEM SET autovacuum = off");
    session.run("SELECT pg_reload_conf(); SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-06')");
    let mut pages: Vec<String> = [
        "run_list",
        "message_list",
        "conversation_list",
        "feedback_list",
        "annotation_list",
        "conversation_list@, user_id => 'u7'",
        "export_messages@, max_lines => 20",
        "export_runs@, max_lines => 20",
        "export_logs@, max_lines => 20",
        "search_logs@, query => 'words'",
    ]
    .iter()
    .map(|page| {
        let (list, arguments) = page.split_once('@').unwrap_or((page, ""));
        format!("{list}(app_id => '{APP}'{arguments})")
    })
    .collect();
    written(&mut session, "{0,1,2}", 4000);
    for known in ["nothing", "three days", "three of five days", "all of it"] {
        match known {
            "three days" | "all of it" => session.run("ANALYZE"),
            "three of five days" => {
                pages.push(format!("message_list(app_id => '{APP}', rating => 'like')"));
                written(&mut session, "{3,4}", 4000);
                let cursor = session.ask(&format!("SELECT max(cursor) FROM dify_observe.message_list(app_id => '{APP}', page_size => 1000)"));
                pages.push(format!(
                    "message_list(app_id => '{APP}', after => '{cursor}')"
                ));
                let message = session.ask("SELECT id FROM dify_observe.messages WHERE created_at < '2026-02-01 00:01+00' LIMIT 1");
                pages.push(format!("message_detail('{message}')"));
                pages.push(format!("conversation_timeline((SELECT conversation_id FROM dify_observe.messages WHERE id = '{message}'))"));
            }
            _ => (),
        }
        for page in &pages {
            let read = buffers(&mut session, page);
            assert!(
                read < FEW,
                "{page} with statistics of {known}: {read} buffers"
            );
        }
    }
    session.run("SELECT dify_observe.create_user_index(2)");
    assert_eq!(session.ask("SELECT dify_observe.create_user_index()"), "0");
    session.run("ANALYZE; SELECT dify_observe.ensure_partitions('2026-02-07', '2026-02-08')");
    assert_eq!(session.ask("SELECT dify_observe.create_user_index(0)"), "0");
    for page in ["message_list", "run_list", "user_journey"] {
        let page = format!("{page}(app_id => '{APP}', user_id => 'u7', page_size => 20)");
        let read = buffers(&mut session, &page);
        assert!(read < FEW, "{page}: {read} buffers");
    }
    let tables = "SELECT (sum(pg_table_size(inhrelid)) / 8192)::bigint FROM pg_inherits WHERE inhparent IN ('dify_observe.messages'::regclass, 'dify_observe.workflow_runs'::regclass)";
    let all = session.number(tables);
    assert!(all > 10 * 1000, "{all} pages");
}
