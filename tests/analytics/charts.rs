//! A chart says the same of a day before it was folded, after, and when its rows are gone.

use postgres::Client;

use crate::formulas::FORMULAS;
use crate::shop::{APP, START, UNTIL, fold, forget, pack, rows, stocked};

/// Whole hours, :30, :45, clocks set forward by an hour, back by half of one.
const ZONES: [&str; 6] = [
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
];

type Chart = (String, Vec<String>);

fn from_rows(session: &mut Client) -> Vec<Chart> {
    session
        .batch_execute("SET search_path = dify_observe, public")
        .expect("a path");
    let mut charts = Vec::new();
    for zone in ZONES {
        for formula in &FORMULAS {
            let expected = rows(session, &formula.expected(APP, START, UNTIL, zone));
            assert!(expected.len() > 5, "{}: {expected:?}", formula.name);
            charts.push((formula.actual(APP, START, UNTIL, zone), expected));
        }
    }
    session.batch_execute("RESET search_path").expect("a path");
    charts
}

#[track_caller]
fn same(session: &mut Client, charts: &[Chart], when: &str) {
    for (actual, expected) in charts {
        assert_eq!(&rows(session, actual), expected, "{when}: {actual}");
    }
}

#[test]
fn charts_are_those_of_the_rows_before_and_after_these_are_gone() {
    let (_cluster, mut session) = stocked("charts");
    let charts = from_rows(&mut session);
    // Reading what is not folded takes longer; one zone is enough.
    same(&mut session, &charts[..FORMULAS.len()], "not folded");
    fold(&mut session);
    same(&mut session, &charts, "folded");
    pack(&mut session);
    same(&mut session, &charts, "packed");
    forget(&mut session);
    same(&mut session, &charts, "gone");
}

/// Each in what it should be in from the rows, and what the statistic says.
#[test]
fn buckets_of_any_size_follow_the_clocks_of_the_zone() {
    let (_cluster, mut session) = stocked("buckets");
    fold(&mut session);
    for (bucket, zone, of_row) in [
        (
            "hour",
            "UTC",
            "date_trunc('hour', created_at AT TIME ZONE 'UTC')",
        ),
        (
            "hour",
            "Asia/Kathmandu",
            "date_trunc('hour', created_at AT TIME ZONE 'Asia/Kathmandu')",
        ),
        (
            "week",
            "Europe/Berlin",
            "date_trunc('week', created_at AT TIME ZONE 'Europe/Berlin')",
        ),
        (
            "month",
            "Asia/Kolkata",
            "date_trunc('month', created_at AT TIME ZONE 'Asia/Kolkata')",
        ),
        (
            "quarter",
            "Asia/Kolkata",
            "date_trunc('quarter', created_at AT TIME ZONE 'Asia/Kolkata')",
        ),
        (
            "year",
            "UTC",
            "date_trunc('year', created_at AT TIME ZONE 'UTC')",
        ),
        (
            "15 minutes",
            "Australia/Lord_Howe",
            "date_bin('15 minutes', created_at AT TIME ZONE 'Australia/Lord_Howe', '2001-01-01')",
        ),
        (
            "6 hours",
            "Europe/Berlin",
            "date_bin('6 hours', created_at AT TIME ZONE 'Europe/Berlin', '2001-01-01')",
        ),
        (
            "2 days",
            "America/St_Johns",
            "date_bin('2 days', created_at AT TIME ZONE 'America/St_Johns', '2001-01-01')",
        ),
    ] {
        // An hour that comes twice is two buckets.
        let actual = rows(&mut session, &format!(
            "SELECT bucket, sum(message_count)::bigint AS n FROM dify_observe.stats_daily_messages(app_id => '{APP}', time_zone => '{zone}', bucket => '{bucket}', include_debug => true)
             GROUP BY 1 ORDER BY 1"
        ));
        let expected = rows(
            &mut session,
            &format!(
                "SELECT {of_row} AS bucket, count(*) AS n FROM dify_observe.messages WHERE app_id = '{APP}' AND status <> 'running' GROUP BY 1 ORDER BY 1"
            ),
        );
        assert_eq!(actual, expected, "{bucket} {zone}");
    }
}

#[test]
fn percentiles_are_those_of_the_rows_within_the_stated_error() {
    let (_cluster, mut session) = stocked("percentiles");
    fold(&mut session);
    let expected = "SELECT date_trunc('day', created_at AT TIME ZONE 'Asia/Kolkata') AS bucket, count(*) AS n, avg(duration::numeric)::float8 AS mean,
        percentile_disc(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration) AS p,
        percentile_disc(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY time_to_first_token) AS first
      FROM dify_observe.messages WHERE coalesce(invoke_from, '') NOT IN ('debugger', 'debug') AND status <> 'running' GROUP BY 1";
    let off = format!(
        "SELECT count(*) AS days, bool_and(a.count = e.n AND abs(a.mean - e.mean) < 1e-9) AS exact,
           max(greatest(abs(a.p50 / e.p[1] - 1), abs(a.p90 / e.p[2] - 1), abs(a.p95 / e.p[3] - 1), abs(a.p99 / e.p[4] - 1),
             abs(a.first_token_p50 / e.first[1] - 1), abs(a.first_token_p90 / e.first[2] - 1), abs(a.first_token_p95 / e.first[3] - 1), abs(a.first_token_p99 / e.first[4] - 1))) AS off
         FROM dify_observe.stats_latency(time_zone => 'Asia/Kolkata') a FULL JOIN ({expected}) e USING (bucket) WHERE a.kind = 'message'"
    );
    let row = session.query_one(&off, &[]).expect("a comparison");
    assert_eq!(row.get::<_, i64>(0), 14);
    assert!(row.get::<_, bool>(1));
    assert!(row.get::<_, f64>(2) < 0.0489, "{}", row.get::<_, f64>(2));
}

#[test]
fn breakdowns_add_up_to_the_whole() {
    let (_cluster, mut session) = stocked("breakdowns");
    let all = "SELECT kind, currency, sum(count) AS n, sum(failed) AS failed, sum(total_tokens) AS tokens, sum(total_price)::float8 AS price FROM";
    for round in ["not folded", "folded", "packed", "gone"] {
        let whole = rows(
            &mut session,
            &format!(
                "{all} dify_observe.stats_usage_breakdown(bucket => 'all', by => 'app') WHERE kind <> 'run' GROUP BY 1, 2 ORDER BY 1, 2"
            ),
        );
        assert_eq!(whole.len(), 5, "{whole:?}");
        for by in ["model", "provider"] {
            let parts = rows(
                &mut session,
                &format!(
                    "{all} dify_observe.stats_usage_breakdown(by => '{by}', time_zone => 'Asia/Kathmandu') GROUP BY 1, 2 ORDER BY 1, 2"
                ),
            );
            assert_eq!(parts, whole, "{round} {by}");
        }
        let messages = "WHERE kind = 'message' GROUP BY 1, 2 ORDER BY 1, 2";
        assert_eq!(
            rows(
                &mut session,
                &format!("{all} dify_observe.stats_usage_breakdown(by => 'user') {messages}")
            ),
            rows(
                &mut session,
                &format!(
                    "{all} dify_observe.stats_usage_breakdown(by => 'status', bucket => 'month') {messages}"
                )
            ),
            "{round} user"
        );
        match round {
            "not folded" => fold(&mut session),
            "folded" => pack(&mut session),
            _ => forget(&mut session),
        }
    }
}
