//! What is measured, each as statements for a stand-alone backend, in a small and in a larger amount: the difference is what more of it costs,
//! without start, caches and plans.

use serde_json::Value;

use crate::logging::row::Id;
use crate::mixture::{BATCH, Times, events};
use crate::plain::PLAIN;

pub struct Work {
    /// As it is recorded.
    pub name: &'static str,
    pub amounts: [usize; 2],
    /// What has to be there first, and what is measured.
    pub prepare: fn(&Times, usize) -> String,
    pub statements: fn(&Times, usize) -> String,
}

pub static WORKS: [Work; 9] = [
    Work {
        name: "a node execution, plain INSERT without triggers",
        amounts: CALLS,
        prepare: nothing,
        statements: |_, calls| repeated(&insert(PLAIN, "SELECT"), calls),
    },
    Work {
        name: "a workflow run, one call",
        amounts: CALLS,
        prepare: nothing,
        statements: |_, calls| repeated(&format!("SELECT {RUN}"), calls),
    },
    Work {
        name: "a node execution, one call",
        amounts: CALLS,
        prepare: nothing,
        statements: |_, calls| repeated(&format!("SELECT {NODE}"), calls),
    },
    Work {
        name: "a message, one call",
        amounts: CALLS,
        prepare: nothing,
        statements: |_, calls| repeated(&format!("SELECT {MESSAGE}"), calls),
    },
    Work {
        name: "a node execution of INSERT … SELECT without triggers",
        amounts: ROWS,
        prepare: nothing,
        statements: |_, rows| selected(PLAIN, rows),
    },
    Work {
        name: "a node execution of INSERT … SELECT",
        amounts: ROWS,
        prepare: nothing,
        statements: |_, rows| selected("dify_observe", rows),
    },
    Work {
        name: "an event of log_batch",
        amounts: BATCHES,
        prepare: nothing,
        statements: batches,
    },
    Work {
        name: "an event counted",
        amounts: BATCHES,
        prepare: batches,
        statements: |_, _| "CALL dify_observe.fold_metrics()\n".to_owned(),
    },
    Work {
        name: "an event exported",
        amounts: BATCHES,
        prepare: batches,
        statements: |_, _| "CALL dify_observe.export_now()\n".to_owned(),
    },
];

const CALLS: [usize; 2] = [50, 250];
const ROWS: [usize; 2] = [1000, 5000];
/// The exporter reads some two thousand at once.
const BATCHES: [usize; 2] = [2 * BATCH, 6 * BATCH];

const RUN: &str = "dify_observe.log_workflow_run(tenant_id => '550e8400-e29b-41d4-a716-446655440000', \
    app_id => '770e8400-e29b-41d4-a716-446655440002', workflow_id => '880e8400-e29b-41d4-a716-446655440003', status => 'succeeded', \
    workflow_version => '2026-02-10', triggered_from => 'app-run', invoke_from => 'web-app', user_id => 'customer-7', \
    inputs => '{\"query\": \"How long do I have to return an order that came damaged?\"}', outputs => '{\"text\": \"30 days from delivery.\"}', \
    input_tokens => 800, output_tokens => 64, total_tokens => 864, total_price => 0.00267, currency => 'USD', elapsed_time => 2.3)";
const NODE: &str = "dify_observe.log_node_execution(tenant_id => '550e8400-e29b-41d4-a716-446655440000', \
    app_id => '770e8400-e29b-41d4-a716-446655440002', workflow_id => '880e8400-e29b-41d4-a716-446655440003', \
    workflow_run_id => '990e8400-e29b-41d4-a716-446655440004', node_id => 'write', node_type => 'llm', title => 'Write an answer', \
    status => 'succeeded', index => 3, predecessor_node_id => 'search', user_id => 'customer-7', \
    inputs => '{\"query\": \"How long do I have to return an order that came damaged?\"}', outputs => '{\"text\": \"30 days from delivery.\"}', \
    model_provider => 'openai', model_name => 'gpt-4o', input_tokens => 800, output_tokens => 64, total_tokens => 864, \
    total_price => 0.00267, currency => 'USD', elapsed_time => 2.3)";
const MESSAGE: &str = "dify_observe.log_message(tenant_id => '550e8400-e29b-41d4-a716-446655440000', \
    app_id => '770e8400-e29b-41d4-a716-446655440002', conversation_id => 'aa0e8400-e29b-41d4-a716-446655440005', status => 'normal', \
    invoke_from => 'web-app', mode => 'advanced-chat', user_id => 'customer-7', \
    query => 'How long do I have to return an order that came damaged?', answer => '30 days from delivery.', \
    model_provider => 'openai', model_name => 'gpt-4o', input_tokens => 800, output_tokens => 64, total_tokens => 864, \
    total_price => 0.00267, currency => 'USD', duration => 2.3)";

fn nothing(_: &Times, _: usize) -> String {
    String::new()
}

/// Prepared and executed again and again, a transaction each.
fn repeated(statement: &str, times: usize) -> String {
    format!("PREPARE call AS {statement}\n") + &"EXECUTE call\n".repeat(times)
}

/// One row for each of `source`, whole, so that nothing is filled in.
fn insert(schema: &str, source: &str) -> String {
    format!(
        "INSERT INTO {schema}.node_executions (id, tenant_id, app_id, workflow_id, workflow_run_id, node_id, node_type, title, status, created_at, finished_at, \
           elapsed_time, index, predecessor_node_id, user_id, inputs, outputs, model_provider, model_name, input_tokens, output_tokens, total_tokens, \
           total_price, currency) \
         SELECT dify_observe.uuid_v7(now()), '550e8400-e29b-41d4-a716-446655440000', '770e8400-e29b-41d4-a716-446655440002', \
           '880e8400-e29b-41d4-a716-446655440003', '990e8400-e29b-41d4-a716-446655440004', 'write', 'llm', 'Write an answer', 'succeeded', now(), now(), 2.3, \
           3, 'search', 'customer-7', '{{\"query\": \"How long do I have to return an order that came damaged?\"}}', \
           '{{\"text\": \"30 days from delivery.\"}}', 'openai', 'gpt-4o', 800, 64, 864, 0.00267, 'USD' FROM ({source}) s"
    )
}

fn selected(schema: &str, rows: usize) -> String {
    let source = format!("SELECT FROM generate_series(1, {rows})");
    insert(schema, &source) + "\n"
}

fn batches(times: &Times, count: usize) -> String {
    (0..count / BATCH)
        .map(|_| {
            let batch = Value::Array(events(Id::Generated, times)).to_string();
            format!(
                "SELECT logged FROM dify_observe.log_batch('{}')\n",
                batch.replace('\'', "''")
            )
        })
        .collect()
}
