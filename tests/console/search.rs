//! Words are found wherever they are, in any language and locale, with an index and without.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, OTHER, TENANT, WORKFLOW};
use crate::logged::{logged, pages};

/// Messages, then runs, one an hour.
#[track_caller]
fn talks(session: &mut Client) {
    session.run(&format!(
        r#"SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-02');
        SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => a::uuid, status => 'normal', id => md5('m' || n)::uuid, query => q, answer => an,
          inputs => i::json, invoke_from => f, created_at => timestamptz '2026-02-01 00:00+00' + n * interval '1 hour')
        FROM (VALUES
          (1, '{APP}', '退货期限是多久?', '您可以在三十天内退货。', NULL, NULL),
          (2, '{APP}', 'ÉTÉ à la plage', 'say "hi" \ there', NULL, NULL),
          (3, '{APP}', '返品はできますか', 'はい、ありがとうございます', NULL, NULL),
          (4, '{APP}', 'The Return Policy', 'thirty days 100%', '{{"note": "line one\nline \"two\""}}', NULL),
          (5, '{APP}', '환불 정책', NULL, NULL, NULL),
          (6, '{APP}', 'return my draft', NULL, NULL, 'debugger'),
          (7, '{OTHER}', 'return of another app', NULL, NULL, NULL)
        ) v (n, a, q, an, i, f);
        SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded', id => md5('r' || n)::uuid,
          inputs => i::json, outputs => o::json, created_at => timestamptz '2026-02-02 00:00+00' + n * interval '1 hour')
        FROM (VALUES (1, '{{"q": "退货"}}', '{{"text": "a return \"policy\""}}'), (2, NULL, '["C:\\dir"]')) v (n, i, o)"#
    ));
}

#[track_caller]
fn search(session: &mut Client, arguments: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT (SELECT k || n FROM unnest('{{m,r}}'::text[]) k, generate_series(1, 9) n WHERE md5(k || n)::uuid = s.id)
         FROM dify_observe.search_logs('{APP}', {arguments}) s"
    ))
}

