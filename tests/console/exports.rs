//! Whole logs as lines of JSON: complete, resumable, ready for COPY.

use std::io::Read;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, OTHER, TENANT, WORKFLOW};
use crate::logged::logged;

#[test]
fn an_export_in_parts_is_the_export_in_one() {
    let (_cluster, mut session) = logged("export_parts");
    for (export, rows) in [
        ("export_logs", 280),
        ("export_messages", 140),
        ("export_runs", 140),
        ("export_feedback", 140),
    ] {
        let whole = session.column(&format!("SELECT dify_observe.{export}('{APP}')"));
        assert_eq!(whole.len(), rows, "{export}");
        let mut parts = Vec::new();
        let mut after = "NULL".to_owned();
        loop {
            let part = session.column(&format!(
                "SELECT dify_observe.{export}('{APP}', after => {after}, max_lines => 31)"
            ));
            let Some(last) = part.last() else { break };
            let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
            after = format!("'{}'", last["cursor"].as_str().expect("a cursor"));
            parts.extend(part);
        }
        assert_eq!(parts, whole, "{export}");
    }
    let day = session.number(&format!("SELECT count(*) FROM dify_observe.export_logs('{APP}', start => '2026-02-02', until => '2026-02-03')"));
    let rows = session.number("SELECT 2 * count(*) FROM dify_observe.messages WHERE created_at >= '2026-02-02' AND created_at < '2026-02-03'");
    assert_eq!(day, rows);
    let refusal = session.refused(&format!(
        "SELECT dify_observe.export_logs('{APP}', after => 'yesterday')"
    ));
    assert_eq!(refusal.code, "22023");
}

#[test]
fn every_line_is_whole_and_one_line_whatever_it_says() {
    let (_cluster, mut session) = without_worker("export_whole");
    session.run(&format!(
        r#"SELECT dify_observe.log_app_created(tenant_id => '{TENANT}', app_id => '{APP}');
        SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', id => md5('m')::uuid, status => 'normal', query => E'line\nline\t"q" \\ 退货' || chr(1), answer => repeat('long ', 100000),
          inputs => '{{"a": [1, null]}}', created_at => '2026-02-01 00:00+00');
        SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5('m')::uuid, rating => 'like', content => 'good');
        SELECT dify_observe.annotate_message(md5('m')::uuid, content => 'better');
        SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', id => md5('r')::uuid, status => 'succeeded', created_at => '2026-02-01 00:00:01+00');
        SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => md5('r')::uuid, node_id => n, node_type => 'code', status => 'succeeded',
          created_at => timestamptz '2026-02-01 00:00:01+00' + t * interval '1 s') FROM (VALUES ('b', 2), ('a', 1)) v (n, t);
        SELECT dify_observe.log_tool_execution(tenant_id => '{TENANT}', app_id => '{APP}', tool_name => 'weather', status => 'succeeded', created_at => '2026-02-01 00:00:05+00');
        SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', invoke_from => 'debugger');
        SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{OTHER}', status => 'normal')"#
    ));
    // As psql's \copy writes it: no character of JSON text is quoted or escaped.
    let mut file = String::new();
    session
        .copy_out(&format!("COPY (SELECT dify_observe.export_logs('{APP}')) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"))
        .expect("a copy")
        .read_to_string(&mut file)
        .expect("text");
    let lines: Vec<serde_json::Value> = file
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["message", "run", "tool_execution"]);
    let message = &lines[0];
    assert_eq!(message["query"], "line\nline\t\"q\" \\ 退货\u{1}");
    assert_eq!(message["answer"].as_str().map(str::len), Some(500_000));
    assert_eq!(message["inputs"], serde_json::json!({"a": [1, null]}));
    assert_eq!(message["feedbacks"][0]["content"], "good");
    assert_eq!(message["annotation"]["content"], "better");
    let nodes: Vec<_> = lines[1]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| node["node_id"].as_str())
        .collect();
    assert_eq!(nodes, [Some("a"), Some("b")]);
    let columns = session.column("SELECT column_name FROM information_schema.columns WHERE table_schema = 'dify_observe' AND table_name = 'messages' AND column_name <> 'xid'");
    for column in columns {
        assert!(message.get(&column).is_some(), "{column}");
    }
    let all = session.number(&format!(
        "SELECT count(*) FROM dify_observe.export_logs('{APP}', include_debug => true)"
    ));
    assert_eq!(all, 4);
}

#[test]
fn complaints_are_grouped_by_word_model_version_and_node() {
    let (_cluster, mut session) = without_worker("patterns");
    session.run(&format!(
        "SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', id => md5('r' || n)::uuid, status => 'succeeded', workflow_version => 'v' || n % 2)
         FROM generate_series(1, 6) n;
         SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => md5('r' || n)::uuid, node_id => 'search', title => 'Search', node_type => 'tool',
           status => CASE WHEN n < 3 THEN 'failed' ELSE 'succeeded' END) FROM generate_series(1, 6) n;
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', id => md5('m' || n)::uuid, workflow_run_id => md5('r' || n)::uuid, model_name => 'm' || n % 2)
         FROM generate_series(1, 6) n;
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5('m' || n)::uuid, rating => r, content => c)
         FROM (VALUES (1, 'dislike', 'Too SLOW, the slow thing'), (2, 'dislike', 'wrong and slow!'), (3, 'dislike', '答案错误'), (4, 'like', 'not slow'), (5, 'dislike', NULL)) v (n, r, c);
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => gen_random_uuid(), rating => 'dislike', content => 'gone')"
    ));
    for (by, patterns) in [
        (
            "word",
            "slow 2 1 0.6667|gone 1 0 1.0000|thing 1 0 1.0000|wrong 1 0 1.0000|案错 1 0 1.0000|答案 1 0 1.0000|错误 1 0 1.0000",
        ),
        ("model", "m1 3 0 1.0000|m0 1 1 0.5000"),
        ("version", "v1 3 0 1.0000|v0 1 1 0.5000"),
        ("node", "Search (failed) 2 0 1.0000|Search 2 1 0.6667"),
    ] {
        let read = session
            .column(&format!("SELECT concat_ws(' ', pattern, dislikes, likes, dislike_share) FROM dify_observe.feedback_patterns('{APP}', by => '{by}')"))
            .join("|");
        assert_eq!(read, patterns, "{by}");
    }
    assert_eq!(
        session
            .refused(&format!(
                "SELECT dify_observe.feedback_patterns('{APP}', by => 'mood')"
            ))
            .code,
        "22023"
    );
}
