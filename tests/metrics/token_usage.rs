//! The true usage per tenant and app, where the counters count a run, its nodes and its message.

use dify_observe_tests::Cluster;

const DATABASE: &str = "usage";
const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
const APP: &str = "770e8400-e29b-41d4-a716-446655440002";
const RUN: &str = "aa000000-0000-4000-8000-000000000001";
const SILENT_RUN: &str = "aa000000-0000-4000-8000-000000000002";
const TOOL_NODE: &str = "aa000000-0000-4000-8000-000000000003";

struct Usage(Cluster);

impl Usage {
    fn new() -> Self {
        let cluster = Cluster::builder("token_usage").start();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        Self(cluster)
    }

    fn log(&self, function: &str, arguments: &str) {
        self.0.sql(
            DATABASE,
            &format!("SELECT dify_observe.{function}(tenant_id => '{TENANT}', app_id => '{APP}', status => 'succeeded', {arguments})"),
        );
    }

    /// Total, then what it is made of: runs, nodes, messages, prompt generations, suggested questions.
    fn shown(&self) -> String {
        self.0.value(
            DATABASE,
            "SELECT concat_ws(' ', total_tokens, workflow_tokens, node_tokens, message_tokens, prompt_generation_tokens, suggested_question_tokens) \
             FROM dify_observe.token_usage",
        )
        .expect("a row")
    }
}

#[test]
fn what_a_run_its_nodes_and_its_message_tell_is_taken_once() {
    let usage = Usage::new();
    let run =
        format!("workflow_id => '{APP}', id => '{RUN}', input_tokens => 70, output_tokens => 30");
    usage.log("log_workflow_run", &run);
    let node = format!(
        "workflow_run_id => '{RUN}', node_id => 'a', node_type => 'llm', total_tokens => 60"
    );
    usage.log("log_node_execution", &node);
    let tool = format!(
        "workflow_run_id => '{RUN}', node_id => 'b', node_type => 'tool', id => '{TOOL_NODE}', total_tokens => 40"
    );
    usage.log("log_node_execution", &tool);
    usage.log(
        "log_message",
        &format!("workflow_run_id => '{RUN}', total_tokens => 100"),
    );
    assert_eq!(usage.shown(), "100 100 0 0 0 0");

    let inner =
        format!("workflow_id => '{APP}', parent_workflow_run_id => '{RUN}', total_tokens => 40");
    usage.log(
        "log_workflow_run",
        &format!("{inner}, parent_node_execution_id => '{TOOL_NODE}'"),
    );
    assert_eq!(
        usage.shown(),
        "100 100 0 0 0 0",
        "the tool node tells the inner run's"
    );
    usage.log("log_workflow_run", &inner);
    assert_eq!(usage.shown(), "140 140 0 0 0 0", "nobody tells this one's");
}

#[test]
fn what_no_run_tells_is_taken_where_it_is_told() {
    let usage = Usage::new();
    usage.log(
        "log_workflow_run",
        &format!("workflow_id => '{APP}', id => '{SILENT_RUN}'"),
    );
    usage.log(
        "log_message",
        &format!("workflow_run_id => '{SILENT_RUN}', total_tokens => 9"),
    );
    assert_eq!(usage.shown(), "9 0 0 9 0 0");
    let node = format!(
        "workflow_run_id => '{SILENT_RUN}', node_id => 'a', node_type => 'llm', total_tokens => 7"
    );
    usage.log("log_node_execution", &node);
    assert_eq!(usage.shown(), "7 7 0 0 0 0");
    usage.log(
        "log_node_execution",
        &format!(
            "workflow_run_id => '{RUN}', node_id => 'a', node_type => 'llm', total_tokens => 5"
        ),
    );
    usage.log(
        "log_node_execution",
        "draft => true, node_id => 'a', node_type => 'llm', total_tokens => 3",
    );
    usage.log("log_message", "input_tokens => 20, output_tokens => 10");
    usage.log(
        "log_prompt_generation",
        "operation_type => 'rule_generate', total_tokens => 2",
    );
    usage.log("log_suggested_questions", "total_tokens => 1");
    assert_eq!(usage.shown(), "48 7 8 30 2 1");
}
