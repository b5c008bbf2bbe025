//! A list read page by page has every row once, in order, whatever ties.

use postgres::Client;

use crate::asking::Asking;
use crate::call::APP;
use crate::logged::{logged, pages};

const LISTS: [(&str, &str, &[&str]); 5] = [
    (
        "run_list",
        "workflow_runs",
        &[
            "created_at",
            "finished_at",
            "elapsed_time",
            "total_tokens",
            "total_steps",
            "total_price",
        ],
    ),
    (
        "message_list",
        "messages",
        &[
            "created_at",
            "finished_at",
            "duration",
            "time_to_first_token",
            "total_tokens",
            "total_price",
        ],
    ),
    (
        "conversation_list",
        "conversations",
        &["created_at", "last_message_at", "message_count"],
    ),
    ("feedback_list", "feedbacks", &["created_at"]),
    (
        "annotation_list",
        "annotations",
        &["created_at", "updated_at"],
    ),
];

fn sorted(session: &mut Client, table: &str, key: &str, direction: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT id FROM dify_observe.{table} ORDER BY {key} {direction}, id {direction}"
    ))
}

#[test]
fn every_sort_of_every_list_gives_every_row_once_and_in_order() {
    let (_cluster, mut session) = logged("paging");
    session.run("CALL dify_observe.fold_metrics()");
    // A cursor, and a time within a query, are text: how the session writes such must not matter.
    let settings =
        "SET datestyle = 'SQL, MDY'; SET timezone = 'Asia/Shanghai'; SET extra_float_digits = 0";
    for (settings, indexed) in [("", false), (settings, false), ("", true)] {
        session.run(settings);
        if indexed {
            session.run("SELECT dify_observe.create_sort_index(sort) FROM unnest('{finished_at,elapsed_time,duration,time_to_first_token,total_tokens,total_steps,total_price}'::text[]) sort");
            session.run("ANALYZE");
        }
        for (list, table, keys) in LISTS {
            for key in keys {
                for (minus, direction) in [("", "ASC"), ("-", "DESC")] {
                    let expected = sorted(&mut session, table, key, direction);
                    let sort = format!(", sort => '{minus}{key}'");
                    let page_size = if table == "conversations" { 2 } else { 9 };
                    let read = pages(&mut session, list, &sort, page_size);
                    assert_eq!(read, expected, "{list} {sort} {settings}");
                }
            }
        }
    }
}

#[test]
fn a_row_logged_meanwhile_moves_nothing_on_the_pages_that_follow() {
    let (_cluster, mut session) = logged("meanwhile");
    let before = pages(&mut session, "message_list", "", 140);
    let first = session.table(&format!(
        "SELECT cursor FROM dify_observe.message_list(app_id => '{APP}', page_size => 50) OFFSET 49"
    ));
    let cursor = first[0][0].clone().expect("a cursor");
    session.run(&format!("SELECT dify_observe.log_message(tenant_id => '{APP}', app_id => '{APP}', status => 'normal') FROM generate_series(1, 5)"));
    let rest = session.column(&format!("SELECT id FROM dify_observe.message_list(app_id => '{APP}', page_size => 200, after => '{cursor}')"));
    assert_eq!(rest, before[50..]);
}

#[test]
fn a_cursor_is_the_same_in_every_session() {
    let (_cluster, mut session) = logged("cursor");
    let ask = format!(
        "SELECT string_agg(cursor, ' ') FROM dify_observe.run_list(app_id => '{APP}', page_size => 3)"
    );
    let plain = session.ask(&ask);
    session.run(
        "SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, DMY'; SET extra_float_digits = 0",
    );
    assert_eq!(session.ask(&ask), plain);
    for sort in ["-created_at", "elapsed_time", "-total_price"] {
        assert_eq!(
            pages(&mut session, "run_list", &format!(", sort => '{sort}'"), 11).len(),
            140
        );
    }
}

#[test]
fn the_total_and_a_range_of_time_count_what_they_should() {
    let (_cluster, mut session) = logged("totals");
    session.run("CALL dify_observe.fold_metrics()");
    for (list, table, keys) in LISTS {
        let key = if table == "conversations" {
            "last_message_at"
        } else {
            keys[0]
        };
        let within = format!("{key} >= '2026-02-02 00:00+00' AND {key} < '2026-02-03 12:00+00'");
        let expected = session.ask(&format!(
            "SELECT count(*) FROM dify_observe.{table} WHERE {within}"
        ));
        let range = "start => '2026-02-02 00:00+00', until => '2026-02-03 12:00+00'";
        let told = session.column(&format!(
            "SELECT DISTINCT total FROM dify_observe.{list}(app_id => '{APP}', {range}, with_total => true, page_size => 1)"
        ));
        let counted = session.ask(&format!(
            "SELECT count(*) FROM dify_observe.{list}(app_id => '{APP}', {range}, page_size => 200)"
        ));
        assert_eq!(counted, expected, "{list}");
        assert_eq!(
            told,
            vec![expected.clone(); (expected != "0").into()],
            "{list}"
        );
        let untold = format!("SELECT count(total) FROM dify_observe.{list}(app_id => '{APP}')");
        assert_eq!(session.number(&untold), 0);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let (_cluster, mut session) = logged("refused_lists");
    for (list, _, _) in LISTS {
        for (arguments, code, message) in [
            ("", "22004", "app_id must be given"),
            ("sort => 'colour'", "22023", "sort is not valid: colour"),
            (
                "sort => '--created_at'",
                "22023",
                "sort is not valid: --created_at",
            ),
            ("sort => NULL", "22023", "sort is not valid: null"),
            ("page_size => 0", "22023", "page_size is not valid: 0"),
            ("page_size => 1001", "22023", "page_size is not valid: 1001"),
            ("after => 'x'", "22023", "after is not valid: x"),
            (
                "after => '2026-02-30T00:00:00Z/770e8400-e29b-41d4-a716-446655440002'",
                "22023",
                "after is not valid: 2026-02-30T00:00:00Z/770e8400-e29b-41d4-a716-446655440002",
            ),
            (
                "after => '2026-02-03T00:00:00Z/; DROP TABLE x'",
                "22023",
                "after is not valid: 2026-02-03T00:00:00Z/; DROP TABLE x",
            ),
            (
                "start => '2026-02-03 00:00+00', until => '2026-02-02 00:00+00'",
                "22023",
                "until is not valid: 2026-02-02 00:00:00+00",
            ),
        ] {
            let app = if arguments.is_empty() {
                String::new()
            } else {
                format!("app_id => '{APP}', {arguments}")
            };
            let refusal = session.refused(&format!("SELECT * FROM dify_observe.{list}({app})"));
            assert_eq!(
                (refusal.code.as_str(), refusal.message.as_str()),
                (code, message),
                "{list}({arguments})"
            );
        }
        let of_nobody = format!(
            "SELECT count(*) FROM dify_observe.{list}(app_id => gen_random_uuid(), with_total => true)"
        );
        assert_eq!(session.number(&of_nobody), 0, "{list}");
    }
}
