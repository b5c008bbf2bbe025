//! Protobuf, written straight from what is told: messages of many small ones are then made without building each of them first.

use crate::profiles::attribute::Value;
use prost::encoding::encode_varint;

/// Spans or logs of one sender, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// The protobuf of an export request.
    pub protobuf: Vec<u8>,
    /// So many spans or logs are in it.
    pub records: usize,
}

#[derive(Default)]
pub struct Writer(Vec<u8>);

/// How a field's value is written.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
    Fixed32 = 5,
}

impl Writer {
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    fn key(&mut self, field: u64, wire: Wire) {
        encode_varint(field << 3 | wire as u64, &mut self.0);
    }

    pub fn varint(&mut self, field: u64, value: u64) {
        self.key(field, Wire::Varint);
        encode_varint(value, &mut self.0);
    }

    pub fn fixed64(&mut self, field: u64, value: u64) {
        self.key(field, Wire::Fixed64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn fixed32(&mut self, field: u64, value: u32) {
        self.key(field, Wire::Fixed32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, Wire::Delimited);
        encode_varint(bytes.len() as u64, &mut self.0);
        self.0.extend_from_slice(bytes);
    }

    pub fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// A message within this one: its length goes before it when it is known.
    pub fn message(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        self.key(field, Wire::Delimited);
        let begin = self.0.len() + 1;
        self.0.push(0);
        write(self);
        let length = self.0.len() - begin;
        let mut prefix = [0; 10];
        let mut rest = &mut prefix[..];
        encode_varint(length as u64, &mut rest);
        let unused = rest.len();
        let prefix = &prefix[..prefix.len() - unused];
        self.0.splice(begin - 1..begin, prefix.iter().copied());
    }

    /// A KeyValue; a null is an AnyValue without a value, the only exact form that OTLP has for it.
    pub fn attribute(&mut self, field: u64, name: &str, value: &Value) {
        self.message(field, |pair| {
            pair.text(1, name);
            pair.message(2, |any| any.value(value));
        });
    }

    /// The fields of an AnyValue.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(1, text),
            Value::Bool(value) => self.varint(2, u64::from(*value)),
            Value::Int(number) => self.varint(3, number.cast_unsigned()),
            Value::Float(number) => self.fixed64(4, number.to_bits()),
            Value::Texts(texts) => self.message(5, |array| {
                for text in texts {
                    array.message(1, |any| any.text(1, text));
                }
            }),
            Value::Null => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::key_value;
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use proptest::prelude::*;
    use prost::Message;

    fn values() -> impl Strategy<Value = Value> {
        let long = "[a-z文]{0,8}".prop_map(|text| Value::Text(text.repeat(40)));
        prop_oneof![
            ".*".prop_map(Value::Text),
            long,
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>()
                .prop_filter("equal to itself", |number| !number.is_nan())
                .prop_map(Value::Float),
            proptest::collection::vec(".*", 0..4).prop_map(Value::Texts),
            Just(Value::Null),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_the_library_writes(
            attributes in proptest::collection::vec((".*", values()), 0..40)
        ) {
            let mut writer = Writer::default();
            for (name, value) in &attributes {
                writer.attribute(1, name, value);
            }
            let pairs = attributes.into_iter().map(|(name, value)| key_value(name, value));
            let read = Resource::decode(&writer.finish()[..]).unwrap();
            prop_assert_eq!(read.attributes, pairs.collect::<Vec<_>>());
        }

        #[test]
        fn a_length_of_any_size_goes_before_its_message(length in 0_usize..40_000) {
            let mut writer = Writer::default();
            writer.message(1, |inner| inner.text(1, &"x".repeat(length)));
            writer.varint(2, 7);
            let read = Resource::decode(&writer.finish()[..]).unwrap();
            prop_assert_eq!(read.attributes[0].key.len(), length);
            prop_assert_eq!(read.dropped_attributes_count, 7);
        }
    }
}
