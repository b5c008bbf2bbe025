//! google.rpc.Status, by which receivers say why not and for how long: gRPC beside an answer, OTLP/HTTP as its body.

use prost::Message;
use std::time::Duration;

#[derive(Clone, PartialEq, Message)]
pub struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Detail>,
}

/// google.protobuf.Any.
#[derive(Clone, PartialEq, Message)]
pub struct Detail {
    #[prost(string, tag = "1")]
    pub type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// google.rpc.RetryInfo.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// google.protobuf.Duration.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl RpcStatus {
    /// How long the peer wants to be left alone, where it says so. A negative time is none at all.
    pub fn retry_delay(&self) -> Option<Duration> {
        let detail = self
            .details
            .iter()
            .find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
        let delay = RetryInfo::decode(&detail.value[..]).ok()?.retry_delay?;
        let seconds = u64::try_from(delay.seconds).unwrap_or(0);
        let nanos = u64::try_from(delay.nanos).unwrap_or(0);
        Some(Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with(type_url: &str, value: Vec<u8>) -> RpcStatus {
        RpcStatus {
            details: vec![
                Detail::default(),
                Detail {
                    type_url: type_url.into(),
                    value,
                },
            ],
            ..RpcStatus::default()
        }
    }

    fn asking(seconds: i64, nanos: i32) -> Option<Duration> {
        let info = RetryInfo {
            retry_delay: Some(Delay { seconds, nanos }),
        };
        with(
            "type.googleapis.com/google.rpc.RetryInfo",
            info.encode_to_vec(),
        )
        .retry_delay()
    }

    #[test]
    fn delays() {
        assert_eq!(asking(0, 0), Some(Duration::ZERO));
        assert_eq!(asking(2, 500_000_000), Some(Duration::from_millis(2500)));
        assert_eq!(asking(-5, 0), Some(Duration::ZERO));
        assert_eq!(asking(1, -5), Some(Duration::from_secs(1)));
        assert!(asking(i64::MAX, i32::MAX).is_some());
        for (type_url, value) in [
            ("type.googleapis.com/google.rpc.QuotaFailure", vec![]),
            ("type.googleapis.com/google.rpc.RetryInfo", vec![]),
            ("type.googleapis.com/google.rpc.RetryInfo", vec![0xff]),
            ("", vec![]),
        ] {
            assert_eq!(with(type_url, value).retry_delay(), None, "{type_url}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(seconds: i64, nanos: i32, value: Vec<u8>) {
            prop_assert!(asking(seconds, nanos).is_some());
            let _ = with("x/google.rpc.RetryInfo", value).retry_delay();
        }
    }
}
