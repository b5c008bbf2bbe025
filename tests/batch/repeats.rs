//! One id more than once in a batch: the first counts, and the others find its row.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::event::{Batching, Event, WITH_ID, batch, uuid};
use crate::stored::{forget, rows_and_events};

fn errors(session: &mut Client, table: &str) -> Vec<String> {
    session.column(&format!("SELECT error FROM dify_observe.{table}"))
}

#[test]
fn the_first_of_a_kind_counts() {
    let (_cluster, mut session) = without_worker("batch_repeats");
    for (name, table) in WITH_ID {
        forget(&mut session);
        let event = |error: &str| Event::of(name).with("id", uuid(1)).with("error", error);
        let other = Event::of(name).with("error", "other");
        let events = [other, event("first"), event("second"), event("third")];
        assert_eq!(session.log_batch(&batch(&events)), "4 0");
        let mut kept = errors(&mut session, table);
        kept.sort();
        assert_eq!(kept, ["first", "other"], "{name}");
        assert_eq!(rows_and_events(&mut session, table, &[uuid(1)]), ["1 1"]);
    }
}

#[test]
fn ids_of_several_kinds_have_nothing_to_do_with_each_other() {
    let (_cluster, mut session) = without_worker("batch_shared_ids");
    let events: Vec<Event> = WITH_ID
        .iter()
        .filter(|(name, _)| *name != "dify.node.execution.draft")
        .map(|(name, _)| Event::of(name).with("id", uuid(1)))
        .collect();
    for _ in 0..2 {
        assert_eq!(session.log_batch(&batch(&events)), "9 0");
        let told =
            "SELECT count(*) || ' ' || count(DISTINCT event_name) FROM dify_observe.companion_logs";
        assert_eq!(session.ask(told), "9 9");
    }
}

#[test]
fn a_node_and_a_draft_of_one_id_are_one_row() {
    let (_cluster, mut session) = without_worker("batch_node_and_draft");
    let of = |name: &str| Event::of(name).with("id", uuid(1));
    let events = [of("dify.node.execution.draft"), of("dify.node.execution")];
    assert_eq!(session.log_batch(&batch(&events)), "2 0");
    assert_eq!(
        rows_and_events(&mut session, "node_executions", &[uuid(1)]),
        ["1 1"]
    );
}

#[test]
fn an_id_is_the_same_however_it_is_written() {
    let (_cluster, mut session) = without_worker("batch_spellings");
    let id = "aabbccdd-0000-4000-8000-000000000001";
    let bare = id.replace('-', "");
    for (name, table) in WITH_ID {
        forget(&mut session);
        let spelled = [
            id.to_owned(),
            id.to_uppercase(),
            bare.clone(),
            format!("{{{id}}}"),
            "aabb-ccdd-0000-4000-8000-0000-0000-0001".to_owned(),
        ];
        let events = spelled
            .each_ref()
            .map(|id| Event::of(name).with("id", id.as_str()));
        assert_eq!(session.log_batch(&batch(&events)), "5 0");
        assert_eq!(
            rows_and_events(&mut session, table, &[id.to_owned()]),
            ["1 1"],
            "{name}"
        );
    }
}

/// Also where the rows would lie in different partitions, whose keys know nothing of each other.
#[test]
fn an_id_at_several_times_is_logged_at_the_first_of_them() {
    let (_cluster, mut session) = without_worker("batch_repeats_apart");
    session.run(
        "SET timezone = 'UTC'; SELECT dify_observe.ensure_partitions('2026-02-03', '2026-03-05')",
    );
    for (name, table) in WITH_ID {
        for spelled in [
            "aabbccdd-0000-4000-8000-000000000001",
            "aabb-ccdd-0000-4000-8000-0000-0000-0001",
        ] {
            forget(&mut session);
            let event = |id: &str, at: &str| Event::of(name).with("id", id).with("created_at", at);
            let id = "aabbccdd-0000-4000-8000-000000000001";
            let events = [
                event(id, "2026-02-03T12:00:00Z"),
                event(spelled, "2026-02-04T12:00:00Z"),
                event(id, "2026-03-04T12:00:00Z"),
                event(spelled, "2025-01-01T12:00:00Z"),
            ];
            assert_eq!(session.log_batch(&batch(&events)), "4 0");
            let at = format!("SELECT created_at FROM dify_observe.{table}");
            assert_eq!(
                session.column(&at),
                ["2026-02-03 12:00:00+00"],
                "{name} {spelled}"
            );
            assert_eq!(
                rows_and_events(&mut session, table, &[id.to_owned()]),
                ["1 1"],
                "{name}"
            );
        }
    }
}

#[test]
fn a_bad_first_one_leaves_its_id_to_the_next() {
    let (_cluster, mut session) = without_worker("batch_bad_first");
    for (name, table) in WITH_ID {
        forget(&mut session);
        let event = |error: &str| Event::of(name).with("id", uuid(1)).with("error", error);
        let events = [
            event("bad").with("tenant_id", "nobody"),
            event("good"),
            event("late"),
        ];
        assert_eq!(session.quarantine(&batch(&events)), "2 1");
        assert_eq!(errors(&mut session, table), ["good"], "{name}");
        assert_eq!(rows_and_events(&mut session, table, &[uuid(1)]), ["1 1"]);
    }
}
