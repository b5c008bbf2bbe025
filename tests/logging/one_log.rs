//! A database with one log in it.

use postgres::Client;
use serde_json::{Map, Value};

use crate::asking::Asking;
use crate::event_catalogue::tables;

/// The only log there is, and its attributes, from the view.
#[track_caller]
pub fn only_log(session: &mut Client, view: &str) -> (Value, Map<String, Value>) {
    let log = session.json(&format!("SELECT to_jsonb(l) FROM dify_observe.{view} l"));
    let attributes = log["attributes"].as_object().expect("an object").clone();
    (log, attributes)
}

/// Empties the database, whatever was logged.
pub fn forget(session: &mut Client) {
    let all: String = tables()
        .iter()
        .map(|table| format!("dify_observe.{table}, "))
        .collect();
    session.run(&format!(
        "TRUNCATE {all} dify_observe.trace_roots, dify_observe.events"
    ));
}
