//! What a statistic is asked for, and what it refuses.

use crate::shop::{APP, START, UNTIL, fold, open, rows, stocked};

#[test]
fn what_cannot_be_meant_is_refused_in_words_also_where_there_is_nothing() {
    let (_cluster, mut session) = open("refused");
    for (arguments, named) in [
        ("bucket => 'fortnight'", "bucket"),
        ("bucket => '10 minutes'", "bucket"),
        ("bucket => '1 month 1 day'", "bucket"),
        ("bucket => '-1 day'", "bucket"),
        ("bucket => '0'", "bucket"),
        (
            "bucket => '15 minutes', start => '1970-01-01', until => '2026-01-01'",
            "bucket",
        ),
        (
            "time_zone => 'Mars/Olympus', start => '2026-01-01', until => '2026-01-02'",
            "Mars",
        ),
        ("start => '2026-01-02', until => '2026-01-01'", "start"),
    ] {
        let sql = format!("SELECT * FROM dify_observe.stats_daily_messages({arguments})");
        let error = session.query(&sql, &[]).expect_err(arguments);
        let error = error.as_db_error().expect("the server's");
        assert_eq!(error.code().code(), "22023", "{arguments}: {error}");
        assert!(error.message().contains(named), "{arguments}: {error}");
    }
    let by = session.query(
        "SELECT * FROM dify_observe.stats_usage_breakdown(by => 'colour')",
        &[],
    );
    let by = by.expect_err("no such key");
    assert!(
        by.as_db_error()
            .expect("the server's")
            .message()
            .contains("by is not valid")
    );
}

#[test]
fn nothing_logged_is_no_rows_and_gaps_are_filled_when_asked_for() {
    let (_cluster, mut session) = open("gaps");
    for statistic in [
        "daily_messages",
        "daily_conversations",
        "daily_end_users",
        "token_costs",
        "average_session_interactions",
        "user_satisfaction_rate",
        "average_response_time",
        "tokens_per_second",
        "workflow_runs",
        "workflow_users",
        "workflow_token_costs",
        "average_app_interactions",
        "errors",
        "latency",
    ] {
        assert_eq!(
            rows(
                &mut session,
                &format!("SELECT * FROM dify_observe.stats_{statistic}()")
            ),
            [""; 0],
            "{statistic}"
        );
        let range = "start => '2026-03-28', until => '2026-03-31', time_zone => 'Europe/Berlin'";
        let none = format!("SELECT * FROM dify_observe.stats_{statistic}({range})");
        assert_eq!(rows(&mut session, &none), [""; 0], "{statistic}");
        let filled =
            format!("SELECT bucket FROM dify_observe.stats_{statistic}({range}, fill => true)");
        assert_eq!(rows(&mut session, &filled).len(), 4, "{statistic}");
    }
}

/// From any moment to any other: as from the quarter hour that holds it to the end of the one that holds the last.
#[test]
fn a_range_is_widened_to_quarter_hours_and_the_same_when_read_in_parts() {
    let (_cluster, mut session) = stocked("ranges");
    fold(&mut session);
    let count = |session: &mut postgres::Client, range: &str| -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(message_count), 0)::bigint FROM dify_observe.stats_daily_messages({range}app_id => '{APP}')"
        );
        session.query_one(&sql, &[]).expect("a sum").get(0)
    };
    let whole = count(
        &mut session,
        &format!("start => '{START}', until => '{UNTIL}', "),
    );
    let middle = "2026-03-29 01:15+00";
    let parts = count(
        &mut session,
        &format!("start => '{START}', until => '{middle}', "),
    ) + count(
        &mut session,
        &format!("start => '{middle}', until => '{UNTIL}', "),
    );
    assert_eq!(parts, whole);
    assert_eq!(count(&mut session, ""), whole);
    assert_eq!(
        count(&mut session, "start => '-infinity', until => 'infinity', "),
        whole
    );
    assert_eq!(
        count(
            &mut session,
            "start => '2026-03-29 01:16:30+00', until => '2026-03-29 09:07+00', "
        ),
        count(
            &mut session,
            "start => '2026-03-29 01:15+00', until => '2026-03-29 09:15+00', "
        )
    );
    assert_eq!(
        count(
            &mut session,
            "tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', "
        ),
        whole
    );
    assert_eq!(
        count(
            &mut session,
            "tenant_id => 'aaaaaaaa-0000-4000-8000-000000000002', "
        ),
        0
    );
}
