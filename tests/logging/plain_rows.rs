//! INSERT, COPY and UPDATE tell the same as the logging functions.

use postgres::Client;
use serde_json::Value;

use crate::asking::{Asking, ready};
use crate::call::{KINDS, Kind};
use crate::row_copies::{self, columns};

const ROWS: i64 = 500;

/// A row that the function logged, to be logged again by other means.
fn model(session: &mut Client, kind: &Kind) -> String {
    let given = [
        ("user_id", "u"),
        ("inputs", r#"{"a": [1]}"#),
        ("input_tokens", "1"),
        ("output_tokens", "2"),
        ("error", "e"),
    ];
    session.call(&kind.call().with_all(&given).with("status", "failed"))
}

/// The whole companion log, its own ids put aside.
fn log_of(session: &mut Client, id: &str) -> Value {
    let log = session.json(&format!(
        "SELECT json_agg(to_jsonb(l) - 'id' - 'recorded_at' - 'trace_id' - 'span_id') FROM dify_observe.companion_log_details l WHERE source_id = '{id}'"
    ));
    serde_json::from_str(&log.to_string().replace(id, "own id")).expect("JSON")
}

#[track_caller]
fn assert_told_alike(session: &mut Client, kind: &Kind, model: &str, rows: i64) {
    let expected = log_of(session, model);
    let others = session.column(&format!(
        "SELECT id FROM dify_observe.{} WHERE id <> '{model}'",
        kind.table
    ));
    assert_eq!(others.len() as i64, rows);
    for id in others.iter().step_by(97) {
        assert_eq!(log_of(session, id), expected, "{}", kind.table);
    }
    let events = "SELECT count(*) || ' ' || count(DISTINCT source_id) FROM dify_observe.events WHERE event IN (1, 2, 4)";
    assert_eq!(session.ask(events), format!("{} {}", rows + 1, rows + 1));
}

fn clear(session: &mut Client, kind: &Kind) {
    session.run(&format!(
        "TRUNCATE dify_observe.events, dify_observe.{}",
        kind.table
    ));
}

#[test]
fn an_insert_of_one_row_and_one_of_many_tell_the_same() {
    let (_cluster, mut session) = ready("inserts");
    for kind in &KINDS {
        for (rows, ids) in [
            (1, "gen_random_uuid()"),
            (ROWS, "gen_random_uuid()"),
            (1, "NULL"),
            (ROWS, "NULL"),
        ] {
            let model = model(&mut session, kind);
            row_copies::insert(&mut session, kind.table, &model, rows, ids);
            assert_told_alike(&mut session, kind, &model, rows);
            clear(&mut session, kind);
        }
    }
}

#[test]
fn copy_tells_the_same() {
    let (_cluster, mut session) = ready("copy");
    for kind in &KINDS {
        let model = model(&mut session, kind);
        row_copies::copy(&mut session, kind.table, &model, ROWS);
        assert_told_alike(&mut session, kind, &model, ROWS);
        clear(&mut session, kind);
    }
}

#[test]
fn an_update_of_many_rows_tells_each_of_them() {
    let (_cluster, mut session) = ready("updates");
    for kind in &KINDS {
        let columns = columns(&mut session, kind.table);
        let model = model(&mut session, kind);
        let begun = columns
            .replace("status", "'running'")
            .replace("finished_at", "NULL");
        let table = kind.table;
        session.run(&format!(
            "INSERT INTO dify_observe.{table} ({columns}) SELECT {begun} FROM dify_observe.{table}, generate_series(1, {ROWS}) WHERE id = '{model}'"
        ));
        assert_eq!(
            session.number("SELECT count(*) FROM dify_observe.events WHERE event IN (1, 2, 4)"),
            1
        );
        session.run(&format!(
            "UPDATE dify_observe.{table} SET status = 'failed', finished_at = (SELECT finished_at FROM dify_observe.{table} WHERE id = '{model}') WHERE status = 'running'"
        ));
        assert_told_alike(&mut session, kind, &model, ROWS);
        clear(&mut session, kind);
    }
}

#[test]
fn a_row_that_is_given_nothing_but_what_is_required_is_completed() {
    let (_cluster, mut session) = ready("least");
    for (table, required, lasted) in [
        (
            "workflow_runs",
            "tenant_id, app_id, workflow_id, status) VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'failed'",
            "elapsed_time",
        ),
        (
            "node_executions",
            "tenant_id, app_id, workflow_run_id, node_id, node_type, status) VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'n', 'code', 'failed'",
            "elapsed_time",
        ),
        (
            "messages",
            "tenant_id, app_id, status) VALUES (gen_random_uuid(), gen_random_uuid(), 'failed'",
            "duration",
        ),
    ] {
        session.run(&format!("INSERT INTO dify_observe.{table} ({required})"));
        let row = format!(
            "SELECT concat_ws(' ', dify_observe.id_time(id) IS NOT NULL, finished_at >= created_at, {lasted} >= 0) FROM dify_observe.{table}"
        );
        assert_eq!(session.column(&row), ["t t t"], "{table}");
    }
    assert_eq!(
        session.column("SELECT severity FROM dify_observe.companion_logs"),
        ["ERROR"; 3]
    );
}

#[test]
fn wrong_rows_are_refused_by_the_tables_too() {
    let (_cluster, mut session) = ready("checks");
    for kind in &KINDS {
        let columns = columns(&mut session, kind.table);
        let model = model(&mut session, kind);
        let wrong = [
            ("status", "'done'"),
            ("input_tokens", "-1"),
            ("total_price", "'NaN'"),
            ("total_price", "'Infinity'"),
            (kind.elapsed, "'NaN'"),
            (kind.elapsed, "'Infinity'"),
            (kind.elapsed, "-1"),
            ("finished_at", "created_at - interval '1 second'"),
            ("created_at", "'1969-01-01'"),
            ("parent_trace_id", "'00000000-0000-0000-0000-000000000000'"),
        ];
        for (column, value) in wrong {
            let values: Vec<&str> = columns
                .split(", ")
                .map(|own| if own == column { value } else { own })
                .collect();
            assert!(values.contains(&value), "{} has {column}", kind.table);
            let sql = format!(
                "INSERT INTO dify_observe.{table} ({columns}) SELECT {} FROM dify_observe.{table} WHERE id = '{model}'",
                values.join(", "),
                table = kind.table
            );
            assert_eq!(session.refused(&sql).code, "23514", "{sql}");
        }
    }
}
