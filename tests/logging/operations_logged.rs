//! Operations logged by their functions: times that follow from others, ids that are known, roles, and partitions.

use std::thread;

use postgres::Client;

use crate::asking::{Asking, ready, until_blocked, without_worker};
use crate::call::Kind;
use crate::operations::{OPERATIONS, operation};

const AT: &str = "2026-02-03 04:05:06+00";

fn row(session: &mut Client, kind: &Kind, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT to_jsonb(r) FROM dify_observe.{} r WHERE id = '{id}'",
        kind.table
    ))
}

fn events(session: &mut Client, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT event_name FROM dify_observe.companion_logs WHERE source_id = '{id}'"
    ))
}

/// A UUIDv7 of `AT`, and a UUID without a time.
fn both_ids(session: &mut Client) -> [String; 2] {
    let v7 = session.ask(&format!("SELECT dify_observe.uuid_v7('{AT}')"));
    [v7, session.ask("SELECT gen_random_uuid()")]
}

/// Seconds before now, or after the start: contract section 2.
#[test]
fn every_combination_of_times_is_completed_as_the_contract_says() {
    let (_cluster, mut session) = ready("op_times");
    for kind in &OPERATIONS {
        for bits in 0..16_u8 {
            let given = |bit: u8, value: i64| (bits >> bit & 1 == 1).then_some(value);
            let (id_at, created, finished, duration) = (
                given(0, -5000),
                given(1, -3000),
                given(2, -1000),
                given(3, 100),
            );
            session.run("BEGIN");
            let ago = |session: &mut Client, seconds: i64| {
                session.ask(&format!(
                    "SELECT date_trunc('milliseconds', now()) + interval '{seconds} s'"
                ))
            };
            let now = ago(&mut session, 0);
            let mut call = operation(kind);
            for (argument, seconds) in [("created_at", created), ("finished_at", finished)] {
                if let Some(seconds) = seconds {
                    call = call.with(argument, &ago(&mut session, seconds));
                }
            }
            if let Some(seconds) = duration {
                call = call.with("duration", &seconds.to_string());
            }
            if let Some(seconds) = id_at {
                let at = ago(&mut session, seconds);
                let id = session.ask(&format!("SELECT dify_observe.uuid_v7('{at}')"));
                call = call.with("id", &id);
            }
            let id = session.call(&call);
            let began = created
                .or(id_at)
                .unwrap_or(finished.unwrap_or(0) - duration.unwrap_or(0));
            let ended = finished.unwrap_or(duration.map_or(0, |lasted| began + lasted));
            let lasted = duration.unwrap_or(ended - began);
            let stored = session.ask(&format!(
                "SELECT concat_ws(' ', round(extract(epoch FROM created_at - '{now}')), round(extract(epoch FROM finished_at - '{now}')), round(duration::numeric)) \
                 FROM dify_observe.{} WHERE id = '{id}'",
                kind.table
            ));
            assert_eq!(
                stored,
                format!("{began} {ended} {lasted}"),
                "{} {bits:04b}",
                kind.log
            );
            session.run("COMMIT");
        }
    }
}

#[test]
fn a_known_id_changes_nothing_and_is_returned() {
    let (_cluster, mut session) = without_worker("op_again");
    for partitions in [false, true] {
        if partitions {
            session.run("SELECT dify_observe.ensure_partitions('2026-01-01', '2026-04-01')");
        }
        for kind in &OPERATIONS {
            for id in both_ids(&mut session) {
                let call = operation(kind).with("id", &id);
                assert_eq!(session.call(&call), id);
                let before = row(&mut session, kind, &id);
                assert_eq!(before.len(), 1, "{}", kind.log);
                for again in [
                    call.clone(),
                    call.clone().with("error", "again"),
                    call.with("created_at", "2026-02-03 23:00+00"),
                ] {
                    assert_eq!(session.call(&again), id);
                }
                assert_eq!(row(&mut session, kind, &id), before, "{}", kind.log);
                assert_eq!(events(&mut session, &id), [kind.event]);
            }
        }
    }
}

#[test]
fn two_at_once_with_one_id_log_one_row_and_one_event() {
    let (cluster, mut session) = ready("op_at_once");
    for kind in &OPERATIONS {
        for end in ["COMMIT", "ROLLBACK"] {
            for id in both_ids(&mut session) {
                let call = operation(kind).with("id", &id);
                let mut other = cluster.connect("postgres");
                session.run("BEGIN");
                session.call(&call);
                thread::scope(|scope| {
                    let waiting = scope.spawn(|| other.call(&call));
                    until_blocked(&mut cluster.connect("postgres"), 1);
                    session.run(end);
                    assert_eq!(waiting.join().expect("the second call"), id);
                });
                assert_eq!(row(&mut session, kind, &id).len(), 1, "{} {end}", kind.log);
                assert_eq!(events(&mut session, &id), [kind.event], "{end}");
            }
        }
    }
}

