//! A value for every argument of the functions that log operations: tools, moderation, suggested questions, retrieval, names, prompts.

use crate::call::{APP, TENANT};
use crate::everything_given::{CONVERSATION, Given, ID, MESSAGE, NODE, RUN};

const OF_ALL: [(&str, &str); 12] = [
    ("tenant_id", TENANT),
    ("id", ID),
    ("user_id", "user-1"),
    ("message_id", MESSAGE),
    ("workflow_run_id", RUN),
    ("node_execution_id", NODE),
    ("parent_trace_id", "cc000000-0000-4000-8000-000000000001"),
    ("duration", "1.25"),
    ("error", "the error, wörtlich"),
    ("created_at", "2026-02-03 04:05:06.789+00"),
    ("finished_at", "2026-02-03 04:05:16.789+00"),
    ("metadata", r#"{"k": "v"}"#),
];
const IN_AN_APP: (&str, &str) = ("app_id", APP);
const INPUTS: (&str, &str) = ("inputs", r#"{"question": "退货?"}"#);
const OUTPUTS: (&str, &str) = ("outputs", r#""just text""#);

fn with(own: &[(&'static str, &'static str)]) -> Given {
    [&OF_ALL[..], own].concat()
}

fn tool() -> Given {
    with(&[
        IN_AN_APP,
        INPUTS,
        OUTPUTS,
        ("tool_name", "weather"),
        ("status", "failed"),
        ("parameters", r#"{"units": ["°C"]}"#),
        ("config", r#"{"timeout": 30}"#),
        ("file_url", "https://example.com/f"),
        ("message_file_id", "bb000000-0000-4000-8000-000000000006"),
        ("created_by_role", "end_user"),
        ("created_by", "bb000000-0000-4000-8000-000000000007"),
    ])
}

fn moderation() -> Given {
    with(&[
        IN_AN_APP,
        INPUTS,
        ("action", "block"),
        ("flagged", "true"),
        ("type", "output"),
        ("categories", r#"["violence", "weiß"]"#),
        ("query", "the query"),
        ("preset_response", "not this way"),
        (
            "workflow_app_log_id",
            "bb000000-0000-4000-8000-000000000003",
        ),
    ])
}

fn suggested_questions() -> Given {
    with(&[
        IN_AN_APP,
        INPUTS,
        ("status", "error"),
        ("questions", r#"["And tomorrow?", "Wirklich?"]"#),
        ("count", "2"),
        ("model_provider", "openai"),
        ("model_name", "gpt-4o"),
        ("total_tokens", "44"),
    ])
}

fn retrieval() -> Given {
    with(&[
        IN_AN_APP,
        ("status", "failed"),
        ("dataset_ids", "{dataset-1}"),
        ("dataset_names", "{Handbook}"),
        ("query", "the query"),
        ("documents", r#"[{"id": "doc1", "score": 0.95}]"#),
        ("document_count", "1"),
    ])
}

fn generated_name() -> Given {
    with(&[
        IN_AN_APP,
        INPUTS,
        OUTPUTS,
        ("conversation_id", CONVERSATION),
        ("status", "failed"),
    ])
}

fn prompt_generation() -> Given {
    with(&[
        IN_AN_APP,
        ("operation_type", "code_generate"),
        ("status", "failed"),
        ("model_provider", "openai"),
        ("model_name", "gpt-4o"),
        ("input_tokens", "11"),
        ("output_tokens", "22"),
        ("total_tokens", "44"),
        ("total_price", "0.1"),
        ("currency", "EUR"),
        ("instruction", "the instruction"),
        ("output", "the output"),
    ])
}

/// Every operation's event with the call that tells it and all its arguments.
pub fn all() -> [(&'static str, &'static str, Given); 6] {
    [
        ("dify.tool.execution", "log_tool_execution", tool()),
        (
            "dify.moderation.check",
            "log_moderation_check",
            moderation(),
        ),
        (
            "dify.suggested_question.generation",
            "log_suggested_questions",
            suggested_questions(),
        ),
        (
            "dify.dataset.retrieval",
            "log_dataset_retrieval",
            retrieval(),
        ),
        (
            "dify.generate_name.execution",
            "log_generate_name",
            generated_name(),
        ),
        (
            "dify.prompt_generation.execution",
            "log_prompt_generation",
            prompt_generation(),
        ),
    ]
}
