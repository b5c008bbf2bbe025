//! One call: its kind and what was given, and how it is written as a statement or as an event of a batch.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::draw::Draw;
use crate::kind::Kind;
use crate::value::{Value, escaped};

#[derive(Clone, Debug)]
pub struct Call {
    pub kind: Kind,
    pub given: BTreeMap<&'static str, Value>,
}

impl Call {
    pub fn new(kind: Kind) -> Call {
        Call {
            kind,
            given: BTreeMap::new(),
        }
    }

    pub fn set(&mut self, name: &'static str, value: Value) {
        self.given.insert(name, value);
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.given.get(name)? {
            Value::Text(text) | Value::Json(text) => Some(text),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn uuid(&self, name: &str) -> Option<Uuid> {
        match self.given.get(name)? {
            Value::Uuid(uuid) => Some(*uuid),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        match self.given.get(name)? {
            Value::Int(number) => Some(*number),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn float(&self, name: &str) -> Option<f64> {
        match self.given.get(name)? {
            Value::Float(number) => Some(*number),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn time(&self, name: &str) -> Option<i64> {
        match self.given.get(name)? {
            Value::Time(micros) => Some(*micros),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn texts(&self, name: &str) -> Option<&[String]> {
        match self.given.get(name)? {
            Value::Texts(texts) => Some(texts),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn truth(&self, name: &str) -> bool {
        self.given.get(name) == Some(&Value::Bool(true))
    }

    pub fn is_draft(&self) -> bool {
        self.kind == Kind::Node && self.truth("draft")
    }

    pub fn is_nested(&self) -> bool {
        [
            "parent_workflow_run_id",
            "parent_node_execution_id",
            "parent_trace_id",
        ]
        .iter()
        .any(|name| self.given.contains_key(name))
    }

    /// A call of the function; some of what is not given is given as null.
    pub fn function(&self, function: &str, draw: &mut Draw) -> String {
        let mut arguments: Vec<String> = self
            .given
            .iter()
            .map(|(name, value)| format!("{name} => {}", value.sql(draw)))
            .collect();
        if function == self.kind.function() {
            for (name, _) in self.kind.optional() {
                // A default that is not null is overridden by a null.
                let defaulted = ["type", "categories"].contains(name);
                if !self.given.contains_key(name) && !defaulted && draw.chance(0.05) {
                    arguments.push(format!("{name} => NULL"));
                }
            }
        }
        format!("SELECT dify_observe.{function}({})", arguments.join(", "))
    }

    /// An object of a batch; a null there counts as not given.
    pub fn event(&self, draw: &mut Draw) -> String {
        let named = if self.is_draft() {
            "dify.node.execution.draft"
        } else {
            self.kind.event()
        };
        let mut members = vec![format!("\"event\": {}", escaped(named))];
        for (name, value) in &self.given {
            members.push(format!("{}: {}", escaped(name), value.json(draw)));
        }
        for (name, _) in self.kind.optional() {
            if !self.given.contains_key(name) && draw.chance(0.05) {
                members.push(format!("{}: null", escaped(name)));
            }
        }
        format!("{{{}}}", members.join(", "))
    }

    /// Whether `jsonb` takes its documents, which the functions repair.
    pub fn is_plain(&self) -> bool {
        let held = |value: &Value| match value {
            Value::Json(document) => ["\\u0000", "\\ud8", "\\udc"]
                .iter()
                .all(|escape| !document.contains(escape)),
            _ => true,
        };
        self.given.values().all(held)
    }

    pub fn update(&self, id: Uuid, draw: &mut Draw) -> String {
        let news: Vec<String> = self
            .given
            .iter()
            .map(|(name, value)| format!("{name} = {}", value.sql(draw)))
            .collect();
        format!(
            "UPDATE dify_observe.{} SET {} WHERE id = '{id}'",
            self.kind.table(),
            news.join(", ")
        )
    }

    /// Plain rows of one table; what a row does not have is the column's default.
    pub fn insert(calls: &[Call], draw: &mut Draw) -> String {
        let table = calls[0].kind.table();
        let mut columns: Vec<&str> = Vec::new();
        for name in calls.iter().flat_map(|call| call.given.keys()) {
            if !columns.contains(name) {
                columns.push(name);
            }
        }
        let rows: Vec<String> = calls
            .iter()
            .map(|call| {
                let values: Vec<String> = columns
                    .iter()
                    .map(|name| match call.given.get(name) {
                        Some(value) => value.sql(draw),
                        None => "DEFAULT".to_owned(),
                    })
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        format!(
            "INSERT INTO dify_observe.{table} ({}) VALUES {}",
            quoted.join(", "),
            rows.join(", ")
        )
    }
}
