//! What a receiver has seen so far, shared between its thread and the test.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::script::{Script, Signal};
use super::seen::{LogSeen, MetricSeen, SpanSeen};

#[derive(Default)]
pub struct State {
    pub connections: usize,
    pub requests: Vec<Received>,
    pub script: Script,
}

impl State {
    pub fn accepted(&self) -> impl Iterator<Item = &Received> {
        self.requests.iter().filter(|request| request.accepted)
    }
}

/// One request, read to its end.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: SystemTime,
    /// None for a path that is no OTLP path; that was answered with 404 or UNIMPLEMENTED.
    pub signal: Option<Signal>,
    pub path: String,
    /// Names in lower case; values of one name joined by a comma.
    pub headers: BTreeMap<String, String>,
    /// As on the wire, before decompression.
    pub body_len: usize,
    /// The `content-encoding` header, or `grpc-encoding` where the message is compressed.
    pub encoding: Option<String>,
    /// Answered with a 2xx or OK to the end of the answer.
    pub accepted: bool,
    /// Answered with another status: whoever sent it knows that it was not taken.
    pub refused: bool,
    /// Why the request breaks OTLP; that was answered with 400 or INVALID_ARGUMENT.
    pub complaint: Option<String>,
    pub spans: Vec<SpanSeen>,
    pub logs: Vec<LogSeen>,
    pub metrics: Vec<MetricSeen>,
}

impl Received {
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.logs.is_empty() && self.metrics.is_empty()
    }

    /// What it has brought, which it then no longer has.
    pub(super) fn take(&mut self) -> Received {
        let taken = self.clone();
        self.spans.clear();
        self.logs.clear();
        self.metrics.clear();
        taken
    }
}