#[test]
fn words_of_any_language_are_found_in_any_locale_with_an_index_and_without() {
    let (cluster, mut server) = without_worker("search");
    for locale in ["C", "C.UTF-8"] {
        let database = format!("in_{}", locale.replace(['.', '-'], "").to_lowercase());
        server.run(&format!(
            "CREATE DATABASE {database} TEMPLATE template0 ENCODING UTF8 LOCALE '{locale}'"
        ));
        cluster.create_extension(&database);
        let mut session = cluster.connect(&database);
        talks(&mut session);
        for indexed in [false, true] {
            if indexed {
                let left = session.ask("SELECT dify_observe.create_search_index()");
                assert_eq!(left, "0");
            }
            for (arguments, found) in [
                ("'退货'", "r1 m1"),
                ("'退货期限'", "m1"),
                ("'期限　三十天'", "m1"),
                ("'货退'", ""),
                ("'退'", "r1 m1"),
                ("'ありがとう'", "m3"),
                ("'返品'", "m3"),
                ("'환불'", "m5"),
                ("'RETURN'", "r1 m4"),
                ("'policy return'", "r1 m4"),
                ("'return', include_debug => true", "r1 m6 m4"),
                ("'return', source => 'runs'", "r1"),
                ("'return', source => 'messages'", "m4"),
                ("'return', until => '2026-02-02 00:00+00'", "m4"),
                ("'return', start => '2026-02-02 00:00+00'", "r1"),
                ("'100%'", "m4"),
                ("'1%0'", ""),
                ("'t_o'", ""),
                (r#"'"two"'"#, "m4"),
                (r#"'"hi" \'"#, "m2"),
                (r#"'"policy"'"#, "r1"),
                (r"'C:\dir'", "r2"),
                ("'été'", "m2"),
                ("'ÉTÉ'", "m2"),
                ("'plage a'", "m2"),
            ] {
                let read = search(&mut session, arguments).join(" ");
                assert_eq!(read, found, "{arguments} in {locale}, indexed: {indexed}");
            }
        }
    }
}

#[test]
fn a_snippet_shows_the_place_where_the_word_is() {
    let (_cluster, mut session) = without_worker("snippets");
    talks(&mut session);
    for (words, field, snippet) in [
        ("POLICY", "query", "The Return Policy"),
        ("三十天", "answer", "您可以在三十天内退货。"),
        (
            r#""two""#,
            "inputs",
            r#"{"note": "line one\nline \"two\""}"#,
        ),
    ] {
        let row = session.table(&format!("SELECT field, snippet FROM dify_observe.search_logs('{APP}', '{words}', source => 'messages')"));
        assert_eq!(row, [[Some(field.to_owned()), Some(snippet.to_owned())]]);
    }
    let long = "repeat('a ', 200) || 'needle' || repeat(' b', 200)";
    let snippet = session.ask(&format!("SELECT dify_observe.snippet({long}, 'NEEDLE')"));
    assert_eq!(
        snippet,
        format!("…{}needle{}…", "a ".repeat(30), " b".repeat(30))
    );
    let snippet = session.ask("SELECT dify_observe.snippet('needle', 'needle') || dify_observe.snippet(repeat('x', 60) || 'needle' || repeat('y', 60), 'needle')");
    assert_eq!(
        snippet,
        format!("needle{}needle{}", "x".repeat(60), "y".repeat(60))
    );
}

#[test]
fn pages_of_a_search_lose_no_tie_and_hold_nothing_twice() {
    let (_cluster, mut session) = logged("search_pages");
    for indexed in [false, true] {
        if indexed {
            session.run("SELECT dify_observe.create_search_index()");
        }
        let expected = session.column(
            "SELECT id FROM (SELECT id, created_at FROM dify_observe.messages UNION ALL SELECT id, created_at FROM dify_observe.workflow_runs) t
             ORDER BY created_at DESC, id DESC",
        );
        let read = pages(&mut session, "search_logs", ", query => '答案'", 23);
        assert_eq!(read, expected, "indexed: {indexed}");
        let nothing_since = session.number(&format!(
            "SELECT count(*) FROM dify_observe.search_logs('{APP}', '答案', (SELECT max(created_at) FROM dify_observe.messages) + interval '1 day', page_size => 5)"
        ));
        assert_eq!(nothing_since, 0, "indexed: {indexed}");
    }
}

/// More rows than are looked through first, over 23 days; each word is in one of so many.
#[test]
fn words_that_are_in_many_rows_or_few_are_found_in_all_of_them_page_by_page() {
    let (_cluster, mut session) = without_worker("search_many");
    session.run(&format!(
        "SELECT dify_observe.ensure_partitions('2026-01-20', '2026-03-02');
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => CASE n % 11 WHEN 0 THEN '{OTHER}' ELSE '{APP}' END::uuid, status => 'normal', query => {text}, created_at => {at})
         FROM generate_series(1, 1400) n;
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded', outputs => to_json({text}), created_at => {at})
         FROM generate_series(1, 1400) n;
         SELECT dify_observe.create_search_index()",
        text = "concat_ws(' ', 'number', md5(n::text), CASE WHEN n % 2 = 0 THEN 'often' END, CASE WHEN n % 50 = 0 THEN 'elk 退货' END, CASE WHEN n % 450 = 0 THEN 'Seldom' END)",
        at = "timestamptz '2026-03-01 00:00+00' - n * n * interval '1 s'",
    ));
    let everything = "SELECT id, created_at, query AS text, app_id FROM dify_observe.messages UNION ALL SELECT id, created_at, outputs::text, app_id FROM dify_observe.workflow_runs";
    for word in ["often", "elk", "退货", "seldom", "seldom elk", "nowhere"] {
        let all = word
            .split(' ')
            .map(|word| format!("AND text ILIKE '%{word}%'"));
        let expected = session.column(&format!(
            "SELECT id FROM ({everything}) r WHERE app_id = '{APP}' {} ORDER BY created_at DESC, id DESC",
            all.collect::<String>()
        ));
        let read = pages(
            &mut session,
            "search_logs",
            &format!(", query => '{word}'"),
            20,
        );
        assert_eq!(read, expected, "{word}");
        assert_eq!(read.is_empty(), word == "nowhere");
    }
}

#[test]
fn a_rare_word_is_found_by_the_index_among_many_rows_and_new_partitions_are_indexed() {
    let (_cluster, mut session) = without_worker("search_index");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', query => md5(n::text) || CASE n WHEN 5 THEN ' 独角兽 unicorn' ELSE '' END)
         FROM generate_series(1, 3000) n;
         SELECT dify_observe.create_search_index(); SELECT dify_observe.ensure_partitions(now(), now() + interval '1 day');"
    ));
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.unsearchable_partitions()"),
        0
    );
    for words in ["unicorn", "独角兽"] {
        session.run("ANALYZE dify_observe.messages; BEGIN");
        let found = session.number(&format!(
            "SELECT count(*) FROM dify_observe.search_logs('{APP}', '{words}')"
        ));
        let scans = session.number("SELECT sum(pg_stat_get_xact_numscans(indexrelid)) FROM pg_index WHERE pg_get_indexdef(indexrelid) LIKE '%content_terms(%'");
        session.run("COMMIT");
        assert_eq!(found, 1, "{words}");
        assert!(scans > 0, "{words}: {scans}");
    }
}

#[test]
fn what_cannot_be_searched_is_said() {
    let (_cluster, mut session) = without_worker("search_refused");
    for (arguments, code) in [
        ("NULL, 'x'", "22004"),
        (&format!("'{APP}', ''"), "22004"),
        (&format!("'{APP}', '  '"), "22004"),
        (&format!("'{APP}', 'x', source => 'nodes'"), "22023"),
        (&format!("'{APP}', 'x', after => 'nothing'"), "22023"),
        (&format!("'{APP}', 'x', page_size => 0"), "22023"),
    ] {
        let refusal = session.refused(&format!(
            "SELECT * FROM dify_observe.search_logs({arguments})"
        ));
        assert_eq!(refusal.code, code, "{arguments}");
    }
}
