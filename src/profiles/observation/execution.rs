//! Runs, nodes and messages.

use super::usage::dollars;
use super::{Gate, Observation, Payload, Role, Said, Usage, chat, documents};
use crate::otlp::record::{Message, NodeExecution, Record, WorkflowRun};
use crate::profiles::content::one_or_json_array;

pub(super) fn run(seen: &mut Observation, record: &Record, run: &WorkflowRun, gate: Gate) {
    seen.role = Role::Workflow;
    seen.name = "workflow".to_owned();
    let id = run.workflow_app_log_id.unwrap_or(run.id);
    seen.numbered_name = Some(format!("workflow_{id}"));
    seen.tags = vec!["workflow".to_owned()];
    seen.version = run.workflow_version.clone();
    seen.input = gate
        .json(&run.inputs)
        .or_else(|| gate.object("query", &run.query));
    seen.output = gate.json(&run.outputs);
    if !record.relatives.usage_is_told {
        seen.usage = Usage::of(run.input_tokens, run.output_tokens, run.total_tokens);
        seen.cost = dollars(run.total_price, run.currency.as_deref());
    }
    seen.fact("workflow_id", run.workflow_id);
    seen.fact("conversation_id", run.conversation_id);
    seen.fact("workflow_run_id", run.id);
    seen.fact("workflow_app_log_id", run.workflow_app_log_id);
    seen.fact("message_id", run.message_id);
    seen.fact("elapsed_time", run.elapsed_time);
    seen.fact("status", run.status.as_str());
    seen.fact("version", run.workflow_version.as_deref());
    seen.fact("input_tokens", run.input_tokens);
    seen.fact("output_tokens", run.output_tokens);
    seen.fact("total_tokens", run.total_tokens);
    seen.fact("total_price", run.total_price);
    seen.fact("currency", run.currency.as_deref());
    seen.fact("total_steps", run.total_steps);
    seen.fact("triggered_from", run.triggered_from.as_deref());
    seen.fact("invoke_from", run.invoke_from.as_deref());
    seen.fact("from_source", run.from_source.as_deref());
    seen.detail("query", gate.text(&run.query));
    seen.detail("file_list", gate.json(&run.files).map(|files| files.text));
}

pub(super) fn node(seen: &mut Observation, node: &NodeExecution, gate: Gate) {
    seen.role = match node.node_type.as_str() {
        "llm" | "question-classifier" | "parameter-extractor" => Role::Generation,
        "agent" => Role::Agent,
        "knowledge-retrieval" => Role::Retriever,
        "tool" | "http-request" | "code" => Role::Tool,
        "iteration" | "loop" => Role::Group,
        _ => Role::Step,
    };
    let title = node.title.as_deref().filter(|title| !title.is_empty());
    seen.name = title.unwrap_or(&node.node_type).to_owned();
    seen.input = gate.json(&node.inputs);
    seen.output = gate.json(&node.outputs);
    let outputs = gate.parsed(&node.outputs).unwrap_or_default();
    let mut process_data = gate.json(&node.process_data);
    match seen.role {
        Role::Generation | Role::Agent => {
            seen.provider.clone_from(&node.model_provider);
            seen.model.clone_from(&node.model_name);
            seen.usage = Usage::of(node.input_tokens, node.output_tokens, node.total_tokens);
            seen.cost = dollars(node.total_price, node.currency.as_deref());
            let data = gate.parsed(&node.process_data).unwrap_or_default();
            let reason = outputs.get("finish_reason").or(data.get("finish_reason"));
            seen.finish_reason = reason.and_then(|text| Some(text.as_str()?.to_owned()));
            seen.asked = chat::prompts(&data);
            // The prompts are what the model was given.
            if !seen.asked.is_empty() {
                let given = data.get("prompts").map(ToString::to_string);
                seen.input = given.map(Payload::json);
                process_data = None;
            }
            seen.answered = chat::answer(&outputs).into_iter().collect();
            seen.converse();
        }
        Role::Retriever => {
            seen.documents = documents::of_outputs(&outputs);
            let inputs = gate.parsed(&node.inputs).unwrap_or_default();
            let query = inputs.get("query").and_then(|query| query.as_str());
            seen.query = query.map(str::to_owned);
        }
        _ => (),
    }
    let datasets = |texts: &Option<Vec<String>>| texts.as_deref().and_then(one_or_json_array);
    seen.fact("node_execution_id", node.id);
    seen.fact("node_id", node.node_id.as_str());
    seen.fact("node_type", node.node_type.as_str());
    seen.fact("index", node.index);
    seen.fact("status", node.status.as_str());
    seen.fact("workflow_id", node.workflow_id);
    seen.fact("workflow_run_id", node.workflow_run_id);
    seen.fact("conversation_id", node.conversation_id);
    seen.fact("message_id", node.message_id);
    seen.fact("elapsed_time", node.elapsed_time);
    seen.fact("ls_provider", seen.provider.clone());
    seen.fact("ls_model_name", seen.model.clone());
    seen.fact("total_tokens", node.total_tokens);
    seen.fact("total_price", node.total_price);
    seen.fact("currency", node.currency.as_deref());
    seen.fact("predecessor_node_id", node.predecessor_node_id.as_deref());
    seen.fact("iteration_id", node.iteration_id.as_deref());
    seen.fact("iteration_index", node.iteration_index);
    seen.fact("loop_id", node.loop_id.as_deref());
    seen.fact("loop_index", node.loop_index);
    seen.fact("parallel_id", node.parallel_id.as_deref());
    seen.fact("retry_index", node.retry_index);
    seen.fact("plugin_name", node.plugin_name.as_deref());
    seen.fact("plugin_id", node.plugin_id.as_deref());
    seen.fact("dataset_ids", datasets(&node.dataset_ids));
    seen.fact("dataset_names", datasets(&node.dataset_names));
    seen.detail("process_data", process_data.map(|data| data.text));
}

