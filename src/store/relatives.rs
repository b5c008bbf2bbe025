//! What other rows tell about the records of a batch: one statement for each kind of row, whatever the size of the batch, in
//! the partitions around the times of its records.

use super::{Stored, required, rows};
use crate::otlp::record::{MessageFacts, Micros, NodeExecution, Record, Root, Source};
use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiHeapTupleData;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

const DAY: Micros = 86_400_000_000;

/// Looks up what is there to be found. Rows that are not there (yet) leave nothing.
pub fn look_up(records: &mut [Record]) -> Stored<()> {
    let runs = runs(records)?;
    let messages = messages(records)?;
    let told = told_by_nodes(records)?;
    let enclosing = enclosing(records)?;
    for record in records {
        let root = record.correlation_id;
        let root_run = root.and_then(|id| Some(runs.get(&id)?.0.clone()));
        let root_message = root.and_then(|id| Some(messages.get(&id)?.0.clone()));
        let message = record.source.operation().and_then(|one| one.message_id);
        record.relatives.root = root_run.or(root_message);
        record.relatives.message = message.and_then(|id| Some(messages.get(&id)?.1.clone()));
        record.relatives.usage_is_told = match &record.source {
            Source::WorkflowRun(run) => told.contains(&run.id),
            Source::Message(message) => message.workflow_run_id.is_some_and(|run| {
                // A run that is not over may tell them yet.
                let run_tells = |(root, tells): &(Root, bool)| *tells || !root.is_finished;
                told.contains(&run) || runs.get(&run).is_some_and(run_tells)
            }),
            _ => false,
        };
        if let Source::NodeExecution(node) = &record.source {
            record.relatives.enclosing = innermost(node, &enclosing);
        }
    }
    Ok(())
}

/// Runs that a trace begins with or a message belongs to, and whether they tell tokens.
fn runs(records: &[Record]) -> Stored<HashMap<Uuid, (Root, bool)>> {
    let of_message = |record: &Record| match &record.source {
        Source::Message(message) => message.workflow_run_id,
        _ => None,
    };
    let wanted = records
        .iter()
        .flat_map(|record| [record.correlation_id, of_message(record)])
        .flatten();
    let found = around(
        records,
        wanted.collect(),
        "SELECT r.id::text, row_to_json(s)::text, coalesce(r.total_tokens, r.input_tokens, r.output_tokens) IS NOT NULL \
         FROM dify_observe.workflow_runs r, \
           LATERAL (SELECT r.id, true AS is_run, r.status NOT IN ('running', 'paused', 'scheduled') AS is_finished, \
                      r.workflow_app_log_id, r.workflow_version, r.conversation_id, r.user_id, r.user_session_id) s \
         WHERE r.id = ANY ($1::uuid[]) AND r.created_at >= $2::timestamptz AND r.created_at < $3::timestamptz",
        Vec::new(),
        |row| Ok((id(row)?, (json(row)?, required(row, 3)?))),
    )?;
    Ok(found.into_iter().collect())
}

/// Messages that a trace begins with or an operation belongs to.
fn messages(records: &[Record]) -> Stored<HashMap<Uuid, (Root, MessageFacts)>> {
    let of_operation = |record: &Record| record.source.operation()?.message_id;
    let wanted = records
        .iter()
        .flat_map(|record| [record.correlation_id, of_operation(record)])
        .flatten();
    let found = around(
        records,
        wanted.collect(),
        "SELECT r.id::text, row_to_json(s)::text FROM dify_observe.messages r, \
           LATERAL (SELECT r.id, false AS is_run, r.status NOT IN ('running', 'paused') AS is_finished, NULL AS workflow_app_log_id, \
                      NULL AS workflow_version, r.conversation_id, r.user_id, r.user_session_id, r.status, r.workflow_run_id, r.from_source, r.agent_based, \
                      r.end_user_id, r.account_id, r.model_provider, r.model_name) s \
         WHERE r.id = ANY ($1::uuid[]) AND r.created_at >= $2::timestamptz AND r.created_at < $3::timestamptz",
        Vec::new(),
        |row| Ok((id(row)?, (json(row)?, json(row)?))),
    )?;
    Ok(found.into_iter().collect())
}

