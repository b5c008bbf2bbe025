//! What a peer says about a request that it accepted.

use super::signal::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

/// What was accepted only in part. A count of 0 with a message is a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// How many spans, log records or data points were rejected.
    pub count: i64,
    /// The peer's reason, as it sent it.
    pub message: String,
}

/// The partial_success of a protobuf answer, if it says anything.
///
/// An answer in another format, an empty one and garbage say nothing: any 2xx is success.
pub fn partial_success(signal: Signal, body: &[u8]) -> Option<Rejection> {
    let (count, message) = match signal {
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
    };
    let said = count > 0 || (count == 0 && !message.is_empty());
    said.then_some(Rejection { count, message })
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
                    partial_success(signal, &body(count, message)),
                    Some(expected)
                );
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
                assert_eq!(partial_success(signal, nothing), None, "{nothing:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for signal in Signal::ALL {
                let _ = partial_success(signal, &body);
            }
        }
    }
}
