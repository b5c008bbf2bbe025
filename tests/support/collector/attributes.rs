//! OTLP values as JSON.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde_json::{Value, json};

use super::seen::Attributes;

/// Keys must be unique, as OTLP demands; a map would hide that they are not.
pub fn read(pairs: Vec<KeyValue>) -> Result<Attributes, String> {
    let mut attributes = Attributes::new();
    for pair in pairs {
        if attributes
            .insert(pair.key.clone(), value(pair.value)?)
            .is_some()
        {
            return Err(format!("attribute {} twice", pair.key));
        }
    }
    Ok(attributes)
}

pub fn value(any: Option<AnyValue>) -> Result<Value, String> {
    use any_value::Value as Otlp;
    Ok(match any.and_then(|any| any.value) {
        None => Value::Null,
        Some(Otlp::StringValue(text)) => Value::String(text),
        Some(Otlp::BoolValue(truth)) => Value::Bool(truth),
        Some(Otlp::IntValue(number)) => json!(number),
        Some(Otlp::DoubleValue(number)) if number.is_finite() => json!(number),
        Some(Otlp::DoubleValue(number)) => return Err(format!("the double {number}")),
        Some(Otlp::BytesValue(bytes)) => json!({ "bytes": hex(&bytes) }),
        Some(Otlp::ArrayValue(array)) => array
            .values
            .into_iter()
            .map(|item| value(Some(item)))
            .collect::<Result<Value, _>>()?,
        Some(Otlp::KvlistValue(list)) => Value::Object(read(list.values)?.into_iter().collect()),
        Some(other) => return Err(format!("the value {other:?}")),
    })
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
