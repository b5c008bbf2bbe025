//! What other rows tell about the records of a batch: one statement for each kind of row, whatever the size of the batch, in
//! the partitions around the times of its records.

use super::{Stored, optional, required, rows};
use crate::otlp::record::{Message, MessageFacts, Micros, Record, Root, Source};
use crate::profiles::container::{Container, place};
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
    let containers = containers(records)?;
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
        let may_come = |run: Uuid| runs.get(&run).is_none_or(|(run, _)| !run.is_finished);
        match &record.source {
            Source::NodeExecution(node) => {
                let Some(run) = node.workflow_run_id else {
                    continue;
                };
                let place = place(node, containers.get(&run).map_or(&[], Vec::as_slice));
                record.relatives.enclosing = place.innermost;
                record.relatives.is_early = place.is_incomplete && may_come(run);
            }
            Source::Message(message) => {
                record.relatives.is_early = knows_usage(message)
                    && !record.relatives.usage_is_told
                    && message
                        .workflow_run_id
                        .is_some_and(|run| !runs.contains_key(&run));
            }
            _ => (),
        }
    }
    Ok(())
}

fn knows_usage(message: &Message) -> bool {
    let tokens = [
        message.total_tokens,
        message.input_tokens,
        message.output_tokens,
    ];
    tokens.iter().any(Option::is_some) || message.total_price.is_some()
}

/// Runs that a trace begins with, or that a message or a node in an iteration or loop belongs to, and whether they tell tokens.
fn runs(records: &[Record]) -> Stored<HashMap<Uuid, (Root, bool)>> {
    let own = |record: &Record| match &record.source {
        Source::Message(message) => message.workflow_run_id,
        _ => run_around(record),
    };
    let wanted = records
        .iter()
        .flat_map(|record| [record.correlation_id, own(record)])
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

/// Executions of the iteration and loop nodes that nodes name, by run.
fn containers(records: &[Record]) -> Stored<HashMap<Uuid, Vec<Container>>> {
    let found = around(
        records,
        records.iter().filter_map(run_around).collect(),
        "SELECT n.id::text, n.workflow_run_id::text, n.node_id, (extract(epoch FROM n.created_at) * 1000000)::bigint, \
           n.iteration_id, n.iteration_index, n.loop_id, n.loop_index \
         FROM dify_observe.node_executions n \
         WHERE n.workflow_run_id = ANY ($1::uuid[]) AND n.created_at >= $2::timestamptz AND n.created_at < $3::timestamptz \
           AND n.node_type IN ('iteration', 'loop')",
        Vec::new(),
        |row| {
            let container = Container {
                id: id(row)?,
                node_id: required(row, 3)?,
                began: required(row, 4)?,
                iteration_id: optional(row, 5)?,
                iteration_index: optional(row, 6)?,
                loop_id: optional(row, 7)?,
                loop_index: optional(row, 8)?,
            };
            Ok((uuid(&required::<String>(row, 2)?)?, container))
        },
    )?;
    let mut by_run: HashMap<Uuid, Vec<Container>> = HashMap::new();
    for (run, container) in found {
        by_run.entry(run).or_default().push(container);
    }
    Ok(by_run)
}

/// The run of a node that names an iteration or a loop.
fn run_around(record: &Record) -> Option<Uuid> {
    match &record.source {
        Source::NodeExecution(node) if node.iteration_id.is_some() || node.loop_id.is_some() => {
            node.workflow_run_id
        }
        _ => None,
    }
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
