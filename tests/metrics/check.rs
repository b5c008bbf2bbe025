//! `check_metrics()` finds nothing where all is well, and everything that is not.

use std::thread;

use dify_observe_tests::Collector;

use crate::counted::{DATABASE, differences, exporting, fold, message_of, sent};

#[test]
fn nothing_differs_while_and_after_many_sessions_log() {
    let collector = Collector::start();
    let cluster = exporting("concurrent", &collector);
    thread::scope(|scope| {
        for writer in 0..4 {
            let cluster = &cluster;
            scope.spawn(move || {
                let mut session = cluster.connect(DATABASE);
                for turn in 0..60 {
                    let call = message_of(&format!("m{writer}"), f64::from(turn) * 0.013);
                    let end = if turn % 4 == 0 { "ROLLBACK" } else { "COMMIT" };
                    session
                        .batch_execute(&format!("BEGIN; {call}; {end}"))
                        .expect("logged");
                }
            });
        }
        for _ in 0..5 {
            fold(&cluster);
            assert_eq!(differences(&cluster), Vec::<crate::counted::Row>::new());
        }
    });
    fold(&cluster);
    assert_eq!(differences(&cluster), Vec::<crate::counted::Row>::new());
    sent(&collector, 4 * 45);
}

#[test]
fn a_falsified_state_is_found_and_named() {
    let collector = Collector::start();
    let cluster = exporting("falsified", &collector);
    cluster.sql(DATABASE, &message_of("m", 1.5));
    cluster.sql(DATABASE, &message_of("m", 0.5));
    fold(&cluster);
    assert_eq!(differences(&cluster).len(), 0);
    let of = |name: &str| {
        format!("series_id = (SELECT id FROM dify_observe.series WHERE name = 'dify.{name}')")
    };
    for (falsify, right, name, what, expected, actual) in [
        (
            "value = value + 1",
            "value = 2",
            "requests.total",
            "value",
            "2",
            Some("3"),
        ),
        (
            "value = 0",
            "value = 14",
            "tokens.total",
            "value",
            "14",
            Some("0"),
        ),
        (
            "count = 1",
            "count = 2",
            "message.duration",
            "count",
            "2",
            Some("1"),
        ),
        (
            "sum = 2.000001",
            "sum = 2",
            "message.duration",
            "sum",
            "2.000000",
            Some("2.000001"),
        ),
    ] {
        let set = |change: &str| {
            let statement = format!("UPDATE dify_observe.state SET {change} WHERE {}", of(name));
            cluster.sql(DATABASE, &statement);
        };
        set(falsify);
        let text = |text: &str| Some(text.to_owned());
        let found = differences(&cluster);
        assert_eq!(found.len(), 1, "{falsify}: {found:?}");
        assert_eq!(found[0][0], text(&format!("dify.{name}")));
        assert_eq!(found[0][1], text(what));
        let number = |at: usize| {
            found[0][at]
                .as_deref()
                .and_then(|it| it.parse::<f64>().ok())
        };
        assert_eq!(number(2), expected.parse().ok());
        assert_eq!(number(3), actual.and_then(|it| it.parse().ok()));
        set(right);
        assert_eq!(differences(&cluster).len(), 0, "{right}");
    }
    // A series too few, and one too many.
    cluster.sql(
        DATABASE,
        &format!(
            "DELETE FROM dify_observe.state WHERE {}",
            of("requests.total")
        ),
    );
    assert_eq!(differences(&cluster)[0][3], None);
    cluster.sql(
        DATABASE,
        "INSERT INTO dify_observe.state (series_id, value, updated_at)
                  SELECT id, 2, now() FROM dify_observe.series WHERE name = 'dify.requests.total';
                  UPDATE dify_observe.series SET labels = labels || '{\"status\": \"other\"}' WHERE name = 'dify.requests.total'",
    );
    assert_eq!(differences(&cluster).len(), 2);
}

#[test]
fn an_event_that_was_not_counted_is_found() {
    let collector = Collector::start();
    let cluster = exporting("uncounted", &collector);
    cluster.sql(DATABASE, &message_of("m", 1.0));
    fold(&cluster);
    // As if a second one had been passed over.
    cluster.sql(DATABASE, &message_of("m", 1.0));
    cluster.sql(
        DATABASE,
        "UPDATE dify_observe.messages SET total_tokens = 8 WHERE id = (SELECT id FROM dify_observe.messages LIMIT 1)",
    );
    fold(&cluster);
    let names: Vec<_> = differences(&cluster)
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(names, [Some("dify.tokens.total".to_owned())]);
}
