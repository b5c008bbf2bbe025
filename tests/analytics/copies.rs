//! Charts come along with a dump, what was not folded yet among it, and go on where they were.

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::shop::{APP, DATABASE, fold, pack, rows, stocked};

const CHARTS: &str = "SELECT * FROM dify_observe.stats_daily_end_users(bucket => 'all')
    UNION ALL SELECT * FROM dify_observe.stats_daily_messages(time_zone => 'Asia/Kolkata', include_debug => true)
    UNION ALL SELECT bucket, starts_at, (rate * 10000)::bigint FROM dify_observe.stats_user_satisfaction_rate()
    UNION ALL SELECT bucket, starts_at, (p95 * 1000)::bigint FROM dify_observe.stats_latency()";

fn message(user: &str) -> String {
    format!(
        "SELECT dify_observe.log_message(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => '{APP}', status => 'normal', created_at => '2026-04-07 12:00+00',
           finished_at => '2026-04-07 12:00:01+00', end_user_id => '{user}')"
    )
}

#[track_caller]
fn restored(from: &Cluster, session: &mut Client) -> Client {
    session
        .batch_execute("CREATE DATABASE restored")
        .expect("a database");
    let file = from.folder().join("dump");
    let mut commands = [from.bin("pg_dump"), from.bin("pg_restore")];
    commands[0]
        .args(["--format", "custom", "--file"])
        .arg(&file);
    commands[1]
        .args(["-1", "--exit-on-error", "-d", "restored"])
        .arg(&file);
    for command in &mut commands {
        let done = command.output().expect("a program");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    from.connect("restored")
}

#[test]
fn a_restored_database_shows_the_same_charts_and_counts_on() {
    let (cluster, mut session) = stocked("restored");
    fold(&mut session);
    pack(&mut session);
    // Not folded when the dump is made.
    session.batch_execute(&message("e999")).expect("logged");
    let charts = rows(&mut session, CHARTS);
    let mut copy = restored(&cluster, &mut session);
    assert_eq!(rows(&mut copy, CHARTS), charts);
    fold(&mut copy);
    assert_eq!(rows(&mut copy, CHARTS), charts, "nothing new to fold");

    // A user whom the original knew is not a new one here.
    for database in [&mut session, &mut copy] {
        database.batch_execute(&message("e999")).expect("logged");
        fold(database);
    }
    let went_on = rows(&mut session, CHARTS);
    assert_ne!(went_on, charts);
    for database in [&mut session, &mut copy] {
        assert_eq!(rows(database, CHARTS), went_on);
        pack(database);
        assert_eq!(rows(database, CHARTS), went_on);
    }
    let folded = "SELECT (SELECT sum(count) FROM dify_observe.rollup_usage)::bigint, (SELECT count(*) FROM dify_observe.unfolded_points(NULL, NULL))";
    for database in [&mut session, &mut copy] {
        let row = database.query_one(folded, &[]).expect("numbers");
        assert_eq!(row.get::<_, i64>(1), 0);
        assert!(row.get::<_, i64>(0) > 3000);
    }
}

#[test]
fn a_database_made_from_a_template_shows_the_same_charts_and_counts_on() {
    let (cluster, mut session) = stocked("template");
    fold(&mut session);
    session.batch_execute(&message("e999")).expect("logged");
    let charts = rows(&mut session, CHARTS);
    drop(session);
    let mut other = cluster.connect("template1");
    other
        .batch_execute(&format!("CREATE DATABASE copied TEMPLATE {DATABASE}"))
        .expect("a copy");
    let mut copy = cluster.connect("copied");
    assert_eq!(rows(&mut copy, CHARTS), charts);
    copy.batch_execute(&message("e999")).expect("logged");
    fold(&mut copy);
    let unfolded = "SELECT count(*) AS n FROM dify_observe.unfolded_points(NULL, NULL)";
    assert_eq!(rows(&mut copy, unfolded), [r#"{"n": 0}"#]);
    assert_eq!(rows(&mut copy, CHARTS).len(), charts.len());
}
