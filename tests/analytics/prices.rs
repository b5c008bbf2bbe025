//! What a client told wins; the rest is filled in from `prices`, by what held at the time.

use postgres::Client;

use crate::shop::{APP, fold, forget, open, pack, rows};

fn message(session: &mut Client, at: &str, more: &str) {
    let call = format!(
        "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => '{APP}', status => 'normal', created_at => '{at}', finished_at => '{at}',
           model_provider => 'p', model_name => 'm', input_tokens => 1000, output_tokens => 500{more})"
    );
    session.execute(&call, &[]).expect("a message");
}

fn price(session: &mut Client, values: &str) {
    let insert = format!(
        "INSERT INTO dify_observe.prices (model_provider, model_name, valid_from, valid_until, input_price, output_price, currency) VALUES ({values})"
    );
    session.execute(&insert, &[]).expect("a price");
}

fn costs(session: &mut Client) -> Vec<String> {
    rows(
        session,
        "SELECT to_char(bucket, 'MM-DD') AS day, total_price::float8 AS price, estimated_price::float8 AS estimated, currency, token_count AS tokens FROM dify_observe.stats_token_costs()",
    )
}

fn day(day: &str, price: f64, estimated: f64, currency: Option<&str>, tokens: i64) -> String {
    let json = serde_json::json!({"day": day, "price": price, "estimated": estimated, "currency": currency, "tokens": tokens});
    json.to_string()
}

#[track_caller]
fn are(session: &mut Client, wanted: &[String]) {
    let parse = |text: &String| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
    let float = |mut value: serde_json::Value| {
        for key in ["price", "estimated", "tokens"] {
            value[key] = serde_json::json!(value[key].as_f64());
        }
        value
    };
    let found: Vec<_> = costs(session).iter().map(parse).map(float).collect();
    let wanted: Vec<_> = wanted.iter().map(parse).map(float).collect();
    assert_eq!(found, wanted);
}

#[test]
fn a_missing_price_is_filled_in_by_the_range_that_held_also_when_the_rows_are_gone() {
    let (_cluster, mut session) = open("prices");
    let before_the_change = "2026-02-01 11:59:59+00";
    message(&mut session, before_the_change, "");
    message(&mut session, "2026-02-01 12:00+00", "");
    message(
        &mut session,
        "2026-02-02 12:00+00",
        ", total_price => 7, currency => 'EUR'",
    );
    message(
        &mut session,
        "2026-02-03 12:00+00",
        ", total_price => 0, currency => 'USD'",
    );
    message(&mut session, "2026-02-04 12:00+00", "");
    for round in 0..3 {
        are(
            &mut session,
            &[
                day("02-01", 0.0, 0.0, None, 3000),
                day("02-02", 7.0, 0.0, Some("EUR"), 1500),
                day("02-03", 0.0, 0.0, Some("USD"), 1500),
                day("02-04", 0.0, 0.0, None, 1500),
            ],
        );
        price(
            &mut session,
            "'p', 'm', '-infinity', '2026-02-01 12:00+00', 1000, 2000, 'USD'",
        );
        price(
            &mut session,
            "'', 'm', '-infinity', '2026-02-03 00:00+00', 9, 9, 'CNY'",
        );
        price(
            &mut session,
            "'p', 'm', '2026-02-01 12:00+00', '2026-02-04 00:00+00', 3000, 4000, 'USD'",
        );
        are(
            &mut session,
            &[
                day("02-01", 7.0, 7.0, Some("USD"), 3000),
                day("02-02", 7.0, 0.0, Some("EUR"), 1500),
                day("02-03", 0.0, 0.0, Some("USD"), 1500),
                day("02-04", 0.0, 0.0, None, 1500),
            ],
        );
        // Corrected, which counts for the past too; and for any provider from then on.
        session
            .batch_execute(
                "UPDATE dify_observe.prices SET output_price = 0 WHERE valid_from > '-infinity'",
            )
            .expect("a correction");
        price(
            &mut session,
            "'', 'm', '2026-02-04 00:00+00', 'infinity', 10, 20, 'CNY'",
        );
        are(
            &mut session,
            &[
                day("02-01", 5.0, 5.0, Some("USD"), 3000),
                day("02-02", 7.0, 0.0, Some("EUR"), 1500),
                day("02-03", 0.0, 0.0, Some("USD"), 1500),
                day("02-04", 0.02, 0.02, Some("CNY"), 1500),
            ],
        );
        session
            .batch_execute("TRUNCATE dify_observe.prices")
            .expect("no prices");
        match round {
            0 => fold(&mut session),
            _ => forget(&mut session),
        }
    }
}

