//! A call that must be refused as a wrong value.

use postgres::Client;

use crate::asking::{Asking, Refusal};
use crate::call::Call;

/// The call as it is, and a started row's id put in where it finishes one.
#[track_caller]
pub fn prepared(session: &mut Client, function: &str) -> Call {
    match function {
        "finish_workflow_run" => {
            let id = session.call(&Call::of("start_workflow_run"));
            Call::of(function).with("id", &id)
        }
        "finish_node_execution" => {
            let id = session.call(&Call::of("start_node_execution"));
            Call::of(function).with("id", &id)
        }
        _ => Call::of(function),
    }
}

#[track_caller]
pub fn assert_refused(session: &mut Client, call: &Call, argument: &str, given: &str) -> Refusal {
    let refusal = session.refused(&call.sql());
    assert_eq!(refusal.code, "22023", "{}\n{refusal:?}", call.sql());
    assert!(
        refusal.message.starts_with(argument),
        "{}\n{refusal:?}",
        call.sql()
    );
    let told = format!("{} {}", refusal.message, refusal.detail);
    assert!(told.contains(given), "{}\n{refusal:?}", call.sql());
    assert!(
        refusal.detail.contains("Allowed: "),
        "{}\n{refusal:?}",
        call.sql()
    );
    refusal
}
