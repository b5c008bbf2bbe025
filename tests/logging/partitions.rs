//! Partitions of a day, or of a month for operations: made on demand, filled from the default one, and never in a writer's way.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{Call, KINDS};

const ROOTS: [(&str, &str); 4] = [
    ("events", "recorded_at"),
    ("workflow_runs", "created_at"),
    ("node_executions", "created_at"),
    ("messages", "created_at"),
];
const MONTHLY: [&str; 6] = [
    "tool_executions",
    "moderation_checks",
    "suggested_questions",
    "dataset_retrievals",
    "generated_names",
    "prompt_generations",
];

fn leaves(session: &mut Client, root: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'dify_observe.{root}'::regclass ORDER BY 1"
    ))
}

fn leaf_of(session: &mut Client, table: &str, id: &str) -> String {
    session.ask(&format!(
        "SELECT tableoid::regclass FROM dify_observe.{table} WHERE id = '{id}'"
    ))
}

#[test]
fn a_leaf_is_made_for_each_day_of_each_table_with_the_keys_of_the_default_one() {
    let (_cluster, mut session) = without_worker("leaves");
    let made = session.number(
        "SELECT dify_observe.ensure_partitions('2026-02-03 12:00+00', '2026-02-05 00:00+00')",
    );
    assert_eq!(made as usize, 2 * ROOTS.len() + MONTHLY.len());
    for (root, key) in ROOTS {
        let expected = [
            format!("{root}_default"),
            format!("{root}_p20260203"),
            format!("{root}_p20260204"),
        ];
        assert_eq!(leaves(&mut session, root), expected);
        let keys = |leaf: &str| {
            format!(
                "SELECT string_agg(key, '; ' ORDER BY key) FROM ( \
                   SELECT regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX .* USING', '\\1USING') AS key \
                   FROM pg_index WHERE indrelid = 'dify_observe.{leaf}'::regclass) keys"
            )
        };
        let kept = session.ask(&keys(&expected[0]));
        assert!(kept.contains("UNIQUE USING btree (id)"), "{kept}");
        session.run("SET timezone = 'UTC'");
        for leaf in &expected[1..] {
            assert_eq!(session.ask(&keys(leaf)), kept, "{leaf}");
            let checks = |table: &str| {
                format!(
                    "SELECT string_agg(pg_get_constraintdef(oid), '; ' ORDER BY conname) FROM pg_constraint WHERE contype = 'c' AND conrelid = 'dify_observe.{table}'::regclass"
                )
            };
            let (own, default) = (
                session.ask(&checks(leaf)),
                session.ask(&checks(&expected[0])),
            );
            assert_eq!(own, default, "{leaf}");
        }
        let bound = format!(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = '{root}_p20260203'"
        );
        let day = "FOR VALUES FROM ('2026-02-03 00:00:00+00') TO ('2026-02-04 00:00:00+00')";
        assert_eq!(session.ask(&bound), day, "{key}");
    }
}

#[test]
fn operations_have_a_leaf_for_each_month_of_utc() {
    let (_cluster, mut session) = without_worker("months");
    session.run("SET timezone = 'Pacific/Auckland'");
    session.run(
        "SELECT dify_observe.ensure_partitions('2026-02-03 00:00+00', '2026-03-01 00:00:01+00')",
    );
    for root in MONTHLY {
        let expected = ["default", "p202602", "p202603"].map(|leaf| format!("{root}_{leaf}"));
        assert_eq!(leaves(&mut session, root), expected);
    }
    for (at, leaf) in [
        ("2026-01-31T23:59:59.999999Z", "default"),
        ("2026-02-01T00:00:00Z", "p202602"),
        ("2026-02-28T23:59:59.999999Z", "p202602"),
        ("2026-03-31T23:59:59.999999Z", "p202603"),
        ("2026-04-01T00:00:00Z", "default"),
    ] {
        let id = session.call(&Call::of("log_tool_execution").with("created_at", at));
        assert_eq!(
            leaf_of(&mut session, "tool_executions", &id),
            format!("dify_observe.tool_executions_{leaf}")
        );
    }
}

#[test]
fn days_are_those_of_utc_whatever_the_session_thinks() {
    let (_cluster, mut session) = without_worker("utc");
    session.run("SET timezone = 'Pacific/Auckland'; SET datestyle = 'German'");
    session
        .run("SELECT dify_observe.ensure_partitions('2026-02-03 00:00+00', '2026-02-04 00:00+00')");
    assert_eq!(
        leaves(&mut session, "messages"),
        ["messages_default", "messages_p20260203"]
    );
    for (at, leaf) in [
        ("2026-02-02T23:59:59.999999Z", "messages_default"),
        ("2026-02-03T00:00:00Z", "messages_p20260203"),
        ("2026-02-03T23:59:59.999999Z", "messages_p20260203"),
        ("2026-02-04T00:00:00Z", "messages_default"),
    ] {
        let id = session.call(&Call::of("log_message").with("created_at", at));
        assert_eq!(
            leaf_of(&mut session, "messages", &id),
            format!("dify_observe.{leaf}")
        );
    }
}

