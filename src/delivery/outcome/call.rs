//! Whose fault a gRPC status is.

use super::{MAX_RETRY_AFTER, Outcome, accepted};
use crate::delivery::reason;
use crate::otlp::signal::Signal;
use std::time::Duration;

/// By code. One that gRPC does not know counts as UNKNOWN, as its clients have it.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// How the libraries of receivers tell that a message is longer than they take, under RESOURCE_EXHAUSTED or OUT_OF_RANGE: those of Go,
/// C++ and Node, of Java, of .NET, and two of Rust's.
const TOO_LONG: [&str; 5] = [
    "larger than max",
    "exceeds maximum size",
    "exceeds the maximum",
    "message length too large",
    "exceeded while decompressing",
];

/// Judges the answer to a call.
pub fn classify(
    signal: Signal,
    code: i32,
    message: &str,
    retry_delay: Option<Duration>,
    body: &[u8],
) -> Outcome {
    let known = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
    let name = *known.unwrap_or(&"UNKNOWN");
    let reason = || reason::of_call(name, message);
    match name {
        "OK" => accepted(signal, false, body),
        "RESOURCE_EXHAUSTED" | "OUT_OF_RANGE" if retry_delay.is_none() && is_too_long(message) => {
            Outcome::Refused { reason: reason() }
        }
        "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "ABORTED" | "OUT_OF_RANGE" | "DATA_LOSS"
        | "CANCELLED" | "RESOURCE_EXHAUSTED" | "INTERNAL" | "UNKNOWN" => Outcome::Retry {
            after: retry_delay.map(|delay| delay.min(MAX_RETRY_AFTER)),
            reason: reason(),
            suspicious: matches!(name, "INTERNAL" | "UNKNOWN"),
        },
        "UNAUTHENTICATED" | "PERMISSION_DENIED" | "UNIMPLEMENTED" => Outcome::Misconfigured {
            reason: reason(),
            unsupported: name == "UNIMPLEMENTED",
        },
        _ => Outcome::Refused { reason: reason() },
    }
}

fn is_too_long(message: &str) -> bool {
    TOO_LONG.iter().any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use proptest::prelude::*;
    use prost::Message;

    fn called(code: i32, message: &str) -> Outcome {
        classify(Signal::Traces, code, message, None, b"")
    }

    #[test]
    fn whose_fault_a_code_is() {
        let retry = |suspicious| Outcome::Retry {
            after: None,
            reason: String::new(),
            suspicious,
        };
        let misconfigured = |unsupported| Outcome::Misconfigured {
            reason: String::new(),
            unsupported,
        };
        let refused = Outcome::Refused {
            reason: String::new(),
        };
        for (codes, expected) in [
            (&[1, 4, 8, 10, 11, 14, 15][..], retry(false)),
            (&[2, 13, 17, -1, i32::MIN, i32::MAX], retry(true)),
            (&[7, 16], misconfigured(false)),
            (&[12], misconfigured(true)),
            (&[3, 5, 6, 9], refused),
        ] {
            for code in codes {
                let mut found = called(*code, "why");
                let (Outcome::Retry { reason, .. }
                | Outcome::Misconfigured { reason, .. }
                | Outcome::Refused { reason }) = &mut found
                else {
                    panic!("{code}: {found:?}")
                };
                assert!(reason.ends_with(": why"), "{reason}");
                reason.clear();
                assert_eq!(found, expected, "{code}");
            }
        }
    }

    #[test]
    fn what_is_too_long_is_the_datas_fault() {
        for (code, message) in [
            (
                8,
                "grpc: received message larger than max (5242880 vs. 4194304)",
            ),
            (
                8,
                "grpc: received message after decompression larger than max 4194304",
            ),
            (8, "Received message larger than max (5242880 vs. 4194304)"),
            (8, "gRPC message exceeds maximum size 4194304: 5242880"),
            (
                8,
                "Received message exceeds the maximum configured message size.",
            ),
            (
                11,
                "Error, decoded message length too large: found 5242880 bytes, the limit is: 4194304 bytes",
            ),
            (
                8,
                "Error decompressing: size limit, of 4194304 bytes, exceeded while decompressing message",
            ),
        ] {
            let outcome = called(code, message);
            assert!(
                matches!(outcome, Outcome::Refused { .. }),
                "{message}: {outcome:?}"
            );
            // Who says when it will take it means another limit.
            let outcome = classify(Signal::Logs, code, message, Some(Duration::ZERO), b"");
            assert!(
                matches!(outcome, Outcome::Retry { .. }),
                "{message}: {outcome:?}"
            );
            let outcome = called(14, message);
            assert!(
                matches!(outcome, Outcome::Retry { .. }),
                "{message}: {outcome:?}"
            );
        }
        let outcome = called(8, "rate limit exceeded");
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    }

    #[test]
    fn retry_info() {
        for (asked, expected) in [
            (0, 0),
            (90, 90),
            (3600, 3600),
            (3601, 3600),
            (u64::MAX, 3600),
        ] {
            for code in [8, 14] {
                let asked = Some(Duration::from_secs(asked));
                let Outcome::Retry { after, .. } = classify(Signal::Logs, code, "", asked, b"")
                else {
                    panic!("{code}")
                };
                assert_eq!(after, Some(Duration::from_secs(expected)));
            }
        }
    }

    #[test]
    fn a_success_says_what_was_rejected() {
        let partial = ExportTracePartialSuccess {
            rejected_spans: 2,
            error_message: "too\nold".into(),
        };
        let body = ExportTraceServiceResponse {
            partial_success: Some(partial),
        }
        .encode_to_vec();
        for (body, rejected, message) in [
            (&body[..], 2, "too old"),
            (b"", 0, ""),
            (b"\xff\xff", 0, ""),
            (b"{}", 0, ""),
        ] {
            let expected = Outcome::Accepted {
                rejected,
                message: message.into(),
            };
            let found = classify(Signal::Traces, 0, "ignored", None, body);
            assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn any_call_is_judged(
            code in prop_oneof![-2..20_i32, any::<i32>()],
            message in "\\PC{0,400}",
            seconds in proptest::option::of(any::<u64>()),
            body: Vec<u8>,
        ) {
            for signal in Signal::ALL {
                let delay = seconds.map(Duration::from_secs);
                match classify(signal, code, &message, delay, &body) {
                    Outcome::Accepted { .. } => prop_assert_eq!(code, 0),
                    Outcome::Retry { after, reason, .. } => {
                        prop_assert_eq!(after.is_some(), delay.is_some());
                        prop_assert!(after.unwrap_or_default() <= MAX_RETRY_AFTER);
                        prop_assert!(reason.starts_with("gRPC "));
                    }
                    Outcome::Misconfigured { reason, .. } | Outcome::Refused { reason } => {
                        prop_assert!(reason.starts_with("gRPC ") && reason.chars().count() <= 300);
                    }
                }
            }
        }
    }
}
