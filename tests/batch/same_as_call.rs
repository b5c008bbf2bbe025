//! Whatever the arguments: what log_batch stores and tells, and what it refuses, is the same as with the logging function.

use std::time::{SystemTime, UNIX_EPOCH};

use postgres::Client;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::asking::{Asking, without_worker};
use crate::event::{function, names};
use crate::event_catalogue;
use crate::random_fields::{Field, field};

const ROUNDS: usize = 60;

/// Always the same ones, and one that nobody has tried; `DIFY_OBSERVE_SEED` asks for one.
fn seeds() -> Vec<u64> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    match std::env::var("DIFY_OBSERVE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => vec![1, 2, u64::from(now.subsec_nanos())],
    }
}

struct Kind {
    name: String,
    function: String,
    table: String,
    /// Name and type.
    arguments: Vec<(String, String)>,
}

fn kind(session: &mut Client, name: String) -> Kind {
    let function = function(&name);
    let arguments = session.table(&format!(
        "SELECT a.name, format_type(a.type, NULL) FROM pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) AS a (name, type) \
         WHERE p.oid = 'dify_observe.{function}'::regproc"
    ));
    let pair = |mut row: Vec<Option<String>>| {
        let kind = row.pop().flatten().expect("a type");
        (row.pop().flatten().expect("a name"), kind)
    };
    let table = event_catalogue::event(&name)["table"]
        .as_str()
        .expect("a table")
        .to_owned();
    Kind {
        name,
        function,
        table,
        arguments: arguments.into_iter().map(pair).collect(),
    }
}

fn statuses(name: &str) -> &'static [&'static str] {
    match name {
        "dify.workflow.run" => &[
            "succeeded",
            "failed",
            "stopped",
            "partial-succeeded",
            "normal",
        ],
        "dify.message.run" => &[
            "normal",
            "succeeded",
            "failed",
            "error",
            "stopped",
            "partial-succeeded",
        ],
        name if name.starts_with("dify.node") => &[
            "succeeded",
            "failed",
            "exception",
            "retry",
            "stopped",
            "normal",
        ],
        _ => &["succeeded", "failed", "error", "stopped"],
    }
}

/// The row and the event there are after the statement, their own ids put aside; or the refusal. Companion logs follow from these.
fn outcome(session: &mut Client, kind: &Kind, statement: &str, given_id: Option<&str>) -> String {
    session.run("SAVEPOINT before");
    let outcome = match session.try_rows(statement) {
        Err(refusal) => {
            let message = refusal.message.trim_start_matches("event 1 of 1: ");
            format!("{} {message} {}", refusal.code, refusal.detail)
        }
        Ok(_) => {
            let key = if kind.table == "apps" { "app_id" } else { "id" };
            let rows = session.column(&format!(
                "SELECT tableoid::regclass || ' ' || to_jsonb(r) || ' ' || coalesce(dify_observe.id_time({key})::text, '') FROM dify_observe.{} r",
                kind.table
            ));
            let ids = session.column(&format!("SELECT {key} FROM dify_observe.{}", kind.table));
            let events = session.column(
                "SELECT concat_ws(' ', event, source_at, source_id, trace_id, change) FROM dify_observe.events ORDER BY id",
            );
            let mut all = [rows, events].concat().join("\n");
            if given_id.is_none() {
                for id in ids {
                    all = all
                        .replace(&id, "own id")
                        .replace(&id.replace('-', ""), "own id");
                }
            }
            all
        }
    };
    session.run("ROLLBACK TO before");
    outcome
}

fn compare(session: &mut Client, kind: &Kind, fields: &[Field], seed: u64) {
    let of = |name: &str| fields.iter().find(|field| field.name == name);
    let mut arguments: Vec<String> = fields
        .iter()
        .map(|field| format!("{} => {}", field.name, field.literal))
        .collect();
    if kind.name == "dify.node.execution.draft" {
        arguments.push("draft => true".to_owned());
    }
    let call = format!(
        "SELECT dify_observe.{}({})",
        kind.function,
        arguments.join(", ")
    );
    let members: String = fields
        .iter()
        .map(|field| format!(", \"{}\": {}", field.name, field.json))
        .collect();
    let event = format!("{{\"event\": \"{}\"{members}}}", kind.name).replace('\'', "''");
    let given_id = of("id")
        .map(|id| id.literal.as_str())
        .or(kind.table.starts_with("app").then_some(""));
    let expected = outcome(session, kind, &call, given_id);
    for (way, statement) in [
        (
            "alone",
            format!("SELECT dify_observe.log_batch('[{event}]')"),
        ),
        (
            "one by one",
            format!("SELECT dify_observe.batch_event('{event}')"),
        ),
    ] {
        let found = outcome(session, kind, &statement, given_id);
        assert_eq!(
            simplified(&found),
            simplified(&expected),
            "DIFY_OBSERVE_SEED={seed}, {way}: {event}\n{call}"
        );
    }
}

/// A value that cannot be read is refused by the type in a call, and with the field's name in a batch.
fn simplified(outcome: &str) -> String {
    let unreadable = ["22P02", "22003", "22008"]
        .iter()
        .any(|code| outcome.starts_with(code))
        || outcome.contains("Allowed: a value of type");
    if unreadable {
        "unreadable".to_owned()
    } else {
        outcome.to_owned()
    }
}

#[test]
fn random_events_of_every_kind_are_stored_told_and_refused_as_by_their_function() {
    let (_cluster, mut session) = without_worker("batch_same");
    session.run(
        "SET timezone = 'UTC'; SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-05'), dify_observe.ensure_partitions('2026-03-01', '2026-03-02')",
    );
    let v7 = session.column(
        "SELECT dify_observe.uuid_v7(t) FROM unnest('{1970-01-01Z,2026-02-03 23:59:59.999Z,2026-02-04Z,2026-03-01Z,2200-01-01Z}'::timestamptz[]) t, generate_series(1, 20)",
    );
    let kinds: Vec<Kind> = names()
        .into_iter()
        .map(|name| kind(&mut session, name))
        .collect();
    for seed in seeds() {
        let mut random = SmallRng::seed_from_u64(seed);
        for kind in &kinds {
            for _ in 0..ROUNDS {
                let drawn = |(name, type_): &(String, String)| match name.as_str() {
                    "draft" => None,
                    "workflow_run_id" if kind.name.ends_with("draft") => None,
                    _ => field(&mut random, name, type_, statuses(&kind.name), &v7),
                };
                let fields: Vec<Field> = kind.arguments.iter().filter_map(drawn).collect();
                // now() stands still, and follows the same way into what is derived.
                session.run("BEGIN");
                compare(&mut session, kind, &fields, seed);
                session.run("ROLLBACK");
            }
        }
    }
}
