//! Trace and span ids that follow from the UUIDs of the source rows, so that a repeated delivery is the same span.

use opentelemetry::{SpanId, TraceId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How a span id follows from the UUID of its source row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanIdRule {
    /// The first 8 bytes of SHA-256 over the canonical lower-case hyphenated text.
    Sha256,
    /// The low 64 bits of the UUID: what the original system's released code uses.
    UuidLow64,
}

/// The 128 bits of the correlation UUID. The nil UUID gives `TraceId::INVALID`; logging refuses it.
pub fn trace_id(correlation_id: Uuid) -> TraceId {
    TraceId::from_bytes(correlation_id.into_bytes())
}

/// The span id of a source row; never all zeros, which OTLP forbids.
pub fn span_id(source_id: Uuid, rule: SpanIdRule) -> SpanId {
    let id = match rule {
        SpanIdRule::Sha256 => {
            let mut text = Uuid::encode_buffer();
            let text: &str = source_id.hyphenated().encode_lower(&mut text);
            let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            let [a, b, c, d, e, f, g, h, ..] = digest;
            u64::from_be_bytes([a, b, c, d, e, f, g, h])
        }
        SpanIdRule::UuidLow64 => source_id.as_u64_pair().1,
    };
    SpanId::from(id.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/data/ids.json")).unwrap()
    }

    #[test]
    fn agrees_with_the_shared_vectors() {
        let vectors = vectors();
        let vectors = vectors["vectors"].as_array().unwrap();
        assert!(vectors.len() >= 10);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str();
            let source: Uuid = text("source_id").unwrap().parse().unwrap();
            let expected = match text("trace_id") {
                Some(hex) => TraceId::from_hex(hex).unwrap(),
                None => TraceId::INVALID,
            };
            assert_eq!(trace_id(source), expected, "{source}");
            for (rule, name) in [
                (SpanIdRule::Sha256, "span_id_sha256"),
                (SpanIdRule::UuidLow64, "span_id_uuid_low64"),
            ] {
                assert_eq!(
                    span_id(source, rule).to_string(),
                    text(name).unwrap(),
                    "{source} {rule:?}"
                );
            }
        }
    }

    #[test]
    fn every_spelling_of_a_uuid_gives_the_same_ids() {
        let vectors = vectors();
        for spelling in vectors["spellings_of_123e4567"].as_array().unwrap() {
            let id: Uuid = spelling.as_str().unwrap().parse().unwrap();
            assert_eq!(
                span_id(id, SpanIdRule::Sha256).to_string(),
                "986c0dc956dc822b"
            );
        }
    }

    #[test]
    fn an_all_zero_span_id_becomes_one() {
        let low_zero: Uuid = "12345678-9abc-4def-0000-000000000000".parse().unwrap();
        assert_eq!(span_id(low_zero, SpanIdRule::UuidLow64), SpanId::from(1));
    }
}
