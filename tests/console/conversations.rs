//! Conversations as they are now, whatever the fold has read.

use std::time::Duration;

use dify_observe_tests::eventually;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT};
use crate::logged::{logged, pages};

const ALL: &str = "SELECT string_agg(concat_ws(' ', id, created_at, last_message_at, message_count, user_id), '; ') FROM dify_observe.conversation_list(";

#[test]
fn a_list_before_between_and_after_folds_is_the_same() {
    let (_cluster, mut session) = logged("conversations");
    let list = format!("{ALL}app_id => '{APP}')");
    let truth = format!(
        "SELECT string_agg(concat_ws(' ', id, first, last, messages, user_id), '; ' ORDER BY last DESC, id DESC) FROM (
           SELECT conversation_id AS id, min(created_at) AS first, max(created_at) AS last, count(*) AS messages, min(user_id) AS user_id
           FROM dify_observe.messages WHERE app_id = '{APP}' GROUP BY 1) c"
    );
    assert_eq!(session.ask(&list), session.ask(&truth), "nothing folded");
    session.run("CALL dify_observe.fold_metrics()");
    assert_eq!(session.ask(&list), session.ask(&truth), "all folded");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', user_id => 'u0',
           conversation_id => md5('c' || n)::uuid) FROM generate_series(5, 9) n"
    ));
    assert_eq!(session.ask(&list), session.ask(&truth), "some folded");
    assert_eq!(pages(&mut session, "conversation_list", "", 3).len(), 10);
    session.run("CALL dify_observe.fold_metrics()");
    assert_eq!(session.ask(&list), session.ask(&truth), "all folded again");
}

#[test]
fn a_transaction_that_the_fold_has_skipped_is_not_forgotten() {
    let (cluster, mut session) = logged("skipped");
    let mut slow = cluster.connect("postgres");
    slow.run(&format!(
        "BEGIN; SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', conversation_id => md5('c77')::uuid)"
    ));
    eventually(
        "the fold goes on without it",
        Duration::from_secs(60),
        || {
            session.run(&format!("SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal')"));
            session.run("CALL dify_observe.fold_metrics()");
            session.number("SELECT count(*) FROM dify_observe.export_progress WHERE destination = 'fold' AND skipped <> '[]'") == 1
        },
    );
    let listed = format!("SELECT count(*) FROM dify_observe.conversation_list(app_id => '{APP}')");
    assert_eq!(session.number(&listed), 7);
    slow.run("COMMIT");
    assert_eq!(session.number(&listed), 8);
    session.run("CALL dify_observe.fold_metrics()");
    assert_eq!(session.number(&listed), 8);
}

#[test]
fn a_row_sums_its_messages_per_currency_and_says_who_liked_it() {
    let (_cluster, mut session) = without_worker("sums");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => s, conversation_id => md5('c')::uuid, id => md5(n::text)::uuid,
           query => 'q' || n, total_tokens => 10, total_price => 0.5, currency => c, user_session_id => 's' || n, created_at => timestamptz '2026-02-03 00:00+00' + n * interval '1 day')
         FROM (VALUES (1, 'normal', 'USD'), (2, 'error', 'EUR'), (3, 'stopped', 'USD'), (4, 'normal', NULL)) v (n, s, c);
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5(m::text)::uuid, rating => r, from_source => f)
         FROM (VALUES (1, 'like', 'user'), (2, 'dislike', 'user'), (1, 'dislike', 'admin'), (3, NULL, 'user')) v (m, r, f);
         SELECT dify_observe.annotate_message(md5('1')::uuid, content => 'better');
         SELECT dify_observe.log_generate_name(tenant_id => '{TENANT}', app_id => '{APP}', conversation_id => md5('c')::uuid, status => 'succeeded', outputs => '\"名前\"')"
    ));
    let row = session.json(&format!(
        "SELECT to_json(c) FROM dify_observe.conversation_list(app_id => '{APP}') c"
    ));
    for (column, value) in [
        ("message_count", "4"),
        ("succeeded", "2"),
        ("failed", "1"),
        ("stopped", "1"),
        ("total_tokens", "40"),
        ("prices", r#"{"":0.5,"EUR":0.5,"USD":1.0}"#),
        ("user_likes", "1"),
        ("user_dislikes", "1"),
        ("team_likes", "0"),
        ("team_dislikes", "1"),
        ("annotations", "1"),
        ("name", "\"名前\""),
        ("first_query", "\"q1\""),
        ("user_session_id", "\"s4\""),
    ] {
        assert_eq!(row[column].to_string(), value, "{column}");
    }
    for (filter, found) in [
        ("keyword => 'Q3'", 1),
        ("keyword => 'q5'", 0),
        ("status => 'error'", 1),
        ("rating => 'like', min_messages => 4", 1),
        ("min_messages => 5", 0),
        ("annotated => false", 0),
        ("annotated => true, user_session_id => 's2'", 1),
        // created_at is what is asked for when sorted by it.
        ("sort => 'created_at', until => '2026-02-05 00:00+00'", 1),
        ("until => '2026-02-05 00:00+00'", 0),
    ] {
        let rows = pages(&mut session, "conversation_list", &format!(", {filter}"), 5);
        assert_eq!(rows.len(), found, "{filter}");
    }
}
