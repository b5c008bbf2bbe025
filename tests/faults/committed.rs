//! What is committed, read from the source tables: not from `events`, which is what is being tested.

use std::collections::BTreeSet;

use dify_observe_tests::Cluster;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::incident::DATABASE;

/// The span ids that committed rows must arrive under.
pub struct Committed {
    pub spans: BTreeSet<String>,
    pub logs: BTreeSet<String>,
}

const SPANS: &str = "SELECT id FROM dify_observe.workflow_runs UNION ALL SELECT id FROM dify_observe.node_executions";
const LOGS: &str = "SELECT id FROM dify_observe.messages";

impl Committed {
    #[track_caller]
    pub fn of(cluster: &Cluster) -> Committed {
        let ids = |rows: &str| {
            column(
                cluster,
                &format!("SELECT {} FROM ({rows}) r", span_id("id")),
            )
        };
        let spans = ids(SPANS);
        let mut logs = ids(LOGS);
        logs.extend(spans.iter().cloned());
        Committed { spans, logs }
    }

    pub fn len(&self) -> usize {
        self.logs.len()
    }
}

/// The span ids of these rows, as contract.md says.
pub fn span_ids(ids: &[Uuid]) -> BTreeSet<String> {
    let span_id = |id: &Uuid| {
        let digest = Sha256::digest(id.to_string());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    ids.iter().map(span_id).collect()
}

/// The same, said by the database.
fn span_id(id: &str) -> String {
    format!("left(encode(sha256(convert_to({id}::text, 'UTF8')), 'hex'), 16)")
}

#[track_caller]
fn column(cluster: &Cluster, sql: &str) -> BTreeSet<String> {
    let rows = cluster.rows(DATABASE, sql).into_iter();
    rows.filter_map(|row| row.into_iter().next()?).collect()
}
