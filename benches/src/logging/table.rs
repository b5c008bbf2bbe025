//! The tables that are measured, with the columns of a typical row.

/// A source table and the function that logs into it.
pub struct Table {
    pub name: &'static str,
    pub function: &'static str,
    /// Name and type; a json column is jsonb in the table.
    pub columns: &'static [(&'static str, &'static str)],
}

pub static TABLES: [Table; 4] = [
    Table {
        name: "workflow_runs",
        function: "log_workflow_run",
        columns: &[
            ("id", "uuid"),
            ("tenant_id", "uuid"),
            ("app_id", "uuid"),
            ("workflow_id", "uuid"),
            ("conversation_id", "uuid"),
            ("message_id", "uuid"),
            ("created_at", "timestamptz"),
            ("finished_at", "timestamptz"),
            ("elapsed_time", "float8"),
            ("status", "text"),
            ("workflow_version", "text"),
            ("triggered_from", "text"),
            ("invoke_from", "text"),
            ("invoked_by", "text"),
            ("user_id", "text"),
            ("input_tokens", "bigint"),
            ("output_tokens", "bigint"),
            ("total_tokens", "bigint"),
            ("total_steps", "int"),
            ("total_price", "float8"),
            ("currency", "text"),
            ("query", "text"),
            ("inputs", "json"),
            ("outputs", "json"),
        ],
    },
    Table {
        name: "node_executions",
        function: "log_node_execution",
        columns: &[
            ("id", "uuid"),
            ("tenant_id", "uuid"),
            ("app_id", "uuid"),
            ("workflow_id", "uuid"),
            ("workflow_run_id", "uuid"),
            ("created_at", "timestamptz"),
            ("finished_at", "timestamptz"),
            ("elapsed_time", "float8"),
            ("status", "text"),
            ("node_id", "text"),
            ("node_type", "text"),
            ("title", "text"),
            ("predecessor_node_id", "text"),
            ("index", "int"),
            ("invoked_by", "text"),
            ("user_id", "text"),
            ("model_provider", "text"),
            ("model_name", "text"),
            ("input_tokens", "bigint"),
            ("output_tokens", "bigint"),
            ("total_tokens", "bigint"),
            ("total_price", "float8"),
            ("currency", "text"),
            ("inputs", "json"),
            ("outputs", "json"),
        ],
    },
    Table {
        name: "messages",
        function: "log_message",
        columns: &[
            ("id", "uuid"),
            ("tenant_id", "uuid"),
            ("app_id", "uuid"),
            ("conversation_id", "uuid"),
            ("workflow_run_id", "uuid"),
            ("created_at", "timestamptz"),
            ("finished_at", "timestamptz"),
            ("duration", "float8"),
            ("time_to_first_token", "float8"),
            ("status", "text"),
            ("invoke_from", "text"),
            ("mode", "text"),
            ("user_id", "text"),
            ("model_provider", "text"),
            ("model_name", "text"),
            ("input_tokens", "bigint"),
            ("output_tokens", "bigint"),
            ("total_tokens", "bigint"),
            ("total_price", "float8"),
            ("currency", "text"),
            ("inputs", "json"),
            ("outputs", "json"),
        ],
    },
    Table {
        name: "tool_executions",
        function: "log_tool_execution",
        columns: &[
            ("id", "uuid"),
            ("tenant_id", "uuid"),
            ("app_id", "uuid"),
            ("message_id", "uuid"),
            ("workflow_run_id", "uuid"),
            ("created_at", "timestamptz"),
            ("finished_at", "timestamptz"),
            ("duration", "float8"),
            ("status", "text"),
            ("tool_name", "text"),
            ("user_id", "text"),
            ("inputs", "json"),
            ("outputs", "json"),
            ("parameters", "json"),
        ],
    },
];

impl Table {
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The same row into the table of this schema.
    pub fn insert(&self, schema: &str) -> String {
        let values = self.values(|_, kind, place| {
            let kind = if kind == "json" { "jsonb" } else { kind };
            format!("{place}::{kind}")
        });
        format!(
            "INSERT INTO {schema}.{} ({}) VALUES ({values})",
            self.name,
            self.names()
        )
    }

    pub fn call(&self) -> String {
        let values = self.values(|name, kind, place| format!("{name} => {place}::{kind}"));
        format!("SELECT dify_observe.{}({values})", self.function)
    }

    fn values(&self, value: impl Fn(&str, &str, String) -> String) -> String {
        let values: Vec<String> = self
            .columns
            .iter()
            .zip(1..)
            .map(|((name, kind), place)| value(name, kind, format!("${place}")))
            .collect();
        values.join(", ")
    }
}
