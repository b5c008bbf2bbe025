//! What a call came to, as the headers or trailers of an answer tell it.

use crate::delivery::rpc_status::RpcStatus;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use percent_encoding::percent_decode;
use prost::Message;
use std::time::Duration;

/// The code that clients give to a status they cannot read.
const UNKNOWN: i32 = 2;

/// Some pad, some do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub code: i32,
    pub message: String,
    /// RetryInfo's.
    pub retry_delay: Option<Duration>,
}

impl Status {
    /// None where they tell none.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?;
        let code = code.to_str().ok().and_then(|text| text.trim().parse().ok());
        let details = headers
            .get("grpc-status-details-bin")
            .and_then(|value| details(value.as_bytes()))
            .unwrap_or_default();
        let message = headers.get("grpc-message").map(|value| {
            percent_decode(value.as_bytes())
                .decode_utf8_lossy()
                .into_owned()
        });
        Some(Self {
            code: code.unwrap_or(UNKNOWN),
            retry_delay: details.retry_delay(),
            message: message
                .filter(|message| !message.is_empty())
                .unwrap_or(details.message),
        })
    }
}

fn details(value: &[u8]) -> Option<RpcStatus> {
    let bytes = BASE64.decode(value.trim_ascii()).ok()?;
    RpcStatus::decode(&bytes[..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn status(pairs: &[(&'static str, &str)]) -> Option<Status> {
        let headers = pairs.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (http::HeaderName::from_static(name), value)
        });
        Status::of(&headers.collect())
    }

    #[test]
    fn codes_and_messages() {
        for (pairs, expected) in [
            (&[][..], None),
            (&[("grpc-message", "lost")], None),
            (&[("grpc-status", "0")], Some((0, ""))),
            (&[("grpc-status", " 14 ")], Some((14, ""))),
            (&[("grpc-status", "")], Some((2, ""))),
            (&[("grpc-status", "ok")], Some((2, ""))),
            (&[("grpc-status", "99999999999")], Some((2, ""))),
            (&[("grpc-status", "é")], Some((2, ""))),
            (
                &[
                    ("grpc-status", "8"),
                    ("grpc-message", "slow%20down%E2%80%A6 100%"),
                ],
                Some((8, "slow down… 100%")),
            ),
            (
                &[("grpc-status", "8"), ("grpc-message", "%ff")],
                Some((8, "\u{fffd}")),
            ),
        ] {
            let found = status(pairs);
            let found = found.as_ref().map(|it| (it.code, it.message.as_str()));
            assert_eq!(found, expected, "{pairs:?}");
        }
    }

    /// Code 8, "no", a detail of another kind, and RetryInfo of 1.5 s.
    fn slow_down() -> Vec<u8> {
        let other = b"\x0a\x01x\x12\x01\xff";
        let duration = b"\x08\x01\x10\x80\xca\xb5\xee\x01";
        let mut retry =
            b"\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x0a\x0a\x08".to_vec();
        retry.extend_from_slice(duration);
        let mut status = b"\x08\x08\x12\x02no".to_vec();
        for detail in [&other[..], &retry[..]] {
            status.push(0x1a);
            status.push(u8::try_from(detail.len()).unwrap());
            status.extend_from_slice(detail);
        }
        status
    }

    #[test]
    fn details_padded_or_not() {
        for padding in [true, false] {
            let config = GeneralPurposeConfig::new().with_encode_padding(padding);
            let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
            let text = engine.encode(slow_down());
            assert_eq!(text.ends_with('='), padding, "so that it is tested");
            let found = status(&[("grpc-status", "8"), ("grpc-status-details-bin", &text)]);
            let expected = Status {
                code: 8,
                message: "no".into(),
                retry_delay: Some(Duration::from_millis(1500)),
            };
            assert_eq!(found, Some(expected));
        }
        for nonsense in ["", "%", "AAAA", "/////w"] {
            let found = status(&[("grpc-status", "8"), ("grpc-status-details-bin", nonsense)]);
            assert_eq!(found.unwrap().retry_delay, None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(
            code in "[ -~]{0,12}",
            message in "[ -~é]{0,40}",
            details in "[ -~]{0,40}|[A-Za-z0-9+/]{0,80}={0,2}",
        ) {
            let found = status(&[
                ("grpc-status", &code),
                ("grpc-message", &message),
                ("grpc-status-details-bin", &details),
            ]);
            prop_assert!(found.is_some());
        }
    }
}
