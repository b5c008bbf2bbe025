//! Whether the spans above a record's are sent to the same destination: not where a filter keeps them out, and a backend may drop
//! what hangs in the air.

use super::progress::told_to;
use super::relatives::around;
use super::{Stored, optional, required};
use crate::destinations::Filter;
use crate::otlp::record::{Above, Record};
use crate::profiles::tree;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Looks up, for every record that has a parent, how its trace's root and its parent stand. `reader` names the progress row
/// that tells since when the destination is sent events. Unless `all_must_come`, what may still come is as good as what goes.
pub fn look_up(
    records: &mut [Record],
    reader: (&str, &str),
    filter: Filter,
    all_must_come: bool,
) -> Stored<()> {
    let ids: HashSet<Uuid> = records.iter().filter_map(above).flatten().collect();
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let found = around(
        records,
        ids,
        &format!(
            "SELECT r.id::text, CASE \
               WHEN ($4 <> '' AND r.tenant_id::text <> $4) OR ($5 <> '' AND r.app_id::text <> $5) THEN 'never' \
               WHEN r.status IN ('running', 'pending', 'paused', 'scheduled') THEN 'unfinished' \
               WHEN told.trace_id IS NOT NULL THEN 'goes' ELSE 'never' END, told.trace_id \
             FROM (SELECT w.id, w.created_at, w.tenant_id, w.app_id, w.status FROM dify_observe.workflow_runs w \
               UNION ALL SELECT n.id, n.created_at, n.tenant_id, n.app_id, n.status FROM dify_observe.node_executions n \
               UNION ALL SELECT m.id, m.created_at, m.tenant_id, m.app_id, m.status FROM dify_observe.messages m) r \
             LEFT JOIN LATERAL (SELECT e.trace_id FROM dify_observe.events e WHERE e.source_id = r.id AND e.event IN (1, 2, 3, 4) \
                 AND {} LIMIT 1) told ON true \
             WHERE r.id = ANY ($1::uuid[]) AND r.created_at >= $2::timestamptz AND r.created_at < $3::timestamptz",
            told_to("$6", "$7", "'-infinity'"),
        ),
        vec![
            text(filter.tenant_id).into(),
            text(filter.app_id).into(),
            reader.0.into(),
            reader.1.into(),
        ],
        |row| {
            let id: String = required(row, 1)?;
            let id = id
                .parse::<Uuid>()
                .map_err(|_| "an id is no UUID".to_owned())?;
            let trace = optional::<String>(row, 3)?.and_then(|trace| Uuid::parse_str(&trace).ok());
            Ok((id, (stands(&required::<String>(row, 2)?), trace)))
        },
    )?;
    let found: HashMap<Uuid, (Above, Option<Uuid>)> = found.into_iter().collect();
    for record in records {
        let of = |id: Uuid| match found.get(&id) {
            // In another trace, as a run that said too late what called it: a parent must be in the same one.
            Some((Above::Goes, trace)) if *trace != record.correlation_id => Above::Never,
            Some((Above::Never, _)) => Above::Never,
            _ if !all_must_come => Above::Goes,
            Some((stands, _)) => *stands,
            None => Above::Unknown,
        };
        let above = above(record).map(|[root, parent]| (of(root), of(parent)));
        record.relatives.above = above;
    }
    Ok(())
}

/// The root and the parent of a record that is no root.
fn above(record: &Record) -> Option<[Uuid; 2]> {
    let parent = tree::parent_source(record)?;
    Some([record.correlation_id?, parent])
}

fn stands(name: &str) -> Above {
    match name {
        "goes" => Above::Goes,
        "unfinished" => Above::Unfinished,
        _ => Above::Never,
    }
}