#[test]
fn made_again_nothing_changes() {
    let (_cluster, mut session) = without_worker("idempotent");
    let ensure = "SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-06')";
    assert_eq!(session.number(ensure), 12 + 6);
    assert_eq!(session.number(ensure), 0);
    assert_eq!(
        session.number("SELECT dify_observe.ensure_partitions('2026-02-02', '2026-02-07')"),
        8
    );
    let default = session.number("SELECT dify_observe.ensure_partitions()");
    assert!(default >= 12, "three days from now on: {default}");
    assert_eq!(session.number("SELECT dify_observe.ensure_partitions()"), 0);
}

#[test]
fn what_is_no_span_of_time_is_refused() {
    let (_cluster, mut session) = without_worker("nonsense");
    for (start, until) in [
        ("'2026-02-03'", "'2026-02-03'"),
        ("'2026-02-04'", "'2026-02-03'"),
        ("NULL", "'2026-02-03'"),
        ("'2026-02-03'", "NULL"),
        ("'-infinity'", "'2026-02-03'"),
        ("'2026-02-03'", "'infinity'"),
        ("'1969-12-31'", "'1970-01-02'"),
        ("'2553-12-31'", "'2554-01-02'"),
    ] {
        let sql = format!("SELECT dify_observe.ensure_partitions({start}, {until})");
        let refusal = session.refused(&sql);
        assert_eq!(refusal.code, "22023", "{sql}");
        assert!(
            refusal.message.contains("start") && refusal.detail.contains("1970"),
            "{refusal:?}"
        );
    }
    assert_eq!(leaves(&mut session, "messages"), ["messages_default"]);
}

#[test]
fn rows_of_the_default_partition_are_moved_and_nothing_is_told_again() {
    let (_cluster, mut session) = without_worker("moved");
    let at = "2026-02-03 04:05:06+00";
    let ids: Vec<String> = KINDS
        .iter()
        .map(|kind| session.call(&kind.call().with("created_at", at)))
        .collect();
    let stays = session.call(&Call::of("log_message").with("created_at", "2026-02-04 00:00+00"));
    let logs = "SELECT string_agg(to_jsonb(l)::text, ' ' ORDER BY id) FROM dify_observe.companion_log_details l";
    let before = session.ask(logs);
    session.run("SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-04')");
    for (kind, id) in KINDS.iter().zip(&ids) {
        assert_eq!(
            leaf_of(&mut session, kind.table, id),
            format!("dify_observe.{}_p20260203", kind.table)
        );
    }
    assert_eq!(
        leaf_of(&mut session, "messages", &stays),
        "dify_observe.messages_default"
    );
    session.run(
        "SELECT dify_observe.ensure_partitions(now() - interval '1 day', now() + interval '1 day')",
    );
    assert_eq!(
        session.number("SELECT count(*) FROM ONLY dify_observe.events_default"),
        0,
        "events were moved"
    );
    assert_eq!(session.ask(logs), before);
    let next = session.call(&Call::of("log_message"));
    let new = format!(
        "SELECT count(*) FROM dify_observe.events WHERE source_id = '{next}' AND id > ALL (SELECT id FROM dify_observe.events WHERE source_id <> '{next}')"
    );
    assert_eq!(session.number(&new), 1);
}

#[test]
fn history_goes_to_the_leaf_of_its_day() {
    let (_cluster, mut session) = without_worker("history");
    session.run("SELECT dify_observe.ensure_partitions('2025-12-30', '2026-01-03')");
    for kind in &KINDS {
        for (at, leaf) in [
            ("2025-12-31 23:59:59.999999+00", "20251231"),
            ("2026-01-01 00:00:00+00", "20260101"),
        ] {
            let id = session.call(&kind.call().with("created_at", at));
            assert_eq!(
                leaf_of(&mut session, kind.table, &id),
                format!("dify_observe.{}_p{leaf}", kind.table)
            );
            let name = format!(
                "SELECT event_name FROM dify_observe.companion_logs WHERE source_id = '{id}'"
            );
            assert_eq!(session.ask(&name), kind.event);
            session.call(&kind.call().with("id", &id).with("created_at", at));
            assert_eq!(
                session.number(&format!(
                    "SELECT count(*) FROM dify_observe.{} WHERE id = '{id}'",
                    kind.table
                )),
                1
            );
        }
    }
}

#[test]
fn more_rows_than_are_moved_stay_where_they_are() {
    let (_cluster, mut session) = without_worker("too_many");
    session.run(
        "INSERT INTO dify_observe.messages (tenant_id, app_id, status, created_at) \
         SELECT gen_random_uuid(), gen_random_uuid(), 'running', '2026-02-03 12:00+00' FROM generate_series(1, 20001)",
    );
    assert_eq!(
        session.number("SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-04')"),
        3 + 6
    );
    assert_eq!(leaves(&mut session, "messages"), ["messages_default"]);
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.messages"),
        20_001
    );
}
