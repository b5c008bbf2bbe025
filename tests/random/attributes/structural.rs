//! Runs and nodes: what their logs say, most of which their spans say too.

use super::{Listed, spelled, total_tokens};
use crate::expectation::Expected;

const MODEL_NODES: [&str; 4] = ["llm", "agent", "question-classifier", "parameter-extractor"];
const PLUGIN_NODES: [&str; 2] = ["tool", "knowledge-retrieval"];

impl Listed<'_> {
    pub fn run(&mut self) {
        let own = Expected::Text(spelled(self.own()));
        self.put("dify.trace_id", own.clone());
        self.uuid("dify.tenant_id", "tenant_id");
        self.uuid("dify.workflow.id", "workflow_id");
        self.put("dify.workflow.run_id", own);
        self.text("dify.workflow.status", "status");
        self.error("dify.workflow.error");
        self.took("dify.workflow.elapsed_time");
        self.text("dify.invoke_from", "invoke_from");
        self.uuid("dify.conversation.id", "conversation_id");
        self.uuid("dify.message.id", "message_id");
        self.text("dify.invoked_by", "invoked_by");
        if self.event.call.is_nested() {
            let root = self.event.root.map(spelled);
            self.put("dify.parent.trace_id", Expected::text(root.as_deref()));
            self.uuid("dify.parent.workflow.run_id", "parent_workflow_run_id");
            self.uuid("dify.parent.node.execution_id", "parent_node_execution_id");
            self.uuid("dify.parent.app.id", "parent_app_id");
        }
        self.text("dify.user.id", "user_id");
        self.int("gen_ai.usage.total_tokens", total_tokens(self.event));
        self.text("dify.workflow.version", "workflow_version");
        self.content_json("dify.workflow.inputs", "inputs");
        self.content_json("dify.workflow.outputs", "outputs");
        self.content_text("dify.workflow.query", "query");
    }

    pub fn node(&mut self) {
        let own = Expected::Text(spelled(self.own()));
        if self.event.call.is_draft() {
            self.put("dify.trace_id", own.clone());
        } else {
            self.uuid("dify.trace_id", "workflow_run_id");
        }
        self.uuid("dify.tenant_id", "tenant_id");
        self.uuid("dify.workflow.id", "workflow_id");
        self.uuid("dify.workflow.run_id", "workflow_run_id");
        self.uuid("dify.message.id", "message_id");
        self.uuid("dify.conversation.id", "conversation_id");
        self.put("dify.node.execution_id", own);
        for name in [
            "title",
            "predecessor_node_id",
            "iteration_id",
            "loop_id",
            "parallel_id",
            "invoked_by",
        ] {
            self.text(&format!("dify.node.{name}"), name);
        }
        self.text("dify.node.id", "node_id");
        self.text("dify.node.type", "node_type");
        self.text("dify.node.status", "status");
        self.error("dify.node.error");
        self.took("dify.node.elapsed_time");
        self.int("dify.node.index", self.event.call.int("index"));
        self.text("dify.user.id", "user_id");
        self.of_its_type();
        self.content_json("dify.node.inputs", "inputs");
        self.content_json("dify.node.outputs", "outputs");
        self.content_json("dify.node.process_data", "process_data");
    }

    /// Present on some node types, and wherever a value was given.
    fn of_its_type(&mut self) {
        let call = &self.event.call;
        let node_type = call.text("node_type").expect("a type");
        let model = MODEL_NODES.contains(&node_type);
        let plugin = PLUGIN_NODES.contains(&node_type);
        let dataset = node_type == "knowledge-retrieval";
        let before: Vec<String> = self.fields.keys().cloned().collect();
        self.models();
        self.float("dify.node.total_price", call.float("total_price"));
        self.text("dify.node.currency", "currency");
        self.text("dify.node.plugin_name", "plugin_name");
        self.text("dify.node.plugin_id", "plugin_id");
        self.datasets();
        self.fields.retain(|name, value| {
            let always = if name.starts_with("dify.dataset.") {
                dataset
            } else if name.starts_with("dify.node.plugin_") {
                plugin
            } else {
                model
            };
            always || *value != Expected::Null || before.contains(name)
        });
    }
}
