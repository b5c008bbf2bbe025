//! Records and metric state as OTLP messages. Pure: no Postgres, no network, no clock.

#[cfg(test)]
pub(crate) mod catalogue;
pub mod encoding;
pub mod logs;
pub mod metrics;
pub mod record;
pub mod response;
#[cfg(test)]
pub(crate) mod sample;
pub mod sampling;
pub mod signal;
pub mod standing;
pub mod traces;
pub mod wire;

use crate::ids::SpanIdRule;
use crate::profiles::Profile;
use crate::profiles::attribute::Value;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue,
};
use opentelemetry_proto::tonic::resource;
use prost::Message;
use record::Micros;
use wire::Writer;

const SCOPE_NAME: &str = "dify.enterprise";

/// Who sends: the resource of every signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub service_name: String,
    pub host_name: String,
    /// Stable for one database of one cluster, so that two databases never write one series.
    pub instance_id: String,
    /// What a backend wants to know besides, like the project that spans belong to.
    pub more: Vec<(String, String)>,
}

/// How a destination wants its spans and logs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rendering {
    /// The vocabulary of its spans; logs are always told in that of the dictionary.
    pub profile: Profile,
    /// Whether content is sent, or references in its place.
    pub include_content: bool,
    pub span_id_rule: SpanIdRule,
    /// The fraction of traces whose spans are sent, from 0 to 1.
    pub sampling_rate: f64,
}

impl Resource {
    fn message(&self) -> resource::v1::Resource {
        let mut attributes = vec![
            key_value("service.name", self.service_name.as_str().into()),
            key_value("host.name", self.host_name.as_str().into()),
            key_value("service.instance.id", self.instance_id.as_str().into()),
        ];
        let more = self.more.iter();
        attributes.extend(more.map(|(name, value)| key_value(name, value.as_str().into())));
        resource::v1::Resource {
            attributes,
            ..Default::default()
        }
    }
}

/// The protobuf of an export request with one resource and one scope, in which `write` puts spans or logs as field 2; `size` is
/// about what they take.
fn request(resource: &Resource, size: usize, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut request = Writer::with_capacity(size);
    request.message(1, |of_resource| {
        of_resource.bytes(1, &resource.message().encode_to_vec());
        of_resource.message(2, |of_scope| {
            of_scope.bytes(1, &scope().encode_to_vec());
            write(of_scope);
        });
    });
    request.finish()
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: SCOPE_NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Default::default()
    }
}

/// Of what the extension tells about itself.
fn own_scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "dify_observe".to_owned(),
        ..scope()
    }
}

/// An attribute; a null is an AnyValue without a value, the only exact form that OTLP has for it.
fn key_value(key: impl Into<String>, value: Value) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(any_value(value)),
        ..Default::default()
    }
}

fn any_value(value: Value) -> AnyValue {
    let value = match value {
        Value::Text(text) => Some(any_value::Value::StringValue(text)),
        Value::Bool(value) => Some(any_value::Value::BoolValue(value)),
        Value::Int(number) => Some(any_value::Value::IntValue(number)),
        Value::Float(number) => Some(any_value::Value::DoubleValue(number)),
        Value::Texts(texts) => Some(any_value::Value::ArrayValue(ArrayValue {
            values: texts
                .into_iter()
                .map(|text| any_value(Value::Text(text)))
                .collect(),
        })),
        Value::Null => None,
    };
    AnyValue { value }
}

/// Nanoseconds since 1970; the times we store (1970 to 2554) all fit.
fn nanos(time: Micros) -> u64 {
    u64::try_from(time).unwrap_or(0).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_of_the_last_storable_year() {
        assert_eq!(nanos(1_770_751_800_000_001), 1_770_751_800_000_001_000);
        assert_eq!(nanos(18_429_120_000_000_000), 18_429_120_000_000_000_000);
        assert_eq!(nanos(-1), 0);
    }

    #[test]
    fn a_null_has_no_value_but_is_there() {
        let null = key_value("a", Value::Null);
        assert_eq!(null.value, Some(AnyValue { value: None }));
    }
}
