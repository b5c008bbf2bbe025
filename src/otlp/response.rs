//! What a peer says about a request that it accepted.

use super::signal::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::Value;

/// What was accepted only in part. A count of 0 with a message is a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// How many spans, log records or data points were rejected.
    pub count: i64,
    /// The peer's reason, as it sent it.
    pub message: String,
}

/// The partial_success of an answer, protobuf or JSON, if it says anything.
///
/// An answer in another format, an empty one and garbage say nothing: any 2xx is success.
pub fn partial_success(signal: Signal, json: bool, body: &[u8]) -> Option<Rejection> {
    let (count, message) = if json {
        of_json(signal, body)?
    } else {
        of_protobuf(signal, body)?
    };
    let said = count > 0 || (count == 0 && !message.is_empty());
    said.then_some(Rejection { count, message })
}

fn of_protobuf(signal: Signal, body: &[u8]) -> Option<(i64, String)> {
    Some(match signal {
        Signal::Traces => {
            let response = ExportTraceServiceResponse::decode(body).ok()?;
            let partial = response.partial_success?;
            (partial.rejected_spans, partial.error_message)
        }
        Signal::Logs => {
            let response = ExportLogsServiceResponse::decode(body).ok()?;
            let partial = response.partial_success?;
            (partial.rejected_log_records, partial.error_message)
        }
        Signal::Metrics => {
            let response = ExportMetricsServiceResponse::decode(body).ok()?;
            let partial = response.partial_success?;
            (partial.rejected_data_points, partial.error_message)
        }
    })
}

/// The count is a string by the specification, a number from some; both may be left out.
fn of_json(signal: Signal, body: &[u8]) -> Option<(i64, String)> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let partial = answer.get("partialSuccess")?;
    let count = match partial.get(match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    }) {
        Some(Value::String(text)) => text.parse().ok()?,
        Some(Value::Number(number)) => number.as_i64()?,
        _ => 0,
    };
    let message = partial.get("errorMessage").and_then(Value::as_str);
    Some((count, message.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
    use proptest::prelude::*;

    fn body(count: i64, message: &str) -> Vec<u8> {
        let partial = ExportTracePartialSuccess {
            rejected_spans: count,
            error_message: message.into(),
        };
        ExportTraceServiceResponse {
            partial_success: Some(partial),
        }
        .encode_to_vec()
    }

    #[test]
    fn rejections_and_warnings_of_every_signal() {
        // The three answers have the same fields.
        for signal in Signal::ALL {
            for (count, message) in [(3, "bad ids"), (3, ""), (0, "deprecated")] {
                let expected = Rejection {
                    count,
                    message: message.into(),
                };
                assert_eq!(
                    partial_success(signal, false, &body(count, message)),
                    Some(expected)
                );
            }
        }
    }

    #[test]
    fn answers_in_json() {
        for (signal, field) in [
            (Signal::Traces, "rejectedSpans"),
            (Signal::Logs, "rejectedLogRecords"),
            (Signal::Metrics, "rejectedDataPoints"),
        ] {
            for (partial, expected) in [
                (
                    format!(r#"{{"{field}":"3","errorMessage":"old"}}"#),
                    Some((3, "old")),
                ),
                (format!(r#"{{"{field}":3}}"#), Some((3, ""))),
                (
                    format!(r#"{{"{field}":"0","errorMessage":"soon"}}"#),
                    Some((0, "soon")),
                ),
                (r#"{"errorMessage":"soon"}"#.to_owned(), Some((0, "soon"))),
                (format!(r#"{{"{field}":null,"errorMessage":null}}"#), None),
                (
                    format!(r#"{{"{field}":"-1","errorMessage":"nonsense"}}"#),
                    None,
                ),
                (format!(r#"{{"{field}":"many"}}"#), None),
                (format!(r#"{{"{field}":1.5}}"#), None),
                ("{}".to_owned(), None),
                ("null".to_owned(), None),
                ("[]".to_owned(), None),
            ] {
                let body = format!(r#"{{"partialSuccess":{partial}}}"#);
                let found = partial_success(signal, true, body.as_bytes());
                let expected = expected.map(|(count, message)| Rejection {
                    count,
                    message: message.into(),
                });
                assert_eq!(found, expected, "{body}");
            }
            for nothing in [
                &b""[..],
                b"{}",
                b"[1]",
                b"OK",
                b"{\"partialSuccess\":",
                &body(3, "x"),
            ] {
                assert_eq!(partial_success(signal, true, nothing), None, "{nothing:?}");
            }
        }
    }

    #[test]
    fn what_says_nothing() {
        let invalid_utf8 = [0x0a, 0x04, 0x08, 0x01, 0x12, 0x01, 0xff];
        for nothing in [
            &b""[..],
            b"{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}",
            b"{}",
            b"OK",
            b"\n",
            b"<html></html>",
            &invalid_utf8,
            &body(0, ""),
            &body(-1, "nonsense"),
        ] {
            for signal in Signal::ALL {
                assert_eq!(partial_success(signal, false, nothing), None, "{nothing:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for signal in Signal::ALL {
                let _ = partial_success(signal, false, &body);
                let _ = partial_success(signal, true, &body);
            }
        }
    }
}
