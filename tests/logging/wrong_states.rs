//! States and ratings that are not known, and ids that are not.

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS, OTHER};
use crate::refused::{assert_refused, prepared};

const LOGGED: [&str; 3] = ["log_workflow_run", "log_node_execution", "log_message"];

#[test]
fn a_status_that_is_not_known_is_refused_with_all_that_are() {
    let (_cluster, mut session) = ready("statuses");
    let finish = ["finish_workflow_run", "finish_node_execution"];
    for (function, kind) in LOGGED.iter().zip(&KINDS).chain(finish.iter().zip(&KINDS)) {
        for wrong in [
            "done",
            "",
            "SUCCEEDED",
            "succeeded ",
            "partial_succeeded",
            "x'); DROP TABLE y",
        ] {
            let call = prepared(&mut session, function).with("status", wrong);
            let refusal = assert_refused(&mut session, &call, "status", wrong);
            for allowed in kind.open.iter().chain(kind.done) {
                assert!(refusal.detail.contains(allowed), "{function} {refusal:?}");
            }
        }
    }
}

#[test]
fn an_operation_takes_only_what_is_finished() {
    let (_cluster, mut session) = ready("operation_statuses");
    for function in [
        "log_tool_execution",
        "log_suggested_questions",
        "log_dataset_retrieval",
        "log_generate_name",
        "log_prompt_generation",
    ] {
        for wrong in ["running", "stopped", "exception", "", "Failed"] {
            let call = Call::of(function).with("status", wrong);
            let refusal = assert_refused(&mut session, &call, "status", wrong);
            assert!(
                refusal.detail.contains("succeeded, failed, error"),
                "{refusal:?}"
            );
        }
    }
}

#[test]
fn a_rating_that_is_not_known_is_refused() {
    let (_cluster, mut session) = ready("ratings");
    for wrong in ["love", "", "LIKE", "null"] {
        let call = Call::of("log_feedback").with("rating", wrong);
        let refusal = assert_refused(&mut session, &call, "rating", wrong);
        assert!(refusal.detail.contains("like, dislike"), "{refusal:?}");
    }
}

#[test]
fn finishing_an_id_that_is_not_known_is_no_data() {
    let (_cluster, mut session) = ready("unknown");
    for function in ["finish_workflow_run", "finish_node_execution"] {
        for id in [
            OTHER.to_owned(),
            session.ask("SELECT dify_observe.uuid_v7(now())"),
        ] {
            for status in ["succeeded", "running"] {
                let refusal = session.refused(
                    &Call::of(function)
                        .with("id", &id)
                        .with("status", status)
                        .sql(),
                );
                assert_eq!(refusal.code, "02000", "{function}");
                assert!(refusal.message.contains(&id), "{refusal:?}");
                assert!(!refusal.detail.is_empty());
            }
        }
    }
}

#[test]
fn a_refused_call_leaves_the_session_and_the_open_row_as_they_were() {
    let (_cluster, mut session) = ready("after_refusal");
    let id = session.call(&Call::of("start_workflow_run"));
    session.refused(
        &Call::of("finish_workflow_run")
            .with("id", &id)
            .with("elapsed_time", "NaN")
            .sql(),
    );
    let row = format!(
        "SELECT concat_ws(' ', status, elapsed_time) FROM dify_observe.workflow_runs WHERE id = '{id}'"
    );
    assert_eq!(session.ask(&row), "running");
    session.call(&Call::of("finish_workflow_run").with("id", &id));
    assert_eq!(
        session.ask("SELECT status FROM dify_observe.workflow_runs"),
        "succeeded"
    );
}
