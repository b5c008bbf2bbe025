//! A batch finishes what was started before it, once.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::KINDS;
use crate::event::{Batching, Event, batch, uuid};
use crate::stored::rows_and_events;

const AT: &str = "2026-02-03T12:00:00Z";

fn ids(session: &mut Client, many: usize) -> Vec<String> {
    let timeless = format!("SELECT gen_random_uuid() FROM generate_series(1, {many})");
    let timed = format!("SELECT dify_observe.uuid_v7('{AT}') FROM generate_series(1, {many})");
    let mut ids = session.column(&timeless);
    ids.extend(session.column(&timed));
    ids
}

#[test]
fn what_was_started_is_finished_and_keeps_what_was_told_before() {
    let (_cluster, mut session) = without_worker("batch_started");
    for kind in &KINDS {
        for open in kind.open {
            let ids = ids(&mut session, 30);
            for id in &ids {
                let begun = kind.call().with("id", id).with("status", open);
                session.call(&begun.with("user_id", "first").with("created_at", AT));
            }
            let ended = |id: &String| {
                Event::of(kind.event)
                    .with("id", id.as_str())
                    .with("status", kind.done[0])
                    .with("outputs", "done")
                    .with("finished_at", "2026-02-03T12:00:07Z")
            };
            // Some that are new, among them.
            let mut events: Vec<Event> = ids.iter().map(ended).collect();
            let new: Vec<String> = (0..10)
                .map(|number| uuid(ids.len() * 1000 + number))
                .collect();
            events.extend(new.iter().map(|id| ended(id).with("created_at", AT)));
            for _ in 0..2 {
                assert_eq!(session.log_batch(&batch(&events)), "70 0");
                assert_eq!(
                    rows_and_events(&mut session, kind.table, &ids),
                    vec!["1 1"; 60]
                );
                let row = format!(
                    "SELECT DISTINCT concat_ws(' ', status, user_id, outputs, {}) FROM dify_observe.{} WHERE id = ANY ('{{{}}}')",
                    kind.elapsed,
                    kind.table,
                    ids.join(",")
                );
                let expected = format!(r#"{} first "done" 7"#, kind.done[0]);
                assert_eq!(session.column(&row), [expected], "{}", kind.log);
            }
            session.run(&format!(
                "TRUNCATE dify_observe.events, dify_observe.{}",
                kind.table
            ));
        }
    }
}

#[test]
fn it_is_found_in_other_partitions_too() {
    let (_cluster, mut session) = without_worker("batch_started_apart");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-05')");
    for kind in &KINDS {
        let ids = ids(&mut session, 5);
        for id in &ids {
            session.call(
                &kind
                    .call()
                    .with("id", id)
                    .with("status", "running")
                    .with("created_at", AT),
            );
        }
        let ended = |id: &String| Event::of(kind.event).with("id", id.as_str());
        let events: Vec<Event> = ids.iter().map(ended).collect();
        assert_eq!(session.log_batch(&batch(&events)), "10 0");
        assert_eq!(
            rows_and_events(&mut session, kind.table, &ids),
            vec!["1 1"; 10],
            "{}",
            kind.log
        );
        let open = format!(
            "SELECT count(*) FROM dify_observe.{} WHERE status = 'running'",
            kind.table
        );
        assert_eq!(session.number(&open), 0);
    }
}

#[test]
fn a_started_draft_is_finished_as_one() {
    let (_cluster, mut session) = without_worker("batch_started_draft");
    let id = uuid(1);
    session.run(&format!(
        "SELECT dify_observe.start_node_execution(id => '{id}', tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), node_id => 'n', node_type => 'llm', draft => true)"
    ));
    let ended = Event::of("dify.node.execution.draft").with("id", id.as_str());
    assert_eq!(session.log_batch(&batch(&[ended])), "1 0");
    assert_eq!(
        crate::stored::told(&mut session),
        ["dify.node.execution.draft"]
    );
}

#[test]
fn a_bad_end_leaves_it_unfinished() {
    let (_cluster, mut session) = without_worker("batch_bad_end");
    for kind in &KINDS {
        let id = session.call(&kind.call().with("status", "running"));
        let bad = Event::of(kind.event)
            .with("id", id.as_str())
            .with("finished_at", "2001-01-01T00:00:00Z");
        let refusal = session.refused_batch(&batch(std::slice::from_ref(&bad)));
        assert_eq!(
            (&*refusal.code, &*refusal.field),
            ("22023", "finished_at"),
            "{refusal:?}"
        );
        assert_eq!(session.quarantine(&batch(&[bad])), "0 1");
        assert_eq!(
            rows_and_events(&mut session, kind.table, std::slice::from_ref(&id)),
            ["1 0"]
        );
        let ended = Event::of(kind.event).with("id", id.as_str());
        session.log_batch(&batch(&[ended]));
        assert_eq!(rows_and_events(&mut session, kind.table, &[id]), ["1 1"]);
    }
}
