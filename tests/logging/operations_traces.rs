//! The trace and the span id of an operation: inside a workflow, inside a node, beside a message, and outside of anything.

use postgres::Client;
use sha2::{Digest, Sha256};

use crate::asking::{Asking, ready};
use crate::call::{Call, Kind};
use crate::operations::{CONVERSATION, OPERATIONS, names_a_conversation, operation};

const OUTER: &str = "0a000000-0000-4000-8000-000000000001";
const RUN: &str = "0a000000-0000-4000-8000-000000000002";
const NESTED: &str = "0a000000-0000-4000-8000-000000000003";
const GIVEN: &str = "0a000000-0000-4000-8000-000000000004";
const UNKNOWN: &str = "0a000000-0000-4000-8000-000000000005";

/// Whose trace it is in.
#[derive(Clone, Copy, Debug)]
enum Trace<'a> {
    Of(&'a str),
    /// Its message's, which a generated name has no part in.
    OfMessage(&'a str),
    /// Its own id, or its conversation's.
    Own,
}

#[track_caller]
fn assert_trace(session: &mut Client, kind: &Kind, given: &[(&str, &str)], trace: Trace) {
    let id = session.call(&operation(kind).with_all(given));
    let own = if names_a_conversation(kind) {
        CONVERSATION
    } else {
        &id
    };
    let trace = match trace {
        Trace::Of(id) => id,
        Trace::OfMessage(_) if names_a_conversation(kind) => CONVERSATION,
        Trace::OfMessage(id) => id,
        Trace::Own => own,
    };
    let named = |name: &str| {
        given
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, id)| *id)
    };
    let message = named("message_id").filter(|_| !names_a_conversation(kind));
    let span = named("node_execution_id").or(message).unwrap_or(own);
    let log = session.ask(&format!(
        "SELECT concat_ws(' ', trace_id, span_id, parent_span_id, event_name) FROM dify_observe.companion_logs WHERE source_id = '{id}'"
    ));
    let digest = Sha256::digest(span.as_bytes());
    let span: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expected = format!("{} {span} {}", trace.replace('-', ""), kind.event);
    assert_eq!(log, expected, "{} {given:?}", kind.log);
}

/// An id without a time and one with that of now.
fn ids(session: &mut Client) -> [String; 2] {
    let both = "SELECT unnest(ARRAY[gen_random_uuid(), dify_observe.uuid_v7(now())])";
    session.column(both).try_into().expect("two")
}

/// Runs under known ids: one alone, one inside another that is not told.
fn runs(session: &mut Client) {
    let run = Call::of("log_workflow_run");
    session.call(&run.clone().with("id", RUN));
    session.call(&run.with("id", NESTED).with("parent_workflow_run_id", OUTER));
}

#[test]
fn outside_of_anything_it_is_a_trace_of_its_own() {
    let (_cluster, mut session) = ready("op_alone");
    for kind in &OPERATIONS {
        assert_trace(&mut session, kind, &[], Trace::Own);
        for id in ids(&mut session) {
            assert_trace(&mut session, kind, &[("id", &id)], Trace::Own);
        }
        assert_trace(
            &mut session,
            kind,
            &[("node_execution_id", UNKNOWN)],
            Trace::Own,
        );
    }
}

#[test]
fn inside_a_workflow_it_is_in_the_outermost_runs_trace() {
    let (_cluster, mut session) = ready("op_runs");
    runs(&mut session);
    for kind in &OPERATIONS {
        for (run, root) in [(RUN, RUN), (NESTED, OUTER), (UNKNOWN, UNKNOWN)] {
            for id in ids(&mut session) {
                for given in [
                    &[("workflow_run_id", run)][..],
                    &[("workflow_run_id", run), ("message_id", &id)],
                    &[("workflow_run_id", run), ("node_execution_id", &id)],
                    &[
                        ("workflow_run_id", run),
                        ("node_execution_id", &id),
                        ("message_id", UNKNOWN),
                    ],
                ] {
                    assert_trace(&mut session, kind, given, Trace::Of(root));
                }
            }
        }
    }
}

#[test]
fn inside_a_node_it_is_in_the_nodes_trace_without_naming_the_run() {
    let (_cluster, mut session) = ready("op_nodes");
    runs(&mut session);
    for (run, root) in [(RUN, RUN), (NESTED, OUTER), (UNKNOWN, UNKNOWN)] {
        for status in ["succeeded", "running"] {
            for node in ids(&mut session) {
                let call = Call::of("log_node_execution")
                    .with("id", &node)
                    .with("status", status);
                session.call(&call.with("workflow_run_id", run));
                for kind in &OPERATIONS {
                    let here = ("node_execution_id", node.as_str());
                    assert_trace(&mut session, kind, &[here], Trace::Of(root));
                    assert_trace(
                        &mut session,
                        kind,
                        &[here, ("message_id", UNKNOWN)],
                        Trace::Of(root),
                    );
                }
            }
        }
    }
    for node in ids(&mut session) {
        session.call(
            &Call::of("log_node_execution")
                .with("id", &node)
                .with("parent_trace_id", GIVEN),
        );
        for kind in &OPERATIONS {
            assert_trace(
                &mut session,
                kind,
                &[("node_execution_id", &node)],
                Trace::Of(GIVEN),
            );
        }
    }
}

