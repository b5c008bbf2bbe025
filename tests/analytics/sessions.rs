//! Messages per conversation, of many conversations.

use crate::shop::{APP, stocked};

#[test]
fn conversations_that_lie_in_no_order_are_read_page_by_page() {
    let (_cluster, mut session) = stocked("sessions");
    // As the fold leaves them: parts follow in time, within a part their order is that of hashes.
    session
        .batch_execute(&format!(
            "INSERT INTO dify_observe.rollup_conversations (tenant_id, app_id, member, first_quarter, messages, compat_messages, debug_messages)
             SELECT md5('tenant')::uuid, '{APP}', substr(sha256(n::text::bytea), 1, 8), timestamptz '2026-05-01 00:00+00' + n / 20 * interval '15 minutes', 1 + n % 3, 1, 0
             FROM generate_series(0, 39999) n ORDER BY n / 4000, sha256(n::text::bytea);
             ANALYZE dify_observe.rollup_conversations"
        ))
        .expect("conversations");
    let ask = format!(
        "SELECT interactions::text FROM dify_observe.stats_average_session_interactions('{APP}', start => '2026-05-01', until => '2026-05-20', time_zone => 'Africa/Monrovia')"
    );
    let told: Vec<String> = (session.query(&ask, &[]).expect("a statistic").iter())
        .map(|row| row.get(0))
        .collect();
    assert_eq!(told, vec!["2.00"; 19]);
    let plan: serde_json::Value = session
        .query_one(
            &format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ask}"),
            &[],
        )
        .expect("a plan")
        .get(0);
    let read = plan[0]["Plan"]["Shared Hit Blocks"].as_u64();
    assert!(read < Some(10_000), "{read:?} buffers");
}
