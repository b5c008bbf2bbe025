//! The value of an argument, and how it is spelled in a statement and in a batch.

use uuid::Uuid;

use crate::clock;
use crate::draw::Draw;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Uuid(Uuid),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A document as it is written, escapes included.
    Json(String),
    /// Microseconds since 1970.
    Time(i64),
    Texts(Vec<String>),
}

impl Value {
    pub fn sql(&self, draw: &mut Draw) -> String {
        match self {
            Value::Text(text) | Value::Json(text) => quoted(text),
            Value::Uuid(uuid) => quoted(&spelled(*uuid, draw)),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Bool(truth) => truth.to_string(),
            Value::Time(micros) => quoted(&moment(*micros, draw)),
            Value::Texts(texts) => {
                let items: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                format!("ARRAY[{}]::text[]", items.join(", "))
            }
        }
    }

    pub fn json(&self, draw: &mut Draw) -> String {
        match self {
            Value::Text(text) => unreadable(text, draw),
            Value::Json(document) => document.clone(),
            Value::Uuid(uuid) => escaped(&spelled(*uuid, draw)),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Bool(truth) => truth.to_string(),
            Value::Time(micros) => escaped(&moment(*micros, draw)),
            Value::Texts(texts) => {
                let items: Vec<String> = texts.iter().map(|text| unreadable(text, draw)).collect();
                format!("[{}]", items.join(","))
            }
        }
    }

    /// A field of a COPY in CSV.
    pub fn csv(&self) -> String {
        let text = match self {
            Value::Text(text) | Value::Json(text) => text.clone(),
            Value::Uuid(uuid) => uuid.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Bool(truth) => truth.to_string(),
            Value::Time(micros) => clock::utc(*micros),
            Value::Texts(texts) => {
                let item = |text: &String| {
                    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                    format!("\"{escaped}\"")
                };
                let items: Vec<String> = texts.iter().map(item).collect();
                format!("{{{}}}", items.join(","))
            }
        };
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub fn escaped(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// With what no text can hold in the place of some U+FFFD, which is kept for it.
fn unreadable(text: &str, draw: &mut Draw) -> String {
    let instead = draw.pick(&["\u{fffd}", "\\u0000", "\\ud800"]);
    escaped(text).replace('\u{fffd}', instead)
}

fn spelled(uuid: Uuid, draw: &mut Draw) -> String {
    match draw.below(20) {
        0 => uuid.to_string().to_uppercase(),
        1 => uuid.simple().to_string(),
        2 => uuid.braced().to_string(),
        _ => uuid.to_string(),
    }
}

fn moment(micros: i64, draw: &mut Draw) -> String {
    if draw.chance(0.2) {
        clock::two_hours_ahead(micros)
    } else {
        clock::utc(micros)
    }
}