#[test]
fn a_price_that_cannot_be_told_from_another_or_begins_within_a_quarter_hour_is_refused() {
    let (_cluster, mut session) = open("price_ranges");
    for values in [
        "'p', 'm', '2026-01-01 00:01+00', 'infinity', 1, 1, 'USD'",
        "'p', 'm', '2026-01-02 00:00+00', '2026-01-02 00:00+00', 1, 1, 'USD'",
        "'p', 'm', '-infinity', 'infinity', -1, 1, 'USD'",
        "'p', 'm', '-infinity', 'infinity', 1, 'NaN', 'USD'",
        "'p', 'm', '-infinity', 'infinity', 1, 1, ''",
        "'p', '', '-infinity', 'infinity', 1, 1, 'USD'",
    ] {
        let insert = format!(
            "INSERT INTO dify_observe.prices (model_provider, model_name, valid_from, valid_until, input_price, output_price, currency) VALUES ({values})"
        );
        let error = session.execute(&insert, &[]).expect_err(values);
        assert_eq!(
            error.code().map(|code| code.code()),
            Some("23514"),
            "{values}"
        );
    }
}

/// Finer than a pack's unit, and larger than it can add up.
#[test]
fn what_users_cost_is_exact_in_packs_too_whatever_the_price_and_whoever_told_it() {
    let (_cluster, mut session) = open("user_prices");
    price(
        &mut session,
        "'p', 'm', '2026-02-01 12:00+00', 'infinity', 1, 2, 'CNY'",
    );
    let odd = "0.123456789012345";
    let large = "1e250";
    for (at, user, price) in [
        ("2026-02-01 11:50+00", "ann", ""),
        ("2026-02-01 12:00+00", "ann", ""),
        (
            "2026-02-01 12:01+00",
            "ann",
            ", total_price => 0.25, currency => 'USD'",
        ),
        (
            "2026-02-01 12:02+00",
            "ann",
            &format!(", total_price => {odd}, currency => 'USD'"),
        ),
        (
            "2026-02-02 12:02+00",
            "ann",
            &format!(", total_price => {odd}, currency => 'USD'"),
        ),
        (
            "2026-02-01 12:02+00",
            "bob",
            &format!(", total_price => {large}, currency => 'USD'"),
        ),
        ("2026-02-01 12:02+00", "bob", ", total_price => 3"),
        ("2026-02-03 12:02+00", "bob", ""),
    ] {
        message(
            &mut session,
            at,
            &format!(", end_user_id => '{user}'{price}"),
        );
    }
    let shown = "SELECT count AS n, currency, total_tokens AS tokens, trim_scale(total_price) = (CASE WHEN total_price > 1e100 THEN 1e250 ELSE total_price END) AS exact,
                   CASE WHEN total_price < 1e100 THEN trim_scale(total_price)::text END AS price, trim_scale(estimated_price)::text AS estimated
                 FROM dify_observe.stats_usage_breakdown(bucket => 'all', by => 'user') ORDER BY total_price";
    let row = |n, currency: Option<&str>, price: Option<&str>, estimated: &str| serde_json::json!({"n": n, "currency": currency, "tokens": n * 1500, "exact": true, "price": price, "estimated": estimated});
    let expected = [
        row(1, None, Some("0"), "0"),
        row(1, Some("CNY"), Some("0.002"), "0.002"),
        row(1, Some("CNY"), Some("0.002"), "0.002"),
        row(3, Some("USD"), Some("0.49691357802469"), "0"),
        row(1, None, Some("3"), "0"),
        row(1, Some("USD"), None, "0"),
    ];
    for round in ["not folded", "folded", "packed"] {
        let found: Vec<serde_json::Value> = rows(&mut session, shown)
            .iter()
            .map(|row| serde_json::from_str(row).expect("JSON"))
            .collect();
        assert_eq!(found, expected, "{round}");
        match round {
            "not folded" => fold(&mut session),
            _ => pack(&mut session),
        }
    }
}

#[test]
fn packing_leaves_what_users_did_in_the_currency_that_it_was_in() {
    let (_cluster, mut session) = open("packed_currencies");
    price(
        &mut session,
        "'p', 'm', '2026-02-01 12:00+00', 'infinity', 1, 2, 'CNY'",
    );
    for (user, status, tokens) in [
        ("ann", "normal", 1000),
        ("ann", "stopped", 0),
        ("bob", "stopped", 0),
    ] {
        let call = format!(
            "SELECT dify_observe.log_message(tenant_id => '{APP}', app_id => '{APP}', status => '{status}', created_at => '2026-02-01 12:05+00',
               finished_at => '2026-02-01 12:05+00', model_provider => 'p', model_name => 'm', input_tokens => {tokens}, output_tokens => 0, end_user_id => '{user}')"
        );
        session.execute(&call, &[]).expect("a message");
    }
    let shown = "SELECT count, currency FROM dify_observe.stats_usage_breakdown(bucket => 'all', by => 'user') ORDER BY currency, count, key";
    let not_folded = rows(&mut session, shown);
    assert_eq!(not_folded.len(), 3, "{not_folded:?}");
    fold(&mut session);
    assert_eq!(rows(&mut session, shown), not_folded, "folded");
    pack(&mut session);
    assert_eq!(rows(&mut session, shown), not_folded, "packed");
}
