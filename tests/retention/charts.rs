//! Charts say the same after their rows are gone, and nothing goes that is not in them.

use crate::history::*;

const CHARTS: &str = "SELECT row_to_json(c) FROM (
    SELECT 'messages' AS what, bucket, message_count::text FROM stats_daily_messages()
    UNION ALL SELECT 'conversations', bucket, conversation_count::text FROM stats_daily_conversations(time_zone => 'Asia/Kathmandu')
    UNION ALL SELECT 'users', bucket, end_user_count::text FROM stats_daily_end_users()
    UNION ALL SELECT 'runs', bucket, runs::text FROM stats_workflow_runs()
    UNION ALL SELECT 'satisfied', bucket, rate::text FROM stats_user_satisfaction_rate()
    UNION ALL SELECT 'latency', bucket, p95::text FROM stats_latency()) c ORDER BY c.what, c.bucket";

#[test]
fn a_chart_says_the_same_before_and_after_its_rows_went() {
    let (_cluster, mut session) = quiet("charts");
    for age in ["60 days", "40 days", "3 days"] {
        log(&mut session, TENANT, age, 10);
    }
    settle(&mut session);
    let before = column(&mut session, CHARTS);
    assert!(before.len() >= 15, "{before:?}");
    retain(&mut session);
    assert_eq!(count(&mut session, "messages"), 10);
    assert_eq!(column(&mut session, CHARTS), before);
}

/// What a dump brings is added to the charts with the first thing that is logged then.
#[test]
fn a_restored_database_keeps_what_is_not_in_its_charts_yet() {
    let (_cluster, mut session) = quiet("restored_charts");
    log(&mut session, TENANT, "40 days", 10);
    // As after a restore: another installation, which began when all of it was recorded.
    run(
        &mut session,
        "UPDATE installation SET since = clock_timestamp()",
    );
    let before = column(&mut session, CHARTS);
    retain(&mut session);
    assert_eq!(count(&mut session, "messages"), 10);
    let blocked = told(&mut session, "blocked");
    assert!(blocked.contains("not in the rollups yet"), "{blocked}");
    log(&mut session, OTHER, "200 days", 1);
    run(&mut session, "CALL fold_metrics()");
    retain(&mut session);
    assert_eq!(count(&mut session, "messages"), 0);
    let after = column(&mut session, CHARTS);
    assert!(
        before.iter().all(|point| after.contains(point)),
        "{before:?} {after:?}"
    );
}
