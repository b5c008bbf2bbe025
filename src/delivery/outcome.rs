//! What came back, and whose fault it is: the peer's (retry), the configuration's (hold) or the data's (hold).

mod call;

use super::reason;
use crate::otlp::response::partial_success;
use crate::otlp::signal::Signal;
use std::time::{Duration, SystemTime};

/// A peer may not make us wait longer than this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// What an attempt to send came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An HTTP answer, whatever it says.
    Answered {
        status: u16,
        /// The `Retry-After` header, as it was sent.
        retry_after: Option<String>,
        /// Whether it says that it is JSON.
        json: bool,
        body: Vec<u8>,
    },
    /// The answer to a gRPC call, whatever it says.
    Called {
        code: i32,
        message: String,
        /// What RetryInfo asks for.
        retry_delay: Option<Duration>,
        body: Vec<u8>,
    },
    /// No answer: the connection failed, or it took too long. The text says why.
    Failed(String),
    /// No answer, and none before a person has changed something. The text says what.
    Unusable(String),
}

/// What an attempt means for the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; `rejected` records of it were refused for good, `message` says why and may be a mere warning.
    Accepted { rejected: i64, message: String },
    /// The peer's or the network's fault: try again, not before `after`.
    Retry {
        after: Option<Duration>,
        reason: String,
        /// It may be this batch that the peer trips over: an error of its own, of no named kind.
        suspicious: bool,
    },
    /// The configuration's fault: trying again helps only after a change, here or there.
    Misconfigured {
        reason: String,
        /// The peer may not take this signal at all.
        unsupported: bool,
    },
    /// The data's fault.
    Refused { reason: String },
}

/// Judges a reply. `now` is only used for a `Retry-After` that names a date.
pub fn classify(signal: Signal, reply: &Reply, now: SystemTime) -> Outcome {
    let (status, retry_after, json, body) = match reply {
        Reply::Failed(why) => {
            return Outcome::Retry {
                after: None,
                reason: reason::one_line(why),
                suspicious: false,
            };
        }
        Reply::Unusable(why) => {
            return Outcome::Misconfigured {
                reason: reason::one_line(why),
                unsupported: false,
            };
        }
        Reply::Called {
            code,
            message,
            retry_delay,
            body,
        } => return call::classify(signal, *code, message, *retry_delay, body),
        Reply::Answered {
            status,
            retry_after,
            json,
            body,
        } => (*status, retry_after.as_deref(), *json, body),
    };
    match status {
        200..=299 => accepted(signal, json, body),
        300..=399 | 401 | 403 | 404 | 405 | 407 | 415 | 501 => Outcome::Misconfigured {
            reason: reason::of_answer(status, json, body),
            unsupported: matches!(status, 404 | 405),
        },
        400..=499 if status != 408 && status != 429 => Outcome::Refused {
            reason: reason::of_answer(status, json, body),
        },
        // 408, 429, 5xx, and what HTTP does not know.
        _ => Outcome::Retry {
            after: retry_after.and_then(|text| delay(text, now)),
            reason: reason::of_answer(status, json, body),
            suspicious: status == 500,
        },
    }
}

/// Whatever the body says, unless it says that something was rejected.
fn accepted(signal: Signal, json: bool, body: &[u8]) -> Outcome {
    let (rejected, message) = partial_success(signal, json, body)
        .map_or((0, String::new()), |part| (part.count, part.message));
    Outcome::Accepted {
        rejected,
        message: reason::one_line(&message),
    }
}

/// The delay a server asks for, in seconds or as a date; a date that has passed asks for none.
fn delay(retry_after: &str, now: SystemTime) -> Option<Duration> {
    let text = retry_after.trim();
    let asked = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still a number, and far above the cap.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(asked.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceResponse,
    };
    use proptest::prelude::*;
    use prost::Message;
    use std::time::UNIX_EPOCH;

    const NOW: Duration = Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT

    fn answered(status: u16, retry_after: Option<&str>, body: &[u8]) -> Outcome {
        let reply = Reply::Answered {
            status,
            retry_after: retry_after.map(Into::into),
            json: false,
            body: body.to_vec(),
        };
        classify(Signal::Logs, &reply, UNIX_EPOCH + NOW)
    }

    #[test]
    fn whose_fault_a_status_is() {
        for (statuses, expected) in [
            (&[200, 202, 204, 299][..], "accepted"),
            (
                &[408, 429, 500, 502, 503, 504, 505, 599, 0, 100, 600],
                "retry",
            ),
            (
                &[301, 302, 307, 308, 401, 403, 404, 405, 407, 415, 501],
                "misconfigured",
            ),
            (&[400, 402, 406, 409, 413, 418, 422, 431, 499], "refused"),
        ] {
            for status in statuses {
                let found = match answered(*status, None, b"") {
                    Outcome::Accepted { .. } => "accepted",
                    Outcome::Retry { .. } => "retry",
                    Outcome::Misconfigured { .. } => "misconfigured",
                    Outcome::Refused { .. } => "refused",
                };
                assert_eq!(found, expected, "{status}");
            }
        }
    }

    #[test]
    fn the_network_is_retried() {
        let reply = Reply::Failed("connection\nrefused".into());
        let outcome = classify(Signal::Traces, &reply, UNIX_EPOCH);
        assert_eq!(
            outcome,
            Outcome::Retry {
                after: None,
                reason: "connection refused".into(),
                suspicious: false,
            }
        );
    }

    #[test]
    fn what_a_person_must_put_right_is_held() {
        let reply = Reply::Unusable("the certificate\nhas expired".into());
        let outcome = classify(Signal::Traces, &reply, UNIX_EPOCH);
        assert_eq!(
            outcome,
            Outcome::Misconfigured {
                reason: "the certificate has expired".into(),
                unsupported: false,
            }
        );
    }

    #[test]
    fn retry_after() {
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("3601", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let Outcome::Retry { after, .. } = answered(503, Some(text), b"") else {
                panic!("{text}")
            };
            assert_eq!(after, seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn a_success_says_what_was_rejected() {
        let partial = ExportLogsPartialSuccess {
            rejected_log_records: 2,
            error_message: "too\nold".into(),
        };
        let body = ExportLogsServiceResponse {
            partial_success: Some(partial),
        }
        .encode_to_vec();
        let accepted = |rejected, message: &str| Outcome::Accepted {
            rejected,
            message: message.into(),
        };
        assert_eq!(answered(200, None, &body), accepted(2, "too old"));
        assert_eq!(answered(200, None, b""), accepted(0, ""));
        assert_eq!(answered(202, None, b"<html>"), accepted(0, ""));
    }

    proptest! {
        #[test]
        fn never_panics(
            status: u16,
            retry_after in proptest::option::of("[0-9]{1,30}|\\PC{0,30}"),
            body in proptest::collection::vec(any::<u8>(), 0..300),
            json: bool,
            now in 0_u64..20_000_000_000,
        ) {
            let reply = Reply::Answered { status, retry_after, json, body };
            for signal in Signal::ALL {
                let outcome = classify(signal, &reply, UNIX_EPOCH + Duration::from_secs(now));
                if let Outcome::Retry { after: Some(after), .. } = outcome {
                    prop_assert!(after <= MAX_RETRY_AFTER);
                }
            }
        }
    }
}