/// Runs whose tokens are told by nodes that call a model, in them or in a run nested in them, or by such a run.
fn told_by_nodes(records: &[Record]) -> Stored<HashSet<Uuid>> {
    let wanted = records.iter().filter_map(|record| match &record.source {
        Source::WorkflowRun(run) => Some(run.id),
        Source::Message(message) => message.workflow_run_id,
        _ => None,
    });
    let found = around(
        records,
        wanted.collect(),
        "SELECT DISTINCT f.run_id::text FROM ( \
           SELECT u.run_id, u.run_id AS member FROM unnest($1::uuid[]) u (run_id) \
           UNION ALL SELECT t.root_id, t.run_id FROM dify_observe.trace_roots t WHERE t.root_id = ANY ($1::uuid[])) f \
         WHERE EXISTS (SELECT FROM dify_observe.node_executions n \
             WHERE n.workflow_run_id = f.member AND n.created_at >= $2::timestamptz AND n.created_at < $3::timestamptz \
               AND n.node_type IN ('llm', 'agent', 'question-classifier', 'parameter-extractor') \
               AND coalesce(n.total_tokens, n.input_tokens, n.output_tokens) IS NOT NULL) \
           OR f.member <> f.run_id AND EXISTS (SELECT FROM dify_observe.workflow_runs r \
             WHERE r.id = f.member AND r.created_at >= $2::timestamptz AND r.created_at < $3::timestamptz \
               AND coalesce(r.total_tokens, r.input_tokens, r.output_tokens) IS NOT NULL)",
        Vec::new(),
        id,
    )?;
    Ok(found.into_iter().collect())
}

/// An execution of a node that others run in.
struct Enclosing {
    id: Uuid,
    node_id: String,
    began: Micros,
}

/// Executions of the iteration and loop nodes that nodes name, by run.
fn enclosing(records: &[Record]) -> Stored<HashMap<Uuid, Vec<Enclosing>>> {
    let within = records.iter().filter_map(|record| match &record.source {
        Source::NodeExecution(node) if node.iteration_id.is_some() || node.loop_id.is_some() => {
            node.workflow_run_id
        }
        _ => None,
    });
    let found = around(
        records,
        within.collect(),
        "SELECT n.id::text, n.workflow_run_id::text, n.node_id, (extract(epoch FROM n.created_at) * 1000000)::bigint \
         FROM dify_observe.node_executions n \
         WHERE n.workflow_run_id = ANY ($1::uuid[]) AND n.created_at >= $2::timestamptz AND n.created_at < $3::timestamptz \
           AND n.node_type IN ('iteration', 'loop')",
        Vec::new(),
        |row| {
            let enclosing = Enclosing {
                id: id(row)?,
                node_id: required(row, 3)?,
                began: required(row, 4)?,
            };
            Ok((uuid(&required::<String>(row, 2)?)?, enclosing))
        },
    )?;
    let mut by_run: HashMap<Uuid, Vec<Enclosing>> = HashMap::new();
    for (run, enclosing) in found {
        by_run.entry(run).or_default().push(enclosing);
    }
    Ok(by_run)
}

/// The one that began last before the node, where it names several.
fn innermost(node: &NodeExecution, by_run: &HashMap<Uuid, Vec<Enclosing>>) -> Option<Uuid> {
    let named = |one: &&Enclosing| {
        [&node.iteration_id, &node.loop_id]
            .into_iter()
            .any(|id| id.as_deref() == Some(&one.node_id))
    };
    let executions = by_run.get(&node.workflow_run_id?)?.iter().filter(named);
    executions
        .filter(|one| one.id != node.id && one.began <= node.created_at)
        .max_by_key(|one| one.began)
        .map(|one| one.id)
}

/// Runs a statement with ids (`$1`), the times around the records between which it is to look (`$2`, `$3`), and what else it takes.
pub(super) fn around<T>(
    records: &[Record],
    ids: HashSet<Uuid>,
    sql: &str,
    more: Vec<DatumWithOid<'_>>,
    read: impl FnMut(&SpiHeapTupleData<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    let times = records.iter().filter_map(|record| began(&record.source));
    // An id of version 7 tells when it was made, however long that is ago.
    let made = ids.iter().filter_map(|id| {
        let (seconds, nanos) = id.get_timestamp()?.to_unix();
        Some(Micros::try_from(seconds).ok()? * 1_000_000 + Micros::from(nanos / 1000))
    });
    let times: Vec<Micros> = times.chain(made).collect();
    let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
        return Ok(Vec::new());
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let time = |micros: Micros| crate::profiles::timestamp::iso8601(micros.max(0));
    let mut args: Vec<DatumWithOid<'_>> = vec![
        ids.into(),
        time(first - DAY).into(),
        time(last + DAY).into(),
    ];
    args.extend(more);
    rows(sql, &args, read)
}

fn began(source: &Source) -> Option<Micros> {
    match source {
        Source::WorkflowRun(run) => Some(run.created_at),
        Source::NodeExecution(node) => Some(node.created_at),
        Source::Message(message) => Some(message.created_at),
        source => Some(source.operation()?.created_at),
    }
}

fn id(row: &SpiHeapTupleData<'_>) -> Stored<Uuid> {
    uuid(&required::<String>(row, 1)?)
}

fn uuid(text: &str) -> Stored<Uuid> {
    text.parse().map_err(|_| "an id is no UUID".to_owned())
}

fn json<T: serde::de::DeserializeOwned>(row: &SpiHeapTupleData<'_>) -> Stored<T> {
    serde_json::from_str(&required::<String>(row, 2)?).map_err(|error| error.to_string())
}
