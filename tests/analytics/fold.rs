//! Each event is in the rollups once, whatever happens to the fold.

use std::thread;
use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};
use postgres::Client;

use crate::shop::{APP, DATABASE, fold, open, rows};

fn message(at: &str, more: &str) -> String {
    format!(
        "SELECT dify_observe.log_message(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => '{APP}', status => 'normal', created_at => {at}, finished_at => {at}{more})"
    )
}

fn counted(session: &mut Client) -> i64 {
    let sum = "SELECT coalesce(sum(count), 0)::bigint FROM dify_observe.rollup_usage";
    session.query_one(sum, &[]).expect("a sum").get(0)
}

fn charted(session: &mut Client) -> i64 {
    let sum =
        "SELECT coalesce(sum(message_count), 0)::bigint FROM dify_observe.stats_daily_messages()";
    session.query_one(sum, &[]).expect("a sum").get(0)
}

#[test]
fn messages_of_many_sessions_are_each_counted_once_while_the_worker_folds_and_crashes() {
    let cluster = Cluster::start("concurrent");
    cluster.create_extension(DATABASE);
    thread::scope(|scope| {
        for writer in 0..4 {
            let cluster = &cluster;
            scope.spawn(move || {
                let mut session = cluster.connect(DATABASE);
                for turn in 0..50 {
                    let call = message(
                        "now()",
                        &format!(
                            ", model_name => 'm{writer}', conversation_id => md5('{writer}')::uuid"
                        ),
                    );
                    let end = if turn % 4 == 0 { "ROLLBACK" } else { "COMMIT" };
                    session
                        .batch_execute(&format!("BEGIN; {call}; {end}"))
                        .expect("logged");
                }
            });
        }
        let mut reader = cluster.connect(DATABASE);
        let mut before = 0;
        for _ in 0..5 {
            fold(&mut reader);
            let now = charted(&mut reader);
            assert!(now >= before, "{now} after {before}");
            before = now;
        }
    });
    let mut session = cluster.connect(DATABASE);
    assert_eq!(charted(&mut session), 4 * 37);
    let worker = cluster
        .backend_pid("dify_observe worker", DATABASE)
        .expect("a worker");
    cluster.signal(worker, "SIGKILL");
    // The server still answers for a moment before it begins anew.
    eventually("another worker", Duration::from_secs(60), || {
        cluster
            .backend_pid("dify_observe worker", DATABASE)
            .is_some_and(|pid| pid != worker)
    });
    let mut session = cluster.connect(DATABASE);
    session
        .batch_execute(&message("now()", ""))
        .expect("logged");
    fold(&mut session);
    assert_eq!(charted(&mut session), 4 * 37 + 1);
    assert_eq!(counted(&mut session), 4 * 37 + 1);
}

#[test]
fn a_transaction_that_stays_open_is_charted_when_it_commits_and_nothing_waits_for_it() {
    let cluster = Cluster::start("open_transaction");
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    let mut slow = cluster.connect(DATABASE);
    slow.batch_execute(&format!("BEGIN; {}", message("now()", "")))
        .expect("logged");
    session
        .batch_execute(&message("now()", ""))
        .expect("logged");
    fold(&mut session);
    assert_eq!(charted(&mut session), 1);
    slow.batch_execute("COMMIT").expect("committed");
    assert_eq!(charted(&mut session), 2, "not folded yet, and charted");
    session
        .batch_execute(&message("now()", ""))
        .expect("logged");
    eventually("all folded", Duration::from_secs(60), || {
        fold(&mut session);
        let now = counted(&mut session);
        if now == 3 { Ok(()) } else { Err(now) }
    });
    assert_eq!(charted(&mut session), 3);
}