pub(super) fn message(seen: &mut Observation, record: &Record, message: &Message, gate: Gate) {
    let is_agent =
        message.agent_based == Some(true) || message.mode.as_deref() == Some("agent-chat");
    seen.role = match message.workflow_run_id {
        Some(_) => Role::Turn,
        None if is_agent => Role::Agent,
        None => Role::Generation,
    };
    seen.name = "message".to_owned();
    seen.numbered_name = Some(format!("message_{}", message.id));
    seen.tags = vec!["message".to_owned()];
    seen.tags.extend(message.mode.clone());
    seen.input = gate
        .json(&message.inputs)
        .or_else(|| gate.object("query", &message.query));
    seen.output = gate
        .json(&message.outputs)
        .or_else(|| gate.object("answer", &message.answer));
    // The nodes of the run are the calls of the model.
    if seen.role != Role::Turn {
        seen.provider.clone_from(&message.model_provider);
        seen.model.clone_from(&message.model_name);
    }
    let asked = gate.text(&message.query).map(|text| Said::by("user", text));
    let answered = gate.text(&message.answer);
    seen.asked = asked.into_iter().collect();
    seen.answered = answered
        .map(|text| Said::by("assistant", text))
        .into_iter()
        .collect();
    seen.converse();
    if !record.relatives.usage_is_told {
        seen.usage = Usage::of(
            message.input_tokens,
            message.output_tokens,
            message.total_tokens,
        );
        seen.cost = dollars(message.total_price, message.currency.as_deref());
    }
    seen.first_token_at = message.time_to_first_token.map(|seconds| {
        // The cast saturates; no two storable times are further apart.
        message
            .created_at
            .saturating_add((seconds * 1e6).round() as i64)
    });
    seen.fact("conversation_id", message.conversation_id);
    seen.fact("ls_provider", message.model_provider.as_deref());
    seen.fact("ls_model_name", message.model_name.as_deref());
    seen.fact("status", message.status.as_str());
    seen.fact("from_end_user_id", message.end_user_id.as_deref());
    seen.fact("from_account_id", message.account_id.as_deref());
    seen.fact("agent_based", message.agent_based);
    seen.fact("workflow_run_id", message.workflow_run_id);
    seen.fact("from_source", message.from_source.as_deref());
    seen.fact("message_id", message.id);
    seen.fact("conversation_mode", message.mode.as_deref());
    seen.fact("invoke_from", message.invoke_from.as_deref());
    seen.fact("message_tokens", message.input_tokens);
    seen.fact("answer_tokens", message.output_tokens);
    seen.fact("total_tokens", message.total_tokens);
    seen.fact("total_price", message.total_price);
    seen.fact("currency", message.currency.as_deref());
    seen.detail("query", gate.text(&message.query));
    for (name, json) in [
        ("file_list", &message.files),
        ("message_file_data", &message.message_file_data),
    ] {
        seen.detail(name, gate.json(json).map(|shown| shown.text));
    }
}
