//! Faults of a batch rather than of an argument, and of finishing.

use super::Refusing;

impl Refusing {
    /// What is wrong with the batch rather than with an argument.
    pub fn faulty_batches(&mut self) {
        let id = self.draw.uuid();
        let good = format!(
            "{{\"event\": \"dify.message.run\", \"tenant_id\": \"{id}\", \"app_id\": \"{id}\", \"status\": \"normal\"}}"
        );
        let with = |member: &str| good.replacen('{', &format!("{{{member}, "), 1);
        for (bad, named) in [
            (with("\"no_such_field\": 1"), "no_such_field"),
            (with("\"tool_name\": \"of another event\""), "tool_name"),
            (
                good.replacen("dify.message.run", "dify.message.ran", 1),
                "dify.message.ran",
            ),
            (good.replacen("\"event\"", "\"Event\"", 1), "event"),
            (
                good.replacen("dify.message.run", "dify.telemetry.rehydration_failed", 1),
                "event",
            ),
            ("{}".to_owned(), "event"),
            ("17".to_owned(), ""),
            ("null".to_owned(), ""),
            ("[]".to_owned(), ""),
            (with("\"input_tokens\": \"many\""), "input_tokens"),
            (with("\"input_tokens\": 1.5"), "input_tokens"),
            (
                with("\"input_tokens\": 123456789012345678901234567890"),
                "input_tokens",
            ),
            (with("\"agent_based\": \"maybe\""), "agent_based"),
            (
                with("\"parent_message_id\": \"no uuid\""),
                "parent_message_id",
            ),
            (with("\"finished_at\": \"yesterday noon\""), "finished_at"),
            (good.replacen("normal", "running", 1), "status"),
        ] {
            let events = format!("{good}, {bad}, {good}");
            let statement = format!("SELECT * FROM dify_observe.log_batch('[{events}]')");
            self.refused(
                &format!("batch with {named}"),
                &statement,
                "22",
                &["event 2 of 3", named],
            );
            let statement = format!(
                "SELECT logged = 2 AND quarantined = 1 FROM dify_observe.log_batch('[{events}]', on_error => 'quarantine')"
            );
            self.kept_aside(named, &statement);
            self.logged += 2;
        }
        for batch in ["{}", "null", "1", "\"text\""] {
            let statement = format!("SELECT * FROM dify_observe.log_batch('{batch}')");
            self.refused("no array", &statement, "22", &["events"]);
        }
        self.refused(
            "no batch",
            "SELECT * FROM dify_observe.log_batch()",
            "22004",
            &["events"],
        );
        let statement = "SELECT * FROM dify_observe.log_batch('[]', on_error => 'ignore')";
        self.refused("on_error", statement, "22023", &["on_error"]);
        for function in ["finish_workflow_run", "finish_node_execution"] {
            let id = self.draw.uuid();
            let call = |arguments: &str| format!("SELECT dify_observe.{function}({arguments})");
            self.refused(
                function,
                &call(&format!("id => '{id}', status => 'succeeded'")),
                "02000",
                &[&id.to_string()],
            );
            self.refused(function, &call("status => 'succeeded'"), "22004", &["id"]);
            self.refused(
                function,
                &call(&format!("id => '{id}'")),
                "22004",
                &["status"],
            );
            self.refused(
                function,
                &call(&format!("id => '{id}', status => 'done'")),
                "22023",
                &["status"],
            );
        }
    }
}
