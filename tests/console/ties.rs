//! A message, a run and a tool execution of one id and one moment are three rows of every list that has several kinds.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

/// Ten ids, all of two moments, each a message, a run and a tool execution.
#[track_caller]
fn tied(session: &mut Client) {
    session.run(&format!(
        "SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-02');
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', id => {id}, status => 'normal', query => 'tied', answer => '退货', created_at => {at}) FROM {numbers};
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', id => {id}, status => 'succeeded', query => 'tied', outputs => '\"退货\"',
           created_at => {at}) FROM {numbers};
         SELECT dify_observe.log_tool_execution(tenant_id => '{TENANT}', app_id => '{APP}', id => {id}, tool_name => 'weather', status => 'succeeded', created_at => {at}) FROM {numbers}",
        id = "md5(n::text)::uuid",
        at = "timestamptz '2026-02-01 00:00+00' + n % 2 * interval '1 day'",
        numbers = "generate_series(1, 10) n",
    ));
}

/// The rows of pages of one, each as its kind and id.
#[track_caller]
fn one_by_one(session: &mut Client, page: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut after = "NULL".to_owned();
    while let [row] = &session.table(&page.replace("{after}", &after))[..] {
        rows.push(row[0].clone().expect("a row"));
        after = format!("'{}'", row[1].as_ref().expect("a cursor"));
        assert!(rows.len() <= 30, "{page}: it turns in a circle");
    }
    rows
}

#[test]
fn a_search_read_row_by_row_has_every_row_once_whatever_ids_and_times_are_the_same() {
    let (_cluster, mut session) = without_worker("search_ties");
    tied(&mut session);
    let expected = session.column(
        "SELECT kind || ' ' || id FROM (SELECT 'message' AS kind, id, created_at FROM dify_observe.messages UNION ALL SELECT 'run', id, created_at FROM dify_observe.workflow_runs) r
         ORDER BY created_at DESC, id DESC, kind DESC",
    );
    for indexed in [false, true] {
        if indexed {
            session.run("SELECT dify_observe.create_search_index()");
        }
        for words in ["tied", "退货"] {
            let call = format!(
                "SELECT kind || ' ' || id, cursor FROM dify_observe.search_logs('{APP}', '{words}', page_size => 1, after => {{after}})"
            );
            assert_eq!(
                one_by_one(&mut session, &call),
                expected,
                "{words}, indexed: {indexed}"
            );
        }
        for (source, kind) in [("messages", "message"), ("runs", "run")] {
            let found = session.number(&format!("SELECT count(*) FROM dify_observe.search_logs('{APP}', 'tied', source => '{source}') s WHERE s.kind = '{kind}'"));
            assert_eq!(found, 10, "{source}, indexed: {indexed}");
        }
    }
}

#[test]
fn an_export_read_line_by_line_has_every_row_once_whatever_ids_and_times_are_the_same() {
    let (_cluster, mut session) = without_worker("export_ties");
    tied(&mut session);
    for (export, rows) in [
        ("export_logs", 30),
        ("export_messages", 10),
        ("export_runs", 10),
    ] {
        let line = "SELECT concat_ws(' ', line ->> 'kind', line ->> 'id'), line ->> 'cursor' FROM";
        let whole = session.column(&format!(
            "{line} dify_observe.{export}('{APP}') AS t (line)"
        ));
        assert_eq!(whole.len(), rows, "{export}");
        let call = format!(
            "{line} dify_observe.{export}('{APP}', max_lines => 1, after => {{after}}) AS t (line)"
        );
        assert_eq!(one_by_one(&mut session, &call), whole, "{export}");
    }
    let refusal = session.refused(&format!(
        "SELECT dify_observe.export_logs('{APP}', after => '2026-02-01T00:00:00.000000Z/770e8400-e29b-41d4-a716-446655440002')"
    ));
    assert_eq!(refusal.code, "22023");
}
