//! What was started is finished: once, by whichever way.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS, Kind};

const PAIRS: [(&Kind, &str, &str); 2] = [
    (&KINDS[0], "start_workflow_run", "finish_workflow_run"),
    (&KINDS[1], "start_node_execution", "finish_node_execution"),
];

fn events(session: &mut Client, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT event_name FROM dify_observe.companion_logs WHERE source_id = '{id}'"
    ))
}

fn state(session: &mut Client, kind: &Kind, id: &str) -> String {
    session.ask(&format!(
        "SELECT concat_ws(' ', status, finished_at IS NOT NULL) FROM dify_observe.{} WHERE id = '{id}'",
        kind.table
    ))
}

#[test]
fn a_start_tells_nothing_and_a_finish_tells_it_once() {
    let (_cluster, mut session) = ready("start_finish");
    for (kind, start, finish) in PAIRS {
        let id = session.call(&Call::of(start));
        assert_eq!(state(&mut session, kind, &id), "running f");
        assert!(events(&mut session, &id).is_empty());
        let ended = Call::of(finish).with("id", &id).with("status", "failed");
        for _ in 0..2 {
            assert_eq!(session.call(&ended), id);
            assert_eq!(state(&mut session, kind, &id), "failed t");
            assert_eq!(events(&mut session, &id), [kind.event]);
        }
        let late = Call::of(finish).with("id", &id).with("error", "late");
        session.call(&late);
        assert_eq!(state(&mut session, kind, &id), "failed t", "{finish} twice");
    }
}

#[test]
fn a_draft_is_told_as_a_draft_when_it_is_finished() {
    let (_cluster, mut session) = ready("draft");
    let start = Call::of("start_node_execution").without("workflow_run_id");
    let id = session.call(&start.with("draft", "true"));
    session.call(&Call::of("finish_node_execution").with("id", &id));
    assert_eq!(events(&mut session, &id), ["dify.node.execution.draft"]);
}

#[test]
fn a_status_that_is_not_final_changes_the_state_only() {
    let (_cluster, mut session) = ready("paused");
    for (kind, start, finish) in PAIRS {
        let id = session.call(&Call::of(start));
        for status in kind.open {
            let call = Call::of(finish).with("id", &id).with("status", status);
            assert_eq!(session.call(&call), id);
            assert_eq!(state(&mut session, kind, &id), format!("{status} f"));
        }
        assert!(events(&mut session, &id).is_empty());
        session.call(&Call::of(finish).with("id", &id));
        assert_eq!(state(&mut session, kind, &id), "succeeded t");
        assert_eq!(events(&mut session, &id), [kind.event]);
    }
}

#[test]
fn every_argument_of_the_finish_is_stored() {
    let (_cluster, mut session) = ready("finish_arguments");
    let told = [
        ("outputs", r#"{"a": 1}"#),
        ("error", "e"),
        ("input_tokens", "1"),
        ("output_tokens", "2"),
        ("total_tokens", "4"),
        ("total_price", "0.1"),
        ("currency", "USD"),
        ("elapsed_time", "1.5"),
        ("created_at", "2026-02-03 04:05:06+00"),
        ("finished_at", "2026-02-03 04:05:09+00"),
    ];
    let run = [("warnings", "[1]"), ("total_steps", "3")];
    let node = [
        ("process_data", "[2]"),
        ("model_provider", "p"),
        ("model_name", "m"),
        ("plugin_name", "pn"),
        ("plugin_id", "pi"),
        ("dataset_ids", "{d1,d2}"),
        ("dataset_names", "{n1,n2}"),
        ("metadata", r#"{"k": "v"}"#),
    ];
    for ((kind, start, finish), own) in PAIRS.into_iter().zip([&run[..], &node[..]]) {
        let id = session.call(&Call::of(start).with("created_at", "2026-02-03 04:05:06+00"));
        let call = Call::of(finish)
            .with("id", &id)
            .with_all(&told)
            .with_all(own);
        session.call(&call.without("created_at"));
        let whole = session.call(&kind.call().with_all(&told).with_all(own));
        let row = |id: &str| {
            format!(
                "SELECT to_jsonb(r) - 'id' - 'xid' FROM dify_observe.{} r WHERE id = '{id}'",
                kind.table
            )
        };
        let (finished, logged) = (session.json(&row(&id)), session.json(&row(&whole)));
        assert_eq!(finished, logged, "{finish} stores what {} does", kind.log);
        for (argument, _) in told.iter().chain(own) {
            assert!(!finished[*argument].is_null(), "{finish} {argument}");
        }
    }
}

#[test]
fn a_plain_update_finishes_too() {
    let (_cluster, mut session) = ready("update");
    for kind in &KINDS {
        let id = session.call(&kind.call().with("status", "running"));
        let ended = kind.done[0];
        session.run(&format!(
            "UPDATE dify_observe.{} SET status = '{ended}', input_tokens = 1, output_tokens = 2 WHERE id = '{id}'",
            kind.table
        ));
        assert_eq!(state(&mut session, kind, &id), format!("{ended} t"));
        assert_eq!(events(&mut session, &id), [kind.event]);
        let derived = format!(
            "SELECT total_tokens = 3 AND {} IS NOT NULL FROM dify_observe.{} WHERE id = '{id}'",
            kind.elapsed, kind.table
        );
        assert_eq!(session.ask(&derived), "t");
    }
}

#[test]
fn changing_a_finished_row_tells_nothing_more() {
    let (_cluster, mut session) = ready("changed_later");
    for kind in &KINDS {
        let id = session.call(&kind.call());
        let [one, other, ..] = kind.done else {
            panic!("two final states")
        };
        for status in [other, one] {
            session.run(&format!(
                "UPDATE dify_observe.{} SET status = '{status}', error = 'e' WHERE id = '{id}'",
                kind.table
            ));
        }
        assert_eq!(events(&mut session, &id), [kind.event]);
    }
}

#[test]
fn a_finished_row_is_not_reopened_and_id_and_time_never_change() {
    let (_cluster, mut session) = ready("guarded");
    for kind in &KINDS {
        let id = session.call(&kind.call());
        let reopened = kind.open.iter().map(|state| format!("status = '{state}'"));
        let moved = [
            "id = gen_random_uuid()",
            "created_at = created_at - interval '1 second'",
            "created_at = created_at - interval '3 days'",
        ];
        for change in reopened.chain(moved.map(str::to_owned)) {
            let sql = format!(
                "UPDATE dify_observe.{} SET {change} WHERE id = '{id}'",
                kind.table
            );
            let refusal = session.refused(&sql);
            assert_eq!(refusal.code, "23514", "{sql}");
            assert!(refusal.message.contains(kind.table), "{refusal:?}");
            assert!(refusal.detail.contains(&id), "{refusal:?}");
        }
        let running = session.call(&kind.call().with("status", "running"));
        let sql = format!(
            "UPDATE dify_observe.{} SET id = gen_random_uuid() WHERE id = '{running}'",
            kind.table
        );
        assert_eq!(session.refused(&sql).code, "23514");
    }
}
