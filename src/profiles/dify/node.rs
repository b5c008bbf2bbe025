//! A node execution's attributes, of a draft too.

use super::{put_content, text};
use crate::otlp::record::NodeExecution;
use crate::profiles::attribute::Attributes;
use crate::profiles::content::{Content, one_or_json_array};
use crate::profiles::severity::error_text;

/// What its span and its log share.
pub(super) fn identity(node: &NodeExecution) -> Attributes {
    let mut all = Attributes::default();
    all.put("dify.trace_id", node.workflow_run_id.unwrap_or(node.id));
    all.put("dify.tenant_id", node.tenant_id);
    all.put("dify.app_id", node.app_id);
    all.put("dify.workflow.id", node.workflow_id);
    all.put("dify.workflow.run_id", node.workflow_run_id);
    all.put("dify.message.id", node.message_id);
    all.put("dify.conversation.id", node.conversation_id);
    all.put("dify.node.execution_id", node.id);
    all.put("dify.node.id", node.node_id.as_str());
    all.put("dify.node.type", node.node_type.as_str());
    all.put("dify.node.title", node.title.as_deref());
    all.put("dify.node.status", node.status.as_str());
    all.put("dify.node.error", error_text(node.error.as_deref()));
    all.put("dify.node.elapsed_time", node.elapsed_time);
    all.put("dify.node.index", node.index);
    let predecessor = node.predecessor_node_id.as_deref();
    all.put("dify.node.predecessor_node_id", predecessor);
    all.put("dify.node.iteration_id", node.iteration_id.as_deref());
    all.put("dify.node.loop_id", node.loop_id.as_deref());
    all.put("dify.node.parallel_id", node.parallel_id.as_deref());
    all.put("dify.node.invoked_by", node.invoked_by.as_deref());
    all
}

/// What only its log has.
pub(super) fn details(log: &mut Attributes, node: &NodeExecution, content: &Content) {
    let node_type = node.node_type.as_str();
    let model = matches!(
        node_type,
        "llm" | "agent" | "question-classifier" | "parameter-extractor"
    );
    let plugin = matches!(node_type, "tool" | "knowledge-retrieval");
    let dataset = node_type == "knowledge-retrieval";
    let provider = node.model_provider.as_deref();
    let datasets = |texts: &Option<Vec<String>>| texts.as_deref().and_then(one_or_json_array);

    log.put("dify.user.id", node.user_id.as_deref());
    log.put_where(model, "gen_ai.provider.name", provider);
    log.put_where(model, "gen_ai.request.model", node.model_name.as_deref());
    log.put_where(model, "gen_ai.usage.input_tokens", node.input_tokens);
    log.put_where(model, "gen_ai.usage.output_tokens", node.output_tokens);
    log.put_where(model, "gen_ai.usage.total_tokens", node.total_tokens);
    log.put_where(model, "dify.node.total_price", node.total_price);
    log.put_where(model, "dify.node.currency", node.currency.as_deref());
    log.put_where(plugin, "dify.node.plugin_name", node.plugin_name.as_deref());
    log.put_where(plugin, "dify.node.plugin_id", node.plugin_id.as_deref());
    log.put_where(dataset, "dify.dataset.id", datasets(&node.dataset_ids));
    log.put_where(dataset, "dify.dataset.name", datasets(&node.dataset_names));
    put_content(log, content, "dify.node.inputs", || text(&node.inputs));
    put_content(log, content, "dify.node.outputs", || text(&node.outputs));
    put_content(log, content, "dify.node.process_data", || {
        text(&node.process_data)
    });
}
