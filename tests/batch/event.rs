//! An event of a batch, made of the fields its function requires and changed one at a time, and what is asked of log_batch.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use postgres::Client;
use serde_json::Value;

use crate::asking::Asking;
use crate::call::FUNCTIONS;
use crate::event_catalogue;

/// Every event that has an id of its own, and its table.
pub const WITH_ID: [(&str, &str); 10] = [
    ("dify.workflow.run", "workflow_runs"),
    ("dify.node.execution", "node_executions"),
    ("dify.node.execution.draft", "node_executions"),
    ("dify.message.run", "messages"),
    ("dify.tool.execution", "tool_executions"),
    ("dify.moderation.check", "moderation_checks"),
    ("dify.suggested_question.generation", "suggested_questions"),
    ("dify.dataset.retrieval", "dataset_retrievals"),
    ("dify.generate_name.execution", "generated_names"),
    ("dify.prompt_generation.execution", "prompt_generations"),
];

/// The names of all events that can be logged, in the catalogue's order.
pub fn names() -> Vec<String> {
    let named = |event: Value| {
        event["function"]
            .is_string()
            .then(|| event["name"].as_str().expect("a name").to_owned())
    };
    event_catalogue::events()
        .into_iter()
        .filter_map(named)
        .collect()
}

/// The function that logs the event.
#[track_caller]
pub fn function(name: &str) -> String {
    // Read once: there are tests with very many events.
    static FUNCTIONS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let functions = FUNCTIONS.get_or_init(|| {
        let of = |event: Value| {
            let text = |key: &str| event[key].as_str().map(str::to_owned);
            Some((text("name")?, text("function")?))
        };
        event_catalogue::events()
            .into_iter()
            .filter_map(of)
            .collect()
    });
    functions[name].clone()
}

#[derive(Clone, Debug)]
pub struct Event {
    name: String,
    /// JSON texts.
    fields: BTreeMap<String, String>,
}

impl Event {
    /// With what is required and nothing else.
    #[track_caller]
    pub fn of(name: &str) -> Event {
        let function = function(name);
        let (_, required) = FUNCTIONS
            .iter()
            .find(|(listed, _)| *listed == function)
            .unwrap_or_else(|| panic!("{function} is not listed"));
        let mut event = Event {
            name: name.to_owned(),
            fields: BTreeMap::new(),
        };
        for (field, value) in *required {
            event = event.with(field, *value);
        }
        match name {
            "dify.node.execution.draft" => event.without("workflow_run_id"),
            _ => event,
        }
    }

    pub fn with(self, field: &str, value: impl Into<Value>) -> Event {
        self.raw(field, &value.into().to_string())
    }

    /// A value as it is written in JSON.
    pub fn raw(mut self, field: &str, json: &str) -> Event {
        self.fields.insert(field.to_owned(), json.to_owned());
        self
    }

    pub fn without(mut self, field: &str) -> Event {
        self.fields.remove(field);
        self
    }

    pub fn text(&self) -> String {
        let fields = self.fields.iter();
        let members: String = fields
            .map(|(field, json)| format!(r#", "{field}": {json}"#))
            .collect();
        format!(r#"{{"event": "{}"{members}}}"#, self.name)
    }
}

/// So many ids, none of them with a time.
pub fn uuid(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

pub fn batch(events: &[Event]) -> String {
    let texts: Vec<String> = events.iter().map(Event::text).collect();
    format!("[{}]", texts.join(",\n"))
}

/// A call of log_batch.
pub fn call(batch: &str, on_error: &str) -> String {
    format!(
        "SELECT logged || ' ' || quarantined FROM dify_observe.log_batch('{}', on_error => '{on_error}')",
        batch.replace('\'', "''")
    )
}

/// What the server said when it refused a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRefusal {
    pub code: String,
    pub message: String,
    pub detail: String,
    pub hint: String,
    pub field: String,
}

pub trait Batching: Asking {
    /// `logged quarantined`, all or nothing.
    #[track_caller]
    fn log_batch(&mut self, batch: &str) -> String {
        self.ask(&call(batch, "abort"))
    }

    /// `logged quarantined`.
    #[track_caller]
    fn quarantine(&mut self, batch: &str) -> String {
        self.ask(&call(batch, "quarantine"))
    }

    #[track_caller]
    fn refused_batch(&mut self, batch: &str) -> BatchRefusal;
}

impl Batching for Client {
    fn refused_batch(&mut self, batch: &str) -> BatchRefusal {
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        match self.simple_query(&call(batch, "abort")) {
            Ok(answer) => panic!("not refused: {batch}\n{answer:?}"),
            Err(error) => {
                let told = error.as_db_error().expect("an error of the server");
                BatchRefusal {
                    code: told.code().code().to_owned(),
                    message: told.message().to_owned(),
                    detail: text(told.detail()),
                    hint: text(told.hint()),
                    field: text(told.column()),
                }
            }
        }
    }
}
