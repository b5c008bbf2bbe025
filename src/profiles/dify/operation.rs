//! The attributes of the operations, kind by kind.

use super::{put_content, text};
use crate::otlp::record::{
    DatasetRetrieval, GeneratedName, ModerationCheck, Operation, PromptGeneration,
    SuggestedQuestions, ToolExecution,
};
use crate::profiles::attribute::Attributes;
use crate::profiles::content::{Content, one_or_json_array};
use crate::profiles::severity::error_text;

pub(super) fn tool(log: &mut Attributes, tool: &ToolExecution, content: &Content) {
    put_subject(log, &tool.operation);
    log.put("dify.tool.name", tool.tool_name.as_str());
    let outcome = ["dify.tool.duration", "dify.tool.status", "dify.tool.error"];
    put_outcome(log, &tool.operation, outcome);
    for (name, json) in [
        ("dify.tool.inputs", &tool.inputs),
        ("dify.tool.outputs", &tool.outputs),
        ("dify.tool.parameters", &tool.parameters),
        ("dify.tool.config", &tool.config),
    ] {
        put_content(log, content, name, || text(json));
    }
}

/// The preset response is what the user saw in place of an answer: content, though the dictionary does not list it.
pub(super) fn moderation(log: &mut Attributes, check: &ModerationCheck, content: &Content) {
    put_subject(log, &check.operation);
    log.put("dify.moderation.type", check.checked.as_deref());
    log.put("dify.moderation.action", check.action.as_str());
    log.put("dify.moderation.flagged", check.flagged);
    log.put("dify.moderation.categories", text(&check.categories));
    for (name, said) in [
        ("dify.moderation.query", &check.query),
        ("dify.moderation.preset_response", &check.preset_response),
    ] {
        put_content(log, content, name, || said.clone());
    }
}

pub(super) fn suggested_questions(
    log: &mut Attributes,
    suggested: &SuggestedQuestions,
    content: &Content,
) {
    put_subject(log, &suggested.operation);
    log.put("dify.suggested_question.count", suggested.count);
    let outcome = [
        "dify.suggested_question.duration",
        "dify.suggested_question.status",
        "dify.suggested_question.error",
    ];
    put_outcome(log, &suggested.operation, outcome);
    put_content(log, content, "dify.suggested_question.questions", || {
        text(&suggested.questions)
    });
}

pub(super) fn retrieval(log: &mut Attributes, retrieval: &DatasetRetrieval, content: &Content) {
    let datasets = |texts: &Option<Vec<String>>| texts.as_deref().and_then(one_or_json_array);

    put_subject(log, &retrieval.operation);
    log.put("dify.dataset.id", datasets(&retrieval.dataset_ids));
    log.put("dify.dataset.name", datasets(&retrieval.dataset_names));
    put_content(log, content, "dify.retrieval.query", || {
        retrieval.query.clone()
    });
    log.put("dify.retrieval.document_count", retrieval.document_count);
    let outcome = [
        "dify.retrieval.duration",
        "dify.retrieval.status",
        "dify.retrieval.error",
    ];
    put_outcome(log, &retrieval.operation, outcome);
    put_content(log, content, "dify.dataset.documents", || {
        text(&retrieval.documents)
    });
}

pub(super) fn generated_name(log: &mut Attributes, name: &GeneratedName, content: &Content) {
    log.put("dify.app_id", name.operation.app_id);
    log.put("dify.conversation.id", name.conversation_id);
    let outcome = [
        "dify.generate_name.duration",
        "dify.generate_name.status",
        "dify.generate_name.error",
    ];
    put_outcome(log, &name.operation, outcome);
    put_content(log, content, "dify.generate_name.inputs", || {
        text(&name.inputs)
    });
    put_content(log, content, "dify.generate_name.outputs", || {
        text(&name.outputs)
    });
}

pub(super) fn prompt_generation(
    log: &mut Attributes,
    prompt: &PromptGeneration,
    content: &Content,
) {
    log.put("dify.app_id", prompt.operation.app_id);
    let operation_type = prompt.operation_type.as_str();
    log.put("dify.prompt_generation.operation_type", operation_type);
    log.put("gen_ai.provider.name", prompt.model_provider.as_deref());
    log.put("gen_ai.request.model", prompt.model_name.as_deref());
    log.put("gen_ai.usage.input_tokens", prompt.input_tokens);
    log.put("gen_ai.usage.output_tokens", prompt.output_tokens);
    log.put("gen_ai.usage.total_tokens", prompt.total_tokens);
    let outcome = [
        "dify.prompt_generation.duration",
        "dify.prompt_generation.status",
        "dify.prompt_generation.error",
    ];
    put_outcome(log, &prompt.operation, outcome);
    put_content(log, content, "dify.prompt_generation.instruction", || {
        prompt.instruction.clone()
    });
    put_content(log, content, "dify.prompt_generation.output", || {
        prompt.output.clone()
    });
}

fn put_subject(log: &mut Attributes, operation: &Operation) {
    log.put("dify.app_id", operation.app_id);
    log.put("dify.message.id", operation.message_id);
}

/// How long it took, how it ended and what went wrong: these three stand together in every list.
fn put_outcome(
    log: &mut Attributes,
    operation: &Operation,
    [duration, status, error]: [&'static str; 3],
) {
    log.put(duration, operation.duration);
    log.put(status, operation.status.as_deref());
    log.put(error, error_text(operation.error.as_deref()));
}

#[cfg(test)]
mod tests;
