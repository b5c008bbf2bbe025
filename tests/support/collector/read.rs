//! A request as it arrived, taken apart.

use std::io::Read;
use std::time::SystemTime;

use flate2::read::GzDecoder;
use hyper::HeaderMap;

use super::decode;
use super::dialect::{Dialect, JSON, PROTOBUF};
use super::frame;
use super::script::Signal;
use super::state::Received;

pub fn received(dialect: Dialect, path: &str, headers: &HeaderMap, wire: &[u8]) -> Received {
    let mut received = Received {
        at: SystemTime::now(),
        signal: Signal::of_path(path),
        path: path.to_owned(),
        headers: Default::default(),
        body_len: wire.len(),
        encoding: None,
        accepted: false,
        refused: false,
        complaint: None,
        spans: Vec::new(),
        logs: Vec::new(),
        metrics: Vec::new(),
    };
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = received
            .headers
            .entry(name.as_str().to_owned())
            .or_default();
        *joined = if joined.is_empty() {
            value.into_owned()
        } else {
            format!("{joined}, {value}")
        };
    }
    received.complaint = fill(&mut received, dialect, wire).err();
    received
}

fn fill(received: &mut Received, dialect: Dialect, wire: &[u8]) -> Result<(), String> {
    let Some(signal) = received.signal else {
        return Ok(());
    };
    let (message, json) = match dialect {
        Dialect::Http => {
            received.encoding = received.headers.get("content-encoding").cloned();
            match received.headers.get("content-type").map(String::as_str) {
                Some(PROTOBUF) => (wire, false),
                Some(JSON) => (wire, true),
                other => return Err(format!("content-type {other:?}")),
            }
        }
        Dialect::Grpc => {
            let (message, encoding) = frame::unwrap(wire, &received.headers)?;
            received.encoding = encoding;
            (message, false)
        }
    };
    let body = match received.encoding.as_deref() {
        None | Some("identity") => message.to_vec(),
        Some("gzip") => {
            let mut plain = Vec::new();
            GzDecoder::new(message)
                .read_to_end(&mut plain)
                .map_err(|error| error.to_string())?;
            plain
        }
        Some(other) => return Err(format!("content-encoding {other}")),
    };
    match signal {
        Signal::Traces => received.spans = decode::spans(&body, json)?,
        Signal::Logs => received.logs = decode::logs(&body, json)?,
        Signal::Metrics => received.metrics = decode::metrics(&body, json)?,
    }
    Ok(())
}
