//! How an answer is said in HTTP and in gRPC.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use prost::Message;

use super::body::Body;
use super::frame;

pub const PROTOBUF: &str = "application/x-protobuf";
pub const JSON: &str = "application/json";
const GRPC: &str = "application/grpc";

const OK: i32 = 0;
const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Http,
    Grpc,
}

impl Dialect {
    pub fn of(headers: &HeaderMap) -> Dialect {
        let content = headers.get(CONTENT_TYPE);
        if content.is_some_and(|value| value.as_bytes().starts_with(GRPC.as_bytes())) {
            Dialect::Grpc
        } else {
            Dialect::Http
        }
    }

    /// A success that has this as its message.
    pub fn success(self, content_type: &str, message: impl Into<Bytes>) -> Response<Body> {
        let message = message.into();
        match self {
            Dialect::Http => self.successful(content_type, Body::whole(message)),
            Dialect::Grpc => self.successful(content_type, Body::whole(frame::wrap(&message))),
        }
    }

    /// A success with a body that may never come to its end.
    pub fn successful(self, content_type: &str, body: Body) -> Response<Body> {
        match self {
            Dialect::Http => answer(StatusCode::OK, content_type, body),
            Dialect::Grpc => {
                let body = body.with_trailers(status(OK, "", None));
                answer(StatusCode::OK, GRPC, body)
            }
        }
    }

    /// A request that OTLP does not allow.
    pub fn complaint(self, why: &str) -> Response<Body> {
        match self {
            Dialect::Http => plain(StatusCode::BAD_REQUEST, why),
            Dialect::Grpc => called(INVALID_ARGUMENT, why, None),
        }
    }

    pub fn no_such_path(self) -> Response<Body> {
        match self {
            Dialect::Http => plain(StatusCode::NOT_FOUND, "no OTLP path"),
            Dialect::Grpc => called(UNIMPLEMENTED, "no OTLP method", None),
        }
    }

    pub fn too_long(self) -> Response<Body> {
        match self {
            Dialect::Http => plain(StatusCode::PAYLOAD_TOO_LARGE, "too long"),
            Dialect::Grpc => {
                let why = "grpc: received message larger than max (5242880 vs. 4194304)";
                called(RESOURCE_EXHAUSTED, why, None)
            }
        }
    }
}

/// A failure, all of it in the headers.
pub fn called(code: i32, message: &str, retry: Option<Duration>) -> Response<Body> {
    let mut failure = answer(StatusCode::OK, GRPC, Body::whole(""));
    failure.headers_mut().extend(status(code, message, retry));
    failure
}

/// The headers of a 200, a message, and no status.
pub fn without_status() -> Response<Body> {
    answer(StatusCode::OK, GRPC, Body::whole(frame::wrap(b"")))
}

fn plain(status: StatusCode, why: &str) -> Response<Body> {
    answer(status, "text/plain", Body::whole(why.to_owned()))
}

fn answer(status: StatusCode, content_type: &str, body: Body) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type)
        .body(body)
        .expect("a valid answer")
}

fn status(code: i32, message: &str, retry: Option<Duration>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", code.into());
    let encoded: String = message.bytes().map(|byte| format!("%{byte:02X}")).collect();
    if !encoded.is_empty() {
        let message = HeaderValue::from_str(&encoded).expect("ASCII");
        headers.insert("grpc-message", message);
    }
    if let Some(retry) = retry {
        let details = base64(&details(code, message, retry));
        let details = HeaderValue::from_str(&details).expect("ASCII");
        headers.insert("grpc-status-details-bin", details);
    }
    headers
}

/// google.rpc.Status with RetryInfo.
fn details(code: i32, message: &str, retry: Duration) -> Vec<u8> {
    #[derive(Clone, PartialEq, Message)]
    struct Status {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(message, tag = "2")]
        value: Option<RetryInfo>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct RetryInfo {
        #[prost(message, tag = "1")]
        retry_delay: Option<Delay>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Delay {
        #[prost(uint64, tag = "1")]
        seconds: u64,
        #[prost(uint32, tag = "2")]
        nanos: u32,
    }
    let retry_delay = Delay {
        seconds: retry.as_secs(),
        nanos: retry.subsec_nanos(),
    };
    // A message in the place of bytes is the same on the wire.
    let retry_info = Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: Some(RetryInfo {
            retry_delay: Some(retry_delay),
        }),
    };
    let status = Status {
        code,
        message: message.to_owned(),
        details: vec![retry_info],
    };
    status.encode_to_vec()
}

/// Without padding, as gRPC's libraries send it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks(3).flat_map(|three| {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        (0..=three.len()).map(move |at| DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char)
    });
    digits.collect()
}
