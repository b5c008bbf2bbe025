//! OTLP/JSON as the specification has it, and nothing else: what a lenient reader would let pass is an error.

use serde::de::DeserializeOwned;
use serde_json::Value;

const HEX: [&str; 3] = ["traceId", "spanId", "parentSpanId"];
const INTEGERS: [&str; 9] = [
    "startTimeUnixNano",
    "endTimeUnixNano",
    "timeUnixNano",
    "observedTimeUnixNano",
    "intValue",
    "asInt",
    "count",
    "zeroCount",
    "bucketCounts",
];
const NUMBERS: [&str; 4] = ["kind", "code", "severityNumber", "aggregationTemporality"];

/// A request of any signal, read strictly.
pub fn read<M: DeserializeOwned>(body: &[u8]) -> Result<M, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    check("", &value)?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn check(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Null => return Err(format!("{name} is null")),
        Value::Object(fields) => {
            for (name, field) in fields {
                if name.contains('_') {
                    return Err(format!("the field {name}"));
                }
                check(name, field)?;
            }
        }
        Value::Array(items) => items.iter().try_for_each(|item| check(name, item))?,
        _ => {
            let text = value.as_str();
            let right = if HEX.contains(&name) {
                text.is_some_and(|text| text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')))
            } else if INTEGERS.contains(&name) {
                text.is_some_and(|text| text.parse::<i128>().is_ok())
            } else if NUMBERS.contains(&name) {
                value.is_u64()
            } else {
                true
            };
            if !right {
                return Err(format!("{name} is {value}"));
            }
        }
    }
    Ok(())
}
