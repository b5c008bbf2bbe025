//! An OTLP message as bytes.

use prost::Message;
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Protobuf,
    /// OTLP's own JSON: ids in hex, 64-bit integers as strings, enums as numbers.
    Json,
}

impl Encoding {
    pub fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }

    pub fn encode(self, message: &(impl Message + Serialize)) -> Result<Vec<u8>, String> {
        match self {
            Encoding::Protobuf => Ok(message.encode_to_vec()),
            Encoding::Json => json(message).map_err(|error| format!("cannot be JSON: {error}")),
        }
    }

    /// A message of this type, given as protobuf.
    pub fn rewrite<M: Message + Serialize + Default>(
        self,
        protobuf: Vec<u8>,
    ) -> Result<Vec<u8>, String> {
        match self {
            Encoding::Protobuf => Ok(protobuf),
            Encoding::Json => M::decode(&protobuf[..])
                .map_err(|error| error.to_string())
                .and_then(|message| self.encode(&message)),
        }
    }
}

/// opentelemetry-proto writes null for what is not there. Protobuf's JSON allows that, but not every receiver reads it.
fn json(message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut value = serde_json::to_value(message)?;
    without_nulls(&mut value);
    serde_json::to_vec(&value)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SpanIdRule;
    use crate::metrics::series::Series;
    use crate::metrics::value;
    use crate::otlp::{Rendering, logs, metrics, sample, traces};
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use serde::de::DeserializeOwned;

    const RENDERING: Rendering = Rendering {
        profile: crate::profiles::Profile::Dify,
        include_content: true,
        span_id_rule: SpanIdRule::Sha256,
        sampling_rate: 1.0,
    };

    fn written<M: Message + Serialize + DeserializeOwned + PartialEq + Default>(
        message: &M,
    ) -> Value {
        let bytes = Encoding::Json.encode(message).unwrap();
        let read: M = serde_json::from_slice(&bytes).unwrap();
        assert!(&read == message, "it comes back as it was");
        let again = M::decode(&Encoding::Protobuf.encode(message).unwrap()[..]).unwrap();
        assert!(&again == message);
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn spans_as_the_specification_writes_them() {
        let records = [
            sample::run(|_| ()),
            sample::node(|node| node.status = "failed".into()),
        ];
        let protobuf = traces::request(&records, &sample::sender(), &RENDERING).unwrap();
        let request = ExportTraceServiceRequest::decode(&protobuf.protobuf[..]).unwrap();
        let again = Encoding::Json.rewrite::<ExportTraceServiceRequest>(protobuf.protobuf);
        assert_eq!(again, Encoding::Json.encode(&request));
        let message = written(&request);
        let spans = &message["resourceSpans"][0]["scopeSpans"][0]["spans"];
        for (at, span) in request.resource_spans[0].scope_spans[0]
            .spans
            .iter()
            .enumerate()
        {
            let hex = |id: &[u8]| {
                id.iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            };
            assert_eq!(spans[at]["traceId"], hex(&span.trace_id));
            assert_eq!(spans[at]["spanId"], hex(&span.span_id));
            assert_eq!(
                spans[at]["startTimeUnixNano"],
                span.start_time_unix_nano.to_string()
            );
            assert_eq!(spans[at]["kind"], span.kind);
            match &span.status {
                Some(status) => assert_eq!(spans[at]["status"]["code"], status.code),
                None => assert_eq!(spans[at].get("status"), None, "absent, not null"),
            }
        }
    }

    #[test]
    fn logs_as_the_specification_writes_them() {
        let records = [
            sample::message(|_| ()),
            sample::app(),
            sample::moderation(|_| ()),
            sample::tool(|_| ()),
            sample::feedback(|_| ()),
        ];
        let protobuf = logs::request(&records, &sample::sender(), &RENDERING).unwrap();
        let request = ExportLogsServiceRequest::decode(&protobuf.protobuf[..]).unwrap();
        let again = Encoding::Json.rewrite::<ExportLogsServiceRequest>(protobuf.protobuf);
        assert_eq!(again, Encoding::Json.encode(&request));
        let message = written(&request);
        let logs = &message["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(logs[0]["severityNumber"], 9);
        assert!(logs[0]["timeUnixNano"].is_string() && logs[0]["eventName"].is_string());
        let sent = &request.resource_logs[0].scope_logs[0].log_records[0].attributes;
        for (at, pair) in sent.iter().enumerate() {
            assert_eq!(logs[0]["attributes"][at]["key"], pair.key);
            let is_null = pair.value.as_ref().unwrap().value.is_none();
            // Not left out: without it, the attribute would have no value rather than an empty one.
            let value = &logs[0]["attributes"][at]["value"];
            assert_eq!(*value == serde_json::json!({}), is_null, "{}", pair.key);
        }
    }

    #[test]
    fn values_of_every_type() {
        use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Is};
        for (value, expected) in [
            (
                Some(Is::StringValue(String::new())),
                r#"{"stringValue":""}"#,
            ),
            (
                Some(Is::StringValue("a\u{0}\"文".into())),
                "{\"stringValue\":\"a\\u0000\\\"文\"}",
            ),
            (
                Some(Is::IntValue(i64::MIN)),
                r#"{"intValue":"-9223372036854775808"}"#,
            ),
            (Some(Is::IntValue(0)), r#"{"intValue":"0"}"#),
            (Some(Is::DoubleValue(2.0)), r#"{"doubleValue":2.0}"#),
            (Some(Is::DoubleValue(1e300)), r#"{"doubleValue":1e+300}"#),
            (Some(Is::BoolValue(false)), r#"{"boolValue":false}"#),
            (None, "{}"),
        ] {
            let pair = KeyValue {
                key: "k".into(),
                value: Some(AnyValue { value }),
                ..Default::default()
            };
            let bytes = Encoding::Json.encode(&pair).unwrap();
            let expected = format!(r#"{{"key":"k","value":{expected}}}"#);
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }

    #[test]
    fn metrics_as_the_specification_writes_them() {
        let series = |value| Series {
            name: "m".into(),
            unit: "s".into(),
            labels: vec![("app_id".into(), "1".into())],
            start: 1_000_000,
            bounds: vec![0.5],
            value,
        };
        let sum = [series(value::Value::Sum(i128::from(i64::MAX)))];
        let histogram = [series(value::Value::empty_histogram(1))];
        for (of, kind) in [(&sum, "sum"), (&histogram, "histogram")] {
            let of: Vec<_> = of.iter().collect();
            let request = metrics::request(&of, &[], &sample::sender(), 2_000_000);
            let message = written(&request);
            let metric = &message["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
            assert_eq!(metric[kind]["aggregationTemporality"], 2);
            let point = &metric[kind]["dataPoints"][0];
            assert_eq!(point["startTimeUnixNano"], "1000000000");
            if kind == "sum" {
                assert_eq!(point["asInt"], i64::MAX.to_string());
            } else {
                assert_eq!(point["count"], "0");
                assert_eq!(point["bucketCounts"], serde_json::json!(["0", "0"]));
                assert_eq!(point.get("max"), None, "absent, not null");
            }
        }
    }

    #[test]
    fn nothing_is_an_empty_object() {
        let empty = ExportLogsServiceRequest::default();
        assert_eq!(written(&empty), serde_json::json!({"resourceLogs": []}));
    }
}
