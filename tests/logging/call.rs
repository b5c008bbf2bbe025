//! A logging call with its arguments, made of what is required and changed one argument at a time.

use std::collections::BTreeMap;

pub const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
pub const APP: &str = "770e8400-e29b-41d4-a716-446655440002";
pub const WORKFLOW: &str = "880e8400-e29b-41d4-a716-446655440003";
/// Given where a call needs an id of something else.
pub const OTHER: &str = "123e4567-e89b-42d3-a456-426614174000";

/// Every logging function with its required arguments and a value for each.
pub const FUNCTIONS: [(&str, &[(&str, &str)]); 17] = [
    ("log_app_created", &[("tenant_id", TENANT), ("app_id", APP)]),
    ("log_app_updated", &[("tenant_id", TENANT), ("app_id", APP)]),
    ("log_app_deleted", &[("tenant_id", TENANT), ("app_id", APP)]),
    (
        "log_workflow_run",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("workflow_id", WORKFLOW),
            ("status", "succeeded"),
        ],
    ),
    (
        "start_workflow_run",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("workflow_id", WORKFLOW),
        ],
    ),
    (
        "finish_workflow_run",
        &[("id", OTHER), ("status", "succeeded")],
    ),
    (
        "log_node_execution",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("node_id", "node"),
            ("node_type", "code"),
            ("status", "succeeded"),
            ("workflow_run_id", OTHER),
        ],
    ),
    (
        "start_node_execution",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("node_id", "node"),
            ("node_type", "code"),
            ("workflow_run_id", OTHER),
        ],
    ),
    (
        "finish_node_execution",
        &[("id", OTHER), ("status", "succeeded")],
    ),
    (
        "log_message",
        &[("tenant_id", TENANT), ("app_id", APP), ("status", "normal")],
    ),
    (
        "log_tool_execution",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("tool_name", "weather"),
            ("status", "succeeded"),
        ],
    ),
    (
        "log_moderation_check",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("action", "pass"),
            ("flagged", "false"),
        ],
    ),
    (
        "log_suggested_questions",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("status", "succeeded"),
        ],
    ),
    (
        "log_dataset_retrieval",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("status", "succeeded"),
        ],
    ),
    (
        "log_generate_name",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("conversation_id", OTHER),
            ("status", "succeeded"),
        ],
    ),
    (
        "log_prompt_generation",
        &[
            ("tenant_id", TENANT),
            ("operation_type", "rule_generate"),
            ("status", "succeeded"),
        ],
    ),
    (
        "log_feedback",
        &[
            ("tenant_id", TENANT),
            ("app_id", APP),
            ("message_id", OTHER),
        ],
    ),
];

#[derive(Clone, Debug)]
pub struct Call {
    function: String,
    arguments: BTreeMap<String, String>,
}

impl Call {
    /// With what is required and nothing else.
    #[track_caller]
    pub fn of(function: &str) -> Call {
        let (_, required) = FUNCTIONS
            .iter()
            .find(|(name, _)| *name == function)
            .unwrap_or_else(|| panic!("{function} is not listed"));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Call {
            function: function.to_owned(),
            arguments: required.iter().map(own).collect(),
        }
    }

    pub fn with(mut self, argument: &str, value: &str) -> Call {
        self.arguments.insert(argument.to_owned(), value.to_owned());
        self
    }

    pub fn with_all(mut self, arguments: &[(&str, &str)]) -> Call {
        for (argument, value) in arguments {
            self = self.with(argument, value);
        }
        self
    }

    pub fn without(mut self, argument: &str) -> Call {
        self.arguments.remove(argument);
        self
    }

    /// Every value as a literal of unknown type, as a client's parameters are.
    pub fn sql(&self) -> String {
        let given: Vec<String> = self
            .arguments
            .iter()
            .map(|(name, value)| format!("{name} => '{}'", value.replace('\'', "''")))
            .collect();
        format!(
            "SELECT dify_observe.{}({})",
            self.function,
            given.join(", ")
        )
    }
}

/// What is logged with a state: the table, and its three calls where it has them.
pub struct Kind {
    pub table: &'static str,
    pub log: &'static str,
    pub elapsed: &'static str,
    pub event: &'static str,
    /// Not final, with which a row may begin.
    pub open: &'static [&'static str],
    pub done: &'static [&'static str],
}

pub const KINDS: [Kind; 3] = [
    Kind {
        table: "workflow_runs",
        log: "log_workflow_run",
        elapsed: "elapsed_time",
        event: "dify.workflow.run",
        open: &["running", "paused", "scheduled"],
        done: &["succeeded", "failed", "stopped", "partial-succeeded"],
    },
    Kind {
        table: "node_executions",
        log: "log_node_execution",
        elapsed: "elapsed_time",
        event: "dify.node.execution",
        open: &["running", "pending", "paused"],
        done: &[
            "succeeded",
            "failed",
            "exception",
            "retry",
            "stopped",
            "partial-succeeded",
        ],
    },
    Kind {
        table: "messages",
        log: "log_message",
        elapsed: "duration",
        event: "dify.message.run",
        open: &["running", "paused"],
        done: &["normal", "succeeded", "failed", "error", "stopped"],
    },
];

impl Kind {
    pub fn call(&self) -> Call {
        Call::of(self.log)
    }
}
