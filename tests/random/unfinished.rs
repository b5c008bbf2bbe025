//! What is told in two steps: at the start, and at the end.

use uuid::Uuid;

use crate::call::Call;
use crate::draw::{Draw, time_of};
use crate::kind::Kind;
use crate::value::Value;

/// Arguments that only the end tells.
const AT_THE_END: [&str; 16] = [
    "status",
    "outputs",
    "answer",
    "process_data",
    "error",
    "warnings",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "total_steps",
    "total_price",
    "currency",
    "elapsed_time",
    "duration",
    "finished_at",
    "time_to_first_token",
];

/// Arguments of a node that the end may tell, too.
const AT_EITHER: [&str; 7] = [
    "model_provider",
    "model_name",
    "plugin_name",
    "plugin_id",
    "dataset_ids",
    "dataset_names",
    "metadata",
];

/// A row that was started and awaits its end.
#[derive(Clone)]
pub struct Unfinished {
    pub id: Uuid,
    pub begin: Call,
    pub end: Call,
}

pub fn start_function(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Run => Some("start_workflow_run"),
        Kind::Node => Some("start_node_execution"),
        _ => None,
    }
}

pub fn finish_function(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Run => Some("finish_workflow_run"),
        Kind::Node => Some("finish_node_execution"),
        _ => None,
    }
}

/// The two parts of a call. The first has no status.
pub fn divided(mut whole: Call, draw: &mut Draw) -> (Call, Call) {
    let tells = whole.uuid("id").and_then(time_of).is_some();
    if !whole.given.contains_key("created_at") && !tells {
        // The server's clock is the start: only a length can follow.
        let name = whole.kind.took();
        if whole.given.remove("finished_at").is_some() && !whole.given.contains_key(name) {
            whole.set(name, Value::Float(0.5));
        }
    }
    let mut end = Call::new(whole.kind);
    for (name, value) in whole.given.clone() {
        if AT_THE_END.contains(&name) {
            end.set(name, value);
            whole.given.remove(name);
        } else if whole.kind == Kind::Node && AT_EITHER.contains(&name) {
            match draw.below(3) {
                0 => {}
                1 => end.set(name, value),
                _ => {
                    end.set(name, value);
                    whole.given.remove(name);
                }
            }
        }
    }
    (whole, end)
}
