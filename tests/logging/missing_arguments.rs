//! What is required and not given, for every function.

use crate::asking::{Asking, ready};
use crate::call::{Call, FUNCTIONS};
use crate::event_catalogue::tables;

fn null(call: &Call, argument: &str) -> String {
    let rest = call.clone().without(argument).sql();
    rest.replacen('(', &format!("({argument} => NULL, "), 1)
}

#[test]
fn each_required_argument_is_named_when_it_is_missing_or_null() {
    let (_cluster, mut session) = ready("missing");
    for (function, required) in FUNCTIONS {
        let call = Call::of(function);
        for (argument, _) in required {
            for sql in [call.clone().without(argument).sql(), null(&call, argument)] {
                let refusal = session.refused(&sql);
                assert_eq!(refusal.code, "22004", "{sql}");
                assert_eq!(
                    refusal.message,
                    format!("{argument} must be given"),
                    "{sql}"
                );
                assert!(!refusal.detail.is_empty(), "{sql}");
            }
        }
    }
}

#[test]
fn all_missing_arguments_are_named_at_once() {
    let (_cluster, mut session) = ready("all_missing");
    for (function, required) in FUNCTIONS {
        let refusal = session.refused(&format!("SELECT dify_observe.{function}()"));
        assert_eq!(refusal.code, "22004", "{function}");
        for (argument, _) in required {
            assert!(
                refusal.message.contains(argument),
                "{function}: {refusal:?}"
            );
        }
    }
}

#[test]
fn a_draft_needs_no_run_and_feedback_needs_a_source() {
    let (_cluster, mut session) = ready("conditional");
    for function in ["log_node_execution", "start_node_execution"] {
        let node = Call::of(function).without("workflow_run_id");
        session.call(&node.clone().with("draft", "true"));
        assert_eq!(session.refused(&null(&node, "draft")).code, "22004");
    }
    let refusal = session.refused(&null(&Call::of("log_feedback"), "from_source"));
    assert_eq!(refusal.code, "22004");
    assert!(refusal.message.contains("from_source"), "{refusal:?}");
}

#[test]
fn nothing_is_logged_by_a_refused_call() {
    let (_cluster, mut session) = ready("nothing_logged");
    for (function, required) in FUNCTIONS {
        for (argument, _) in required {
            session.refused(&Call::of(function).without(argument).sql());
        }
    }
    for table in tables().into_iter().chain(["events".to_owned()]) {
        let count = format!("SELECT count(*) FROM dify_observe.{table}");
        assert_eq!(session.number(&count), 0, "{table}");
    }
}
