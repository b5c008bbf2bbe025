//! Messages and operations, which have no spans.

use super::{Listed, spelled};
use crate::expectation::Expected;
use crate::json::Json;
use crate::kind::Kind;

impl Listed<'_> {
    pub fn message(&mut self) {
        self.put("dify.message.id", Expected::Text(spelled(self.own())));
        self.uuid("dify.conversation.id", "conversation_id");
        self.uuid("dify.workflow.run_id", "workflow_run_id");
        self.text("dify.invoke_from", "invoke_from");
        self.models();
        self.text("dify.message.status", "status");
        self.error("dify.message.error");
        self.took("dify.message.duration");
        let first = self.event.call.float("time_to_first_token");
        self.float("dify.message.time_to_first_token", first);
        for (name, document, text) in [
            ("inputs", "inputs", "query"),
            ("outputs", "outputs", "answer"),
        ] {
            let call = &self.event.call;
            let value = match (Expected::document(call.text(document)), call.text(text)) {
                (Expected::Null, Some(words)) => {
                    let members = [(text.to_owned(), Json::Text(words.to_owned()))];
                    Expected::Document(Json::Object(members.into()))
                }
                (document, _) => document,
            };
            self.content(&format!("dify.message.{name}"), value);
        }
    }

    pub fn operation(&mut self) {
        let call = &self.event.call;
        if !matches!(call.kind, Kind::Name | Kind::Prompt) {
            self.uuid("dify.message.id", "message_id");
        }
        let prefix = match call.kind {
            Kind::Tool => "dify.tool",
            Kind::Questions => "dify.suggested_question",
            Kind::Retrieval => "dify.retrieval",
            Kind::Name => "dify.generate_name",
            Kind::Prompt => "dify.prompt_generation",
            _ => return self.moderation(),
        };
        let named = |name: &str| format!("{prefix}.{name}");
        self.took(&named("duration"));
        self.text(&named("status"), "status");
        self.error(&named("error"));
        match call.kind {
            Kind::Tool => {
                self.text("dify.tool.name", "tool_name");
                for name in ["inputs", "outputs", "parameters", "config"] {
                    self.content_json(&named(name), name);
                }
            }
            Kind::Questions => {
                self.int(&named("count"), call.int("count"));
                self.content_json(&named("questions"), "questions");
            }
            Kind::Retrieval => {
                self.datasets();
                self.int(&named("document_count"), call.int("document_count"));
                self.content_text(&named("query"), "query");
                self.content_json("dify.dataset.documents", "documents");
            }
            Kind::Name => {
                self.uuid("dify.conversation.id", "conversation_id");
                self.content_json(&named("inputs"), "inputs");
                self.content_json(&named("outputs"), "outputs");
            }
            _ => {
                self.text(&named("operation_type"), "operation_type");
                self.models();
                self.content_text(&named("instruction"), "instruction");
                self.content_text(&named("output"), "output");
            }
        }
    }

    fn moderation(&mut self) {
        let call = &self.event.call;
        let or = |name, default| call.text(name).unwrap_or(default);
        let kind = Expected::text(Some(or("type", "input")));
        let categories = Expected::document(Some(or("categories", "[]")));
        self.put("dify.moderation.type", kind);
        self.put("dify.moderation.categories", categories);
        self.text("dify.moderation.action", "action");
        self.put(
            "dify.moderation.flagged",
            Expected::Bool(call.truth("flagged")),
        );
        self.content_text("dify.moderation.query", "query");
        self.content_text("dify.moderation.preset_response", "preset_response");
    }
}