#[test]
fn a_row_logged_late_counts_for_its_own_time_and_one_changed_later_as_it_was() {
    let (_cluster, mut session) = open("late");
    session
        .batch_execute(&message(
            "'2026-01-05 03:14:59+00'",
            ", input_tokens => 5, output_tokens => 2",
        ))
        .expect("logged");
    fold(&mut session);
    session
        .batch_execute(&message(
            "'2026-01-05 03:00+00'",
            ", input_tokens => 5, output_tokens => 2",
        ))
        .expect("logged");
    fold(&mut session);
    session
        .batch_execute("UPDATE dify_observe.messages SET total_tokens = 1000")
        .expect("changed");
    fold(&mut session);
    assert_eq!(
        rows(
            &mut session,
            "SELECT quarter AT TIME ZONE 'UTC' AS at, count AS n, total_tokens AS tokens FROM dify_observe.rollup_usage"
        ),
        [r#"{"n": 2, "at": "2026-01-05T03:00:00", "tokens": 14}"#]
    );
}

#[test]
fn feedback_that_comes_before_its_message_moves_to_it() {
    let (_cluster, mut session) = open("early_feedback");
    let id = "dddddddd-0000-4000-8000-000000000001";
    let give = |rating: &str| {
        format!(
            "SELECT dify_observe.log_feedback(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => '{APP}', message_id => '{id}', rating => {rating}, created_at => '2026-01-09')"
        )
    };
    session.batch_execute(&give("'like'")).expect("feedback");
    fold(&mut session);
    let stands = "SELECT bucket::date AS day, likes, dislikes, rated FROM dify_observe.stats_user_satisfaction_rate(start => '2026-01-01', until => '2026-02-01') WHERE rated > 0";
    assert_eq!(
        rows(&mut session, stands),
        [r#"{"day": "2026-01-09", "likes": 1, "rated": 1, "dislikes": 0}"#]
    );
    session
        .batch_execute(&message(
            "'2026-01-05 03:00+00'",
            &format!(", id => '{id}'"),
        ))
        .expect("logged");
    fold(&mut session);
    assert_eq!(
        rows(&mut session, stands),
        [r#"{"day": "2026-01-05", "likes": 1, "rated": 1, "dislikes": 0}"#]
    );
    // The message is gone when the rating changes.
    session
        .batch_execute("TRUNCATE dify_observe.messages")
        .expect("gone");
    session
        .batch_execute(&give("'dislike'").replace("01-09", "01-10"))
        .expect("feedback");
    fold(&mut session);
    assert_eq!(
        rows(&mut session, stands),
        [r#"{"day": "2026-01-05", "likes": 0, "rated": 1, "dislikes": 1}"#]
    );
    session
        .batch_execute(&give("NULL").replace("01-09", "01-11"))
        .expect("withdrawn");
    fold(&mut session);
    assert_eq!(rows(&mut session, stands), [""; 0]);
}

#[test]
fn hostile_labels_fill_neither_the_disk_nor_stop_the_fold() {
    let (_cluster, mut session) = open("hostile");
    let many = format!(
        "INSERT INTO dify_observe.messages (id, tenant_id, app_id, created_at, status, model_name, model_provider, invoke_from, currency, total_price, user_id)
         SELECT gen_random_uuid(), 'aaaaaaaa-0000-4000-8000-000000000001', '{APP}', '2026-01-05 03:00+00', 'normal', n || repeat('x', 100000), repeat('\u{4e2d}', 300) || n,
           repeat(md5(n::text), 20), CASE WHEN n % 2 = 0 THEN 'USD' ELSE 'c' || n END, 1, repeat('u', 5000) || n FROM generate_series(1, 1500) n"
    );
    session.batch_execute(&many).expect("logged");
    fold(&mut session);
    session.batch_execute(&many).expect("logged");
    fold(&mut session);
    assert_eq!(charted(&mut session), 3000);
    let kept: i64 = session
        .query_one("SELECT count(*) FROM dify_observe.rollup_dimensions", &[])
        .expect("a number")
        .get(0);
    assert!(kept <= 1002, "{kept}");
    let dollars = "SELECT total_price::bigint AS sum FROM dify_observe.stats_token_costs() WHERE currency = 'USD'";
    assert_eq!(rows(&mut session, dollars), [r#"{"sum": 1500}"#]);
}