#[test]
fn inside_a_draft_it_is_in_the_drafts_own_trace() {
    let (_cluster, mut session) = ready("op_drafts");
    for node in ids(&mut session) {
        let draft = Call::of("log_node_execution")
            .with("draft", "true")
            .without("workflow_run_id");
        session.call(&draft.with("id", &node));
        for kind in &OPERATIONS {
            assert_trace(
                &mut session,
                kind,
                &[("node_execution_id", &node)],
                Trace::Of(&node),
            );
        }
    }
}

#[test]
fn beside_a_message_it_is_in_the_messages_trace() {
    let (_cluster, mut session) = ready("op_messages");
    runs(&mut session);
    for status in ["normal", "running"] {
        for (given, root) in [
            (None, None),
            (Some(("workflow_run_id", RUN)), Some(RUN)),
            (Some(("workflow_run_id", NESTED)), Some(OUTER)),
            (Some(("workflow_run_id", UNKNOWN)), Some(UNKNOWN)),
            (Some(("parent_trace_id", GIVEN)), Some(GIVEN)),
        ] {
            for message in ids(&mut session) {
                let call = Call::of("log_message")
                    .with("id", &message)
                    .with("status", status);
                session.call(&call.with_all(given.as_slice()));
                let trace = Trace::OfMessage(root.unwrap_or(&message));
                for kind in &OPERATIONS {
                    let here = ("message_id", message.as_str());
                    assert_trace(&mut session, kind, &[here], trace);
                    assert_trace(
                        &mut session,
                        kind,
                        &[here, ("node_execution_id", UNKNOWN)],
                        trace,
                    );
                }
            }
        }
    }
}

#[test]
fn a_message_that_is_not_known_yet_is_its_trace() {
    let (_cluster, mut session) = ready("op_early");
    for kind in &OPERATIONS {
        for message in ids(&mut session) {
            let here = ("message_id", message.as_str());
            assert_trace(&mut session, kind, &[here], Trace::OfMessage(&message));
            // What is told of the message later does not change what was settled.
            session.call(
                &Call::of("log_message")
                    .with("id", &message)
                    .with("workflow_run_id", RUN),
            );
            let kept = format!(
                "SELECT DISTINCT trace_id FROM dify_observe.companion_logs WHERE event_name = '{}' AND trace_id = '{}'",
                kind.event,
                RUN.replace('-', "")
            );
            assert!(session.column(&kept).is_empty(), "{}", kind.log);
            session.run("TRUNCATE dify_observe.events");
        }
    }
}

#[test]
fn a_given_parent_trace_id_beats_everything() {
    let (_cluster, mut session) = ready("op_given");
    runs(&mut session);
    let node = session.call(&Call::of("log_node_execution").with("workflow_run_id", NESTED));
    let message = session.call(&Call::of("log_message").with("workflow_run_id", RUN));
    let all = [
        ("workflow_run_id", NESTED),
        ("node_execution_id", &*node),
        ("message_id", &*message),
    ];
    for kind in &OPERATIONS {
        for chosen in 0..8_u8 {
            let mut given = vec![("parent_trace_id", GIVEN)];
            given.extend((0..3).filter(|at| chosen >> at & 1 == 1).map(|at| all[at]));
            assert_trace(&mut session, kind, &given, Trace::Of(GIVEN));
        }
    }
}

/// A run names a trace before a node does, and a node before a message.
#[test]
fn what_is_nearest_to_the_workflow_decides() {
    let (_cluster, mut session) = ready("op_nearest");
    runs(&mut session);
    let node = session.call(&Call::of("log_node_execution").with("workflow_run_id", NESTED));
    let message = session.call(&Call::of("log_message").with("parent_trace_id", GIVEN));
    let (run, node, message) = (
        ("workflow_run_id", RUN),
        ("node_execution_id", &*node),
        ("message_id", &*message),
    );
    for kind in &OPERATIONS {
        assert_trace(&mut session, kind, &[run, node, message], Trace::Of(RUN));
        assert_trace(&mut session, kind, &[node, message], Trace::Of(OUTER));
        assert_trace(&mut session, kind, &[run, message], Trace::Of(RUN));
        assert_trace(&mut session, kind, &[message], Trace::OfMessage(GIVEN));
    }
}

/// The id of a node or message may be made when it ends.
#[test]
fn a_node_and_a_message_that_began_hours_before_their_ids_are_found() {
    let (_cluster, mut session) = ready("op_long");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-05')");
    for (id_at, began) in [
        ("2026-02-03 00:30+00", "2026-02-02 22:30+00"),
        ("2026-02-03 12:00+00", "2026-02-03 02:00+00"),
        ("2026-02-03 12:00+00", "2026-02-04 10:00+00"),
    ] {
        let id = session.ask(&format!("SELECT dify_observe.uuid_v7('{id_at}')"));
        for function in ["log_node_execution", "log_message"] {
            let call = Call::of(function).with("id", &id).with("created_at", began);
            session.call(&call.with("workflow_run_id", RUN));
        }
        for kind in &OPERATIONS {
            let at = ("created_at", id_at);
            assert_trace(
                &mut session,
                kind,
                &[("node_execution_id", &id), at],
                Trace::Of(RUN),
            );
            assert_trace(
                &mut session,
                kind,
                &[("message_id", &id), at],
                Trace::OfMessage(RUN),
            );
        }
    }
}
