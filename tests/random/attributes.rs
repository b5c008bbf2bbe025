//! The attributes of every event: the dictionary's sections 4, 8 and 9, as sections 4 to 6 of the contract settle them.

mod standalone;
mod structural;

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::expectation::Expected;
use crate::json::Json;
use crate::kind::Kind;
use crate::outcome::error;
use crate::world::Event;

pub type Fields = BTreeMap<String, Expected>;

/// Whether content is shown, or a reference in its place.
#[derive(Clone, Copy, PartialEq)]
pub enum Gate {
    Open,
    Closed,
}

/// Attributes of one event, in the making.
struct Listed<'a> {
    event: &'a Event,
    gate: Gate,
    fields: Fields,
}

pub fn of_log(event: &Event, gate: Gate) -> Fields {
    let mut list = Listed {
        event,
        gate,
        fields: Fields::new(),
    };
    let (name, signal) = (event_name(event), has_span(event.call.kind));
    list.put("dify.event.name", Expected::text(Some(name)));
    let signal = if signal { "span_detail" } else { "metric_only" };
    list.put("dify.event.signal", Expected::text(Some(signal)));
    list.uuid("tenant_id", "tenant_id");
    if let Some(user) = user(event) {
        list.put("user_id", Expected::text(Some(user)));
    }
    list.uuid("dify.app_id", "app_id");
    match event.call.kind {
        Kind::Run => list.run(),
        Kind::Node => list.node(),
        Kind::Message => list.message(),
        Kind::AppCreated => {
            list.text("dify.app.mode", "mode");
            list.occurred("dify.app.created_at");
        }
        Kind::AppUpdated => list.occurred("dify.app.updated_at"),
        Kind::AppDeleted => list.occurred("dify.app.deleted_at"),
        Kind::Feedback => {
            list.uuid("dify.message.id", "message_id");
            list.text("dify.feedback.rating", "rating");
            list.occurred("dify.feedback.created_at");
            if gate == Gate::Open {
                list.text("dify.feedback.content", "content");
            }
        }
        _ => list.operation(),
    }
    list.fields
}

/// What of a log is also on its span.
pub fn of_span(event: &Event) -> Fields {
    const DETAILS: [&str; 10] = [
        "dify.event.name",
        "dify.event.signal",
        "tenant_id",
        "user_id",
        "dify.user.id",
        "dify.workflow.version",
        "dify.node.total_price",
        "dify.node.currency",
        "dify.node.plugin_name",
        "dify.node.plugin_id",
    ];
    let detail = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or(name);
        DETAILS.contains(&name)
            || name.starts_with("gen_ai.")
            || name.starts_with("dify.dataset.")
            || ["inputs", "outputs", "query", "process_data"].contains(&last)
    };
    of_log(event, Gate::Closed)
        .into_iter()
        .filter(|(name, value)| !detail(name) && !value.is_absent_on_spans())
        .collect()
}

pub fn has_span(kind: Kind) -> bool {
    matches!(kind, Kind::Run | Kind::Node)
}

pub fn event_name(event: &Event) -> &'static str {
    if event.call.is_draft() {
        "dify.node.execution.draft"
    } else {
        event.call.kind.event()
    }
}

pub fn user(event: &Event) -> Option<&str> {
    let call = &event.call;
    let others = ["end_user_id", "account_id"].iter();
    let other = |name: &&str| call.text(name);
    let given = call
        .text("user_id")
        .or_else(|| others.copied().find_map(|name| other(&name)));
    given.filter(|user| !user.is_empty())
}

/// The given one, else input and output where both are known.
pub fn total_tokens(event: &Event) -> Option<i64> {
    let call = &event.call;
    call.int("total_tokens")
        .or_else(|| Some(call.int("input_tokens")? + call.int("output_tokens")?))
}

pub fn spelled(uuid: Uuid) -> String {
    uuid.hyphenated().to_string()
}

impl Listed<'_> {
    fn put(&mut self, name: &str, value: Expected) {
        self.fields.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, argument: &str) {
        self.put(name, Expected::text(self.event.call.text(argument)));
    }

    fn uuid(&mut self, name: &str, argument: &str) {
        let text = self.event.call.uuid(argument).map(spelled);
        self.put(name, Expected::text(text.as_deref()));
    }

    fn int(&mut self, name: &str, value: Option<i64>) {
        self.put(name, value.map_or(Expected::Null, Expected::Int));
    }

    fn float(&mut self, name: &str, value: Option<f64>) {
        self.put(name, value.map_or(Expected::Null, Expected::Float));
    }

    fn error(&mut self, name: &str) {
        self.put(name, Expected::text(error(self.event)));
    }

    fn took(&mut self, name: &str) {
        self.float(name, Some(self.event.times.took));
    }

    fn occurred(&mut self, name: &str) {
        self.put(name, Expected::Iso(self.event.times.finished));
    }

    fn content(&mut self, name: &str, value: Expected) {
        let shown = match self.gate {
            Gate::Open => value,
            Gate::Closed => Expected::Text(self.reference()),
        };
        self.put(name, shown);
    }

    fn content_json(&mut self, name: &str, argument: &str) {
        self.content(name, Expected::document(self.event.call.text(argument)));
    }

    fn content_text(&mut self, name: &str, argument: &str) {
        self.content(name, Expected::text(self.event.call.text(argument)));
    }

    fn own(&self) -> Uuid {
        self.event.id.expect("its own id")
    }

    fn reference(&self) -> String {
        let call = &self.event.call;
        let named = |name: &str, id: Uuid| format!("ref:{name}={}", spelled(id));
        match call.kind {
            Kind::Run => named("workflow_run_id", self.own()),
            Kind::Node => named("node_execution_id", self.own()),
            Kind::Message => named("message_id", self.own()),
            Kind::Name => named(
                "conversation_id",
                call.uuid("conversation_id").expect("one"),
            ),
            Kind::Prompt => named("trace_id", self.own()),
            _ => ["message_id", "node_execution_id", "workflow_run_id"]
                .iter()
                .find_map(|name| Some(named(name, call.uuid(name)?)))
                .unwrap_or_else(|| named("trace_id", self.event.root.expect("a trace"))),
        }
    }

    fn models(&mut self) {
        self.text("gen_ai.provider.name", "model_provider");
        self.text("gen_ai.request.model", "model_name");
        self.int(
            "gen_ai.usage.input_tokens",
            self.event.call.int("input_tokens"),
        );
        self.int(
            "gen_ai.usage.output_tokens",
            self.event.call.int("output_tokens"),
        );
        self.int("gen_ai.usage.total_tokens", total_tokens(self.event));
    }

    /// The plain value for one, an array for several.
    fn datasets(&mut self) {
        for (name, argument) in [
            ("dify.dataset.id", "dataset_ids"),
            ("dify.dataset.name", "dataset_names"),
        ] {
            let value = match self.event.call.texts(argument) {
                None | Some([]) => Expected::Null,
                Some([one]) => Expected::Text(one.clone()),
                Some(several) => Expected::Document(Json::Array(
                    several.iter().cloned().map(Json::Text).collect(),
                )),
            };
            self.put(name, value);
        }
    }
}
