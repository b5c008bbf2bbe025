//! Operations inserted or copied straight into their tables: completed, told, refused and guarded as by their functions.

use postgres::Client;
use serde_json::Value;

use crate::asking::{Asking, ready};
use crate::call::Kind;
use crate::operations::{OPERATIONS, operation};
use crate::row_copies::{self, columns};

const ROWS: i64 = 300;

/// A row that the function logged, to be logged again by other means.
fn model(session: &mut Client, kind: &Kind) -> String {
    let given = [
        ("user_id", "u"),
        ("error", "e"),
        ("duration", "1.5"),
        ("metadata", r#"{"k": [1]}"#),
    ];
    session.call(&operation(kind).with_all(&given))
}

/// The whole companion log, its own ids put aside.
fn log_of(session: &mut Client, id: &str) -> Value {
    let log = session.json(&format!(
        "SELECT json_agg(to_jsonb(l) - 'id' - 'recorded_at' - 'span_id') FROM dify_observe.companion_log_details l WHERE source_id = '{id}'"
    ));
    let log = log
        .to_string()
        .replace(id, "own id")
        .replace(&id.replace('-', ""), "own id");
    serde_json::from_str(&log).expect("JSON")
}

#[track_caller]
fn assert_told_alike(session: &mut Client, kind: &Kind, model: &str, rows: i64) {
    let expected = log_of(session, model);
    assert_eq!(expected[0]["event_name"], kind.event);
    let others = session.column(&format!(
        "SELECT id FROM dify_observe.{} WHERE id <> '{model}'",
        kind.table
    ));
    assert_eq!(others.len() as i64, rows);
    for id in others.iter().step_by(97) {
        assert_eq!(log_of(session, id), expected, "{}", kind.table);
    }
    let events = "SELECT count(*) || ' ' || count(DISTINCT source_id) FROM dify_observe.events";
    assert_eq!(session.ask(events), format!("{} {}", rows + 1, rows + 1));
    session.run(&format!(
        "TRUNCATE dify_observe.events, dify_observe.{}",
        kind.table
    ));
}

#[test]
fn an_insert_of_one_row_and_one_of_many_tell_the_same() {
    let (_cluster, mut session) = ready("op_inserts");
    for kind in &OPERATIONS {
        for (rows, ids) in [
            (1, "gen_random_uuid()"),
            (ROWS, "gen_random_uuid()"),
            (1, "NULL"),
            (ROWS, "NULL"),
        ] {
            let model = model(&mut session, kind);
            row_copies::insert(&mut session, kind.table, &model, rows, ids);
            assert_told_alike(&mut session, kind, &model, rows);
        }
    }
}

#[test]
fn copy_tells_the_same() {
    let (_cluster, mut session) = ready("op_copy");
    for kind in &OPERATIONS {
        let model = model(&mut session, kind);
        row_copies::copy(&mut session, kind.table, &model, ROWS);
        assert_told_alike(&mut session, kind, &model, ROWS);
    }
}

/// What is left out of a row, and what it becomes.
#[test]
fn id_end_duration_and_tokens_are_completed() {
    let (_cluster, mut session) = ready("op_completed");
    session.run("SET timezone = 'UTC'");
    for kind in &OPERATIONS {
        let columns = columns(&mut session, kind.table);
        let model = model(&mut session, kind);
        for (finished_at, duration, completed) in [
            ("NULL", "2.5", "2026-02-03 04:05:08.5+00 2.5"),
            (
                "'2026-02-03 04:05:07+00'",
                "NULL",
                "2026-02-03 04:05:07+00 1",
            ),
            ("'2026-02-03 04:05:07+00'", "9", "2026-02-03 04:05:07+00 9"),
        ] {
            let own = |column: &str| match column {
                "created_at" => "'2026-02-03 04:05:06+00'".to_owned(),
                "finished_at" => finished_at.to_owned(),
                "duration" => duration.to_owned(),
                "error" => "'completed'".to_owned(),
                other => other.to_owned(),
            };
            let values: Vec<String> = columns.split(", ").map(own).collect();
            session.run(&format!(
                "INSERT INTO dify_observe.{table} ({columns}) SELECT {} FROM dify_observe.{table} WHERE id = '{model}'",
                values.join(", "),
                table = kind.table
            ));
            let row = format!(
                "SELECT concat_ws(' ', finished_at, duration) || (dify_observe.id_time(id) = created_at)::text FROM dify_observe.{} WHERE error = 'completed'",
                kind.table
            );
            assert_eq!(
                session.ask(&row),
                format!("{completed}true"),
                "{}",
                kind.table
            );
            session.run(&format!(
                "DELETE FROM dify_observe.{} WHERE error = 'completed'",
                kind.table
            ));
        }
    }
    session.run(
        "INSERT INTO dify_observe.prompt_generations (tenant_id, operation_type, status, input_tokens, output_tokens, user_id) \
         VALUES (gen_random_uuid(), 'o', 'failed', 3, 4, 'both'), (gen_random_uuid(), 'o', 'failed', 3, NULL, 'one')",
    );
    let totals = "SELECT total_tokens FROM dify_observe.prompt_generations WHERE user_id IN ('both', 'one') ORDER BY user_id";
    assert_eq!(session.column(totals), ["7", "NULL"]);
}

#[test]
fn a_row_with_nothing_but_what_is_required_is_told() {
    let (_cluster, mut session) = ready("op_least");
    let new = "gen_random_uuid()";
    for (row, event) in [
        (
            format!(
                "tool_executions (tenant_id, app_id, tool_name, status) VALUES ({new}, {new}, 't', 'failed')"
            ),
            "dify.tool.execution",
        ),
        (
            format!(
                "moderation_checks (tenant_id, app_id, action, flagged) VALUES ({new}, {new}, 'a', true)"
            ),
            "dify.moderation.check",
        ),
        (
            format!(
                "suggested_questions (tenant_id, app_id, status) VALUES ({new}, {new}, 'error')"
            ),
            "dify.suggested_question.generation",
        ),
        (
            format!(
                "dataset_retrievals (tenant_id, app_id, status) VALUES ({new}, {new}, 'succeeded')"
            ),
            "dify.dataset.retrieval",
        ),
        (
            format!(
                "generated_names (tenant_id, app_id, conversation_id, status) VALUES ({new}, {new}, {new}, 'succeeded')"
            ),
            "dify.generate_name.execution",
        ),
        (
            format!(
                "prompt_generations (tenant_id, operation_type, status) VALUES ({new}, 'o', 'succeeded')"
            ),
            "dify.prompt_generation.execution",
        ),
    ] {
        session.run(&format!(
            "TRUNCATE dify_observe.events; INSERT INTO dify_observe.{row}"
        ));
        assert_eq!(
            session.column("SELECT event_name FROM dify_observe.companion_logs"),
            [event]
        );
        let table = row.split(' ').next().expect("a table");
        let completed = format!(
            "SELECT concat_ws(' ', finished_at >= created_at, duration >= 0, dify_observe.id_time(id) IS NOT NULL) FROM dify_observe.{table}"
        );
        assert_eq!(session.column(&completed), ["t t t"]);
    }
}

#[test]
fn id_and_time_of_a_row_never_change_and_other_changes_tell_nothing() {
    let (_cluster, mut session) = ready("op_updates");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-03', '2026-03-02')");
    for kind in &OPERATIONS {
        let id = session.call(&operation(kind).with("created_at", "2026-02-03 04:05:06+00"));
        let before = session.number("SELECT count(*) FROM dify_observe.events");
        for change in [
            "id = gen_random_uuid()",
            "created_at = created_at + interval '1 microsecond'",
            "created_at = '2026-03-01 00:00+00'",
            "created_at = '2025-01-01 00:00+00'",
        ] {
            let update = format!(
                "UPDATE dify_observe.{} SET {change} WHERE id = '{id}'",
                kind.table
            );
            let refusal = session.refused(&update);
            assert_eq!(refusal.code, "23514", "{update}");
            assert!(
                refusal.message.contains("never change"),
                "{update} {refusal:?}"
            );
        }
        session.run(&format!(
            "UPDATE dify_observe.{} SET error = 'late', duration = 7 WHERE id = '{id}'",
            kind.table
        ));
        assert_eq!(
            session.number("SELECT count(*) FROM dify_observe.events"),
            before
        );
    }
}

#[test]
fn only_the_rows_of_this_transaction_are_told() {
    let (_cluster, mut session) = ready("op_mixed");
    for kind in &OPERATIONS {
        model(&mut session, kind);
        session.run(&format!(
            "CREATE TABLE kept AS TABLE dify_observe.{table}; TRUNCATE dify_observe.events, dify_observe.{table};
             BEGIN; INSERT INTO kept SELECT (jsonb_populate_record(k, jsonb_build_object('id', gen_random_uuid(), 'xid', pg_current_xact_id()::text))).* FROM kept k;
             INSERT INTO dify_observe.{table} SELECT * FROM kept; COMMIT; DROP TABLE kept",
            table = kind.table
        ));
        let rows = format!(
            "SELECT (SELECT count(*) FROM dify_observe.{}) || ' ' || (SELECT count(*) FROM dify_observe.events)",
            kind.table
        );
        assert_eq!(session.ask(&rows), "2 1", "{}", kind.table);
        session.run("TRUNCATE dify_observe.events");
    }
}

#[test]
fn wrong_rows_are_refused_by_the_tables_too() {
    let (_cluster, mut session) = ready("op_checks");
    for kind in &OPERATIONS {
        let columns = columns(&mut session, kind.table);
        let model = model(&mut session, kind);
        let nil = "'00000000-0000-0000-0000-000000000000'";
        let mut wrong = vec![
            ("duration", "'NaN'"),
            ("duration", "'Infinity'"),
            ("duration", "-1"),
            ("finished_at", "created_at - interval '1 second'"),
            ("finished_at", "'2554-01-01'"),
            ("finished_at", "'infinity'"),
            ("created_at", "'1969-01-01'"),
            ("created_at", "'-infinity'"),
            ("parent_trace_id", nil),
            ("message_id", nil),
            ("workflow_run_id", nil),
            ("node_execution_id", nil),
        ];
        wrong.extend(match kind.table {
            "moderation_checks" => vec![],
            "suggested_questions" => vec![
                ("status", "'done'"),
                ("count", "-1"),
                ("total_tokens", "-1"),
            ],
            "dataset_retrievals" => vec![
                ("status", "'running'"),
                ("document_count", "-1"),
                ("dataset_ids", "'{a,NULL}'"),
                ("dataset_names", "'{{a},{b}}'"),
            ],
            "generated_names" => vec![("status", "'done'"), ("conversation_id", nil)],
            "prompt_generations" => vec![
                ("status", "'done'"),
                ("input_tokens", "-1"),
                ("total_price", "'NaN'"),
                ("total_price", "-1"),
            ],
            _ => vec![("status", "'stopped'")],
        });
        for (column, value) in wrong {
            let own: Vec<&str> = columns
                .split(", ")
                .map(|own| if own == column { value } else { own })
                .collect();
            assert!(own.contains(&value), "{} has {column}", kind.table);
            let sql = format!(
                "INSERT INTO dify_observe.{table} ({columns}) SELECT {} FROM dify_observe.{table} WHERE id = '{model}'",
                own.join(", "),
                table = kind.table
            );
            assert_eq!(session.refused(&sql).code, "23514", "{sql}");
        }
    }
}
