//! What a field is expected to hold, and whether what was seen is that.

use crate::clock;
use crate::json::{Decimal, Json};

/// Microseconds since 1970. A range where the server's clock decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub from: i64,
    pub to: i64,
}

impl Moment {
    pub fn at(micros: i64) -> Moment {
        Moment {
            from: micros,
            to: micros,
        }
    }

    pub fn shifted(self, micros: i64) -> Moment {
        Moment {
            from: self.from + micros,
            to: self.to + micros,
        }
    }

    fn holds(self, micros: i64) -> bool {
        self.from <= micros && micros <= self.to
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A text that holds this document.
    Document(Json),
    /// A text that holds this moment as ISO 8601 in UTC.
    Iso(Moment),
    At(Moment),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    /// JSON does not say which kind of number it is.
    Number(Decimal),
    Bool(bool),
    /// Since 1970.
    Microseconds(i64),
}

impl Expected {
    pub fn text(text: Option<&str>) -> Expected {
        text.map_or(Expected::Null, |text| Expected::Text(text.to_owned()))
    }

    /// JSON travels as its text, a JSON string as its bare text; a JSON null is nothing.
    pub fn document(text: Option<&str>) -> Expected {
        match text.map(|text| Json::read(text).expect("what was given is JSON")) {
            None | Some(Json::Null) => Expected::Null,
            Some(Json::Text(bare)) => Expected::Text(bare),
            Some(document) => Expected::Document(document),
        }
    }

    pub fn is_absent_on_spans(&self) -> bool {
        matches!(self, Expected::Null) || *self == Expected::Text(String::new())
    }

    pub fn admits(&self, seen: &Seen) -> bool {
        match (self, seen) {
            (Expected::Null, Seen::Null) => true,
            (Expected::Text(text), Seen::Text(seen)) => text == seen,
            (Expected::Int(number), Seen::Int(seen)) => number == seen,
            (Expected::Int(number), Seen::Number(seen)) => {
                Decimal::read(&number.to_string()).as_ref() == Some(seen)
            }
            (Expected::Float(number), Seen::Float(seen)) => number == seen,
            (Expected::Float(number), Seen::Number(seen)) => seen.nearest() == *number,
            (Expected::Bool(truth), Seen::Bool(seen)) => truth == seen,
            (Expected::Document(document), Seen::Text(seen)) => {
                Json::read_unescaped(seen).as_ref() == Ok(document)
            }
            (Expected::Iso(moment), Seen::Text(seen)) => {
                clock::read_utc(seen).is_some_and(|micros| moment.holds(micros))
            }
            (Expected::At(moment), Seen::Microseconds(seen)) => moment.holds(*seen),
            _ => false,
        }
    }
}

impl From<Json> for Seen {
    fn from(json: Json) -> Seen {
        match json {
            Json::Null => Seen::Null,
            Json::Bool(truth) => Seen::Bool(truth),
            Json::Number(number) => Seen::Number(number),
            Json::Text(text) => Seen::Text(text),
            other => panic!("an attribute is no {other:?}"),
        }
    }
}

/// As a receiver tells it, where an integer is not a double.
impl From<&serde_json::Value> for Seen {
    fn from(value: &serde_json::Value) -> Seen {
        use serde_json::Value;
        match value {
            Value::Null => Seen::Null,
            Value::Bool(truth) => Seen::Bool(*truth),
            Value::String(text) => Seen::Text(text.clone()),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Seen::Int(number),
                None => Seen::Float(number.as_f64().expect("a double")),
            },
            other => panic!("an attribute is no {other}"),
        }
    }
}