#[test]
fn insert_on_its_table_is_enough_to_insert_and_to_be_told() {
    let (cluster, mut session) = ready("op_inserter");
    session.run("CREATE ROLE inserter LOGIN; GRANT USAGE ON SCHEMA dify_observe TO inserter");
    for kind in &OPERATIONS {
        session.run(&format!(
            "GRANT INSERT ON dify_observe.{} TO inserter",
            kind.table
        ));
        let mut inserter = cluster.connect_as("postgres", "inserter");
        let required: Vec<&str> = match kind.table {
            "moderation_checks" => vec!["tenant_id", "app_id", "action", "flagged"],
            "tool_executions" => vec!["tenant_id", "app_id", "tool_name", "status"],
            "generated_names" => vec!["tenant_id", "app_id", "conversation_id", "status"],
            "prompt_generations" => vec!["tenant_id", "operation_type", "status"],
            _ => vec!["tenant_id", "app_id", "status"],
        };
        let value = |column: &&str| match *column {
            "status" => "'failed'",
            "flagged" => "true",
            column if column.ends_with("_id") => "gen_random_uuid()",
            _ => "'text'",
        };
        let values: Vec<&str> = required.iter().map(value).collect();
        let columns = format!("{}, message_id, node_execution_id", required.join(", "));
        inserter.run(&format!(
            "INSERT INTO dify_observe.{} ({columns}) VALUES ({}, gen_random_uuid(), gen_random_uuid())",
            kind.table,
            values.join(", ")
        ));
        let told = "SELECT event_name FROM dify_observe.companion_logs ORDER BY id DESC LIMIT 1";
        assert_eq!(session.ask(told), kind.event);
        for sql in [
            format!("SELECT FROM dify_observe.{}", kind.table),
            format!("UPDATE dify_observe.{} SET error = 'x'", kind.table),
            format!("DELETE FROM dify_observe.{}", kind.table),
            format!("SELECT dify_observe.{}()", kind.log),
            "SELECT FROM dify_observe.events".to_owned(),
        ] {
            assert_eq!(inserter.refused(&sql).code, "42501", "{sql}");
        }
    }
}

#[test]
fn rows_of_the_default_partition_are_moved_to_their_month_and_nothing_is_told_again() {
    let (_cluster, mut session) = without_worker("op_moved");
    session.run("SET timezone = 'UTC'");
    let mut logged = Vec::new();
    for kind in &OPERATIONS {
        for at in [
            "2026-01-31 23:59:59.999999+00",
            "2026-02-01 00:00+00",
            "2026-02-28 23:59:59.999999+00",
            "2026-03-01 00:00+00",
        ] {
            logged.push((kind, session.call(&operation(kind).with("created_at", at))));
        }
    }
    let logs = "SELECT string_agg(to_jsonb(l)::text, ' ' ORDER BY id) FROM dify_observe.companion_log_details l";
    let before = session.ask(logs);
    assert_eq!(
        session.number("SELECT dify_observe.ensure_partitions('2026-02-10', '2026-02-11')"),
        10
    );
    for (kind, ids) in OPERATIONS.iter().zip(logged.chunks(4)) {
        let leaves = ids.iter().map(|(_, id)| {
            session.ask(&format!(
                "SELECT tableoid::regclass FROM dify_observe.{} WHERE id = '{id}'",
                kind.table
            ))
        });
        let leaves: Vec<String> = leaves.collect();
        let expected = ["default", "p202602", "p202602", "default"]
            .map(|leaf| format!("dify_observe.{}_{leaf}", kind.table));
        assert_eq!(leaves, expected);
        let bound = format!(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = '{}_p202602'",
            kind.table
        );
        assert_eq!(
            session.ask(&bound),
            "FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00')"
        );
    }
    assert_eq!(session.ask(logs), before);
    for (kind, id) in &logged {
        session.call(&operation(kind).with("id", id));
        assert_eq!(row(&mut session, kind, id).len(), 1, "{}", kind.log);
    }
    assert_eq!(session.ask(logs), before, "known ids were logged again");
}
