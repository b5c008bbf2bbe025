//! Everything that is stored, to see whether anything has changed.

use std::collections::BTreeMap;

use postgres::Client;

use crate::asking::Asking;
use crate::event_catalogue::tables;

/// A digest of every table's rows.
pub fn everything(session: &mut Client) -> BTreeMap<String, String> {
    let more = ["events", "trace_roots", "quarantined_events"].map(str::to_owned);
    let mut digests = BTreeMap::new();
    for table in tables().into_iter().chain(more) {
        let digest = session.ask(&format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') FROM dify_observe.{table} t"
        ));
        digests.insert(table, digest);
    }
    digests
}

/// Empties the database.
pub fn forget(session: &mut Client) {
    let all: String = tables()
        .iter()
        .map(|table| format!("dify_observe.{table}, "))
        .collect();
    session.run(&format!(
        "TRUNCATE {all} dify_observe.trace_roots, dify_observe.quarantined_events, dify_observe.events"
    ));
}

/// The names of the events that were told, in the order of their ids.
pub fn told(session: &mut Client) -> Vec<String> {
    session.column("SELECT event_name FROM dify_observe.companion_logs ORDER BY id")
}

/// How many rows and how many events there are of each of these ids: one `1 1` for each that was logged once.
pub fn rows_and_events(session: &mut Client, table: &str, ids: &[String]) -> Vec<String> {
    let wanted = ids.join(",");
    session.column(&format!(
        "SELECT concat_ws(' ', (SELECT count(*) FROM dify_observe.{table} r WHERE r.id = wanted.id), \
           (SELECT count(*) FROM dify_observe.companion_logs e WHERE e.source_id = wanted.id)) \
         FROM unnest('{{{wanted}}}'::uuid[]) WITH ORDINALITY AS wanted (id, nth) ORDER BY nth"
    ))
}

pub fn count(session: &mut Client, table: &str) -> i64 {
    session.number(&format!("SELECT count(*) FROM dify_observe.{table}"))
}
