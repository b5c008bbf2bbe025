//! Operations.

use super::usage::dollars;
use super::{Gate, Observation, Payload, Role, Usage, documents};
use crate::otlp::record::{
    DatasetRetrieval, GeneratedName, ModerationCheck, Operation, PromptGeneration, Record,
    SuggestedQuestions, ToolExecution,
};
use crate::profiles::content::{json_text, one_or_json_array};
use serde_json::json;

pub(super) fn tool(seen: &mut Observation, tool: &ToolExecution, gate: Gate) {
    called(seen, Role::Tool, &tool.tool_name);
    seen.tags = vec!["tool".to_owned(), tool.tool_name.clone()];
    seen.input = gate.json(&tool.inputs);
    seen.output = gate.json(&tool.outputs);
    belongs(seen, &tool.operation);
    seen.fact("tool_name", tool.tool_name.as_str());
    seen.fact("status", tool.operation.status.as_deref());
    seen.fact("time_cost", tool.operation.duration);
    seen.fact("error", tool.operation.error.as_deref());
    seen.fact("message_file_id", tool.message_file_id);
    seen.fact("created_by_role", tool.created_by_role.as_deref());
    seen.fact("created_user_id", tool.created_by);
    for (name, json) in [
        ("tool_inputs", &tool.inputs),
        ("tool_outputs", &tool.outputs),
        ("tool_config", &tool.config),
        ("tool_parameters", &tool.parameters),
    ] {
        seen.detail(name, gate.json(json).map(|shown| shown.text));
    }
    seen.detail("file_url", gate.text(&tool.file_url));
}

pub(super) fn moderation(seen: &mut Observation, check: &ModerationCheck, gate: Gate) {
    called(seen, Role::Guardrail, "moderation");
    seen.tags = vec!["moderation".to_owned()];
    seen.input = gate
        .json(&check.inputs)
        .or_else(|| gate.object("query", &check.query));
    let preset = gate.text(&check.preset_response);
    if gate.0 {
        let said =
            json!({"action": check.action, "flagged": check.flagged, "preset_response": preset});
        seen.output = Some(Payload::json(said.to_string()));
    }
    belongs(seen, &check.operation);
    seen.fact("action", check.action.as_str());
    seen.fact("flagged", check.flagged);
    seen.fact("type", check.checked.as_deref());
    seen.fact("categories", check.categories.as_ref().map(json_text));
    seen.fact("workflow_app_log_id", check.workflow_app_log_id);
    seen.detail("preset_response", preset);
}

pub(super) fn suggested_questions(
    seen: &mut Observation,
    record: &Record,
    suggested: &SuggestedQuestions,
    gate: Gate,
) {
    called(seen, Role::Generation, "suggested_question");
    seen.tags = vec!["suggested_question".to_owned()];
    seen.input = gate.json(&suggested.inputs);
    seen.output = gate.json(&suggested.questions);
    seen.converse();
    seen.provider.clone_from(&suggested.model_provider);
    seen.model.clone_from(&suggested.model_name);
    seen.usage = Usage::of(None, None, suggested.total_tokens);
    belongs(seen, &suggested.operation);
    of_message(seen, record, &suggested.operation);
    seen.fact("count", suggested.count);
    seen.fact("total_tokens", suggested.total_tokens);
}

pub(super) fn retrieval(
    seen: &mut Observation,
    record: &Record,
    retrieval: &DatasetRetrieval,
    gate: Gate,
) {
    called(seen, Role::Retriever, "dataset_retrieval");
    seen.tags = vec!["dataset_retrieval".to_owned()];
    seen.query = gate.text(&retrieval.query);
    seen.input = gate.object("query", &retrieval.query);
    seen.output = gate.json(&retrieval.documents);
    let documents = gate.parsed(&retrieval.documents).unwrap_or_default();
    seen.documents = documents::of(&documents);
    belongs(seen, &retrieval.operation);
    of_message(seen, record, &retrieval.operation);
    let datasets = |texts: &Option<Vec<String>>| texts.as_deref().and_then(one_or_json_array);
    seen.fact("dataset_ids", datasets(&retrieval.dataset_ids));
    seen.fact("dataset_names", datasets(&retrieval.dataset_names));
    seen.fact("document_count", retrieval.document_count);
}

pub(super) fn generated_name(seen: &mut Observation, name: &GeneratedName, gate: Gate) {
    called(seen, Role::Generation, "generate_name");
    seen.tags = vec!["generate_name".to_owned()];
    seen.input = gate.json(&name.inputs);
    seen.output = gate.json(&name.outputs);
    seen.converse();
    belongs(seen, &name.operation);
    seen.fact("conversation_id", name.conversation_id);
    seen.fact("status", name.operation.status.as_deref());
}

pub(super) fn prompt_generation(seen: &mut Observation, prompt: &PromptGeneration, gate: Gate) {
    called(seen, Role::Generation, "prompt_generation");
    seen.tags = vec!["prompt_generation".to_owned()];
    seen.input = gate.text(&prompt.instruction).map(Payload::plain);
    seen.output = gate.text(&prompt.output).map(Payload::plain);
    seen.converse();
    seen.provider.clone_from(&prompt.model_provider);
    seen.model.clone_from(&prompt.model_name);
    seen.usage = Usage::of(
        prompt.input_tokens,
        prompt.output_tokens,
        prompt.total_tokens,
    );
    seen.cost = dollars(prompt.total_price, prompt.currency.as_deref());
    belongs(seen, &prompt.operation);
    seen.fact("operation_type", prompt.operation_type.as_str());
    seen.fact("status", prompt.operation.status.as_deref());
    seen.fact("total_tokens", prompt.total_tokens);
    seen.fact("total_price", prompt.total_price);
    seen.fact("currency", prompt.currency.as_deref());
}

fn called(seen: &mut Observation, role: Role, name: &str) {
    seen.role = role;
    seen.name = name.to_owned();
}

fn belongs(seen: &mut Observation, operation: &Operation) {
    seen.fact("message_id", operation.message_id);
    seen.fact("workflow_run_id", operation.workflow_run_id);
    seen.fact("node_execution_id", operation.node_execution_id);
}

/// What the message tells, where its row is there; else what the operation itself knows.
fn of_message(seen: &mut Observation, record: &Record, operation: &Operation) {
    let message = record.relatives.message.as_ref();
    let provider = message.and_then(|message| message.model_provider.clone());
    let model = message.and_then(|message| message.model_name.clone());
    seen.fact("ls_provider", seen.provider.clone().or(provider));
    seen.fact("ls_model_name", seen.model.clone().or(model));
    let Some(message) = message else {
        return seen.fact("status", operation.status.as_deref());
    };
    seen.fact("status", message.status.as_str());
    seen.fact("from_end_user_id", message.end_user_id.as_deref());
    seen.fact("from_account_id", message.account_id.as_deref());
    seen.fact("agent_based", message.agent_based);
    seen.fact("from_source", message.from_source.as_deref());
    if operation.workflow_run_id.is_none() {
        seen.fact("workflow_run_id", message.workflow_run_id);
    }
}
