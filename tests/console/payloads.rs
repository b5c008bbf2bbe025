//! A list reads the payload of the rows it returns, and of no other.

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

/// How often values were fetched from outside their rows, in this transaction.
const FETCHED: &str = "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_xact_all_tables t WHERE schemaname = 'pg_toast' \
     AND relid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = 'dify_observe'::regnamespace)";

#[test]
fn no_list_reads_the_payload_of_a_row_that_it_does_not_return() {
    let (_cluster, mut session) = without_worker("toast");
    let payload = "(SELECT string_agg(md5(n::text || k), ' ') FROM generate_series(1, 500) k)";
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', conversation_id => md5('c' || n % 10)::uuid,
           query => {payload}, answer => {payload}, inputs => to_json({payload}), total_tokens => n % 7) FROM generate_series(1, 100) n;
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded',
           inputs => to_json({payload}), outputs => to_json({payload}), total_tokens => n % 7) FROM generate_series(1, 100) n;
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => id, rating => 'like', content => left(answer, 15000))
         FROM dify_observe.messages",
    ));
    for (list, sort, columns) in [
        ("message_list", "-created_at", 2),
        ("message_list", "total_tokens", 2),
        ("run_list", "-created_at", 2),
        ("run_list", "-total_tokens", 2),
        ("feedback_list", "-created_at", 3),
        ("conversation_list", "-last_message_at", 1),
        ("conversation_list", "message_count", 1),
    ] {
        session.run("BEGIN");
        let before = session.number(FETCHED);
        session.run(&format!(
            "SELECT * FROM dify_observe.{list}(app_id => '{APP}', sort => '{sort}', page_size => 3, with_total => true)"
        ));
        let fetched = session.number(FETCHED) - before;
        session.run("COMMIT");
        assert!(
            (3..=3 * columns).contains(&fetched),
            "{list} {sort}: {fetched}"
        );
    }
}
