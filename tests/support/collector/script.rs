//! What a receiver was told to answer.

use std::collections::HashMap;
use std::time::Duration;

use super::state::Received;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// Where receivers of traces for LLM applications take OTLP, below their address.
const BASES: [&str; 3] = ["/api/public/otel", "/api/v1/private/otel", "/otel"];

impl Signal {
    pub fn of_path(path: &str) -> Option<Signal> {
        let below = BASES.iter().find_map(|base| path.strip_prefix(base));
        match below.unwrap_or(path) {
            "/v1/traces" | "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => {
                Some(Signal::Traces)
            }
            "/v1/logs" | "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => {
                Some(Signal::Logs)
            }
            "/v1/metrics" | "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => {
                Some(Signal::Metrics)
            }
            _ => None,
        }
    }
}

/// How a request is treated once it was read. What is said of 200 is the status OK with gRPC.
#[derive(Clone, Debug, PartialEq)]
pub enum Behaviour {
    /// 200 with the empty protobuf answer.
    Ok,
    /// The same, after a while.
    Late(Duration),
    /// An HTTP answer; as a proxy's with gRPC.
    Status {
        code: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// That status for a request in whose records this text stands; 200 for others.
    Poisoned {
        text: String,
        code: u16,
    },
    /// A gRPC status.
    Called {
        code: i32,
        message: String,
        /// In RetryInfo.
        retry: Option<Duration>,
    },
    /// 413 or RESOURCE_EXHAUSTED, before the body was read.
    TooLong,
    PartialSuccess {
        rejected: i64,
        message: String,
    },
    /// The connection stays open, without an answer.
    Hang,
    /// The connection is reset (RST) in the place of an answer.
    Reset,
    /// It is reset after the headers of a 200 and half of the body.
    ResetMidway,
    /// The same for the stream alone, over HTTP/2.
    ResetStream,
    /// 200, and then the connection is closed in good order (GOAWAY).
    GoAway,
    /// A gRPC answer that ends without a status.
    NoStatus,
    /// 200, whose body of so many bytes comes one at a time with this pause before each.
    SlowBody {
        pause: Duration,
        bytes: usize,
    },
    /// 200, whose body never ends and comes as fast as it is read.
    EndlessBody,
    /// 200 with bytes that are no protobuf.
    Garbage,
    /// 200 with an OTLP/JSON answer.
    Json,
    /// The same with this partial_success.
    JsonPartialSuccess(String),
}

impl Behaviour {
    pub fn called(code: i32, message: &str) -> Behaviour {
        Behaviour::Called {
            code,
            message: message.to_owned(),
            retry: None,
        }
    }

    pub fn status(code: u16) -> Behaviour {
        Behaviour::Status {
            code,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// What it comes to for this request.
    pub fn to(self, received: &Received) -> Behaviour {
        match self {
            Behaviour::Poisoned { text, code } => {
                let records = format!("{:?} {:?}", received.spans, received.logs);
                if records.contains(&text) {
                    Behaviour::status(code)
                } else {
                    Behaviour::Ok
                }
            }
            other => other,
        }
    }

    /// Whether the sender is told that its request was not taken.
    pub fn refuses(&self) -> bool {
        match self {
            Behaviour::Status { code, .. } => !(200..300).contains(code),
            Behaviour::Called { code, .. } => *code != 0,
            Behaviour::TooLong => true,
            _ => false,
        }
    }

    /// A status with `Retry-After`, in seconds or as an HTTP date.
    pub fn retry_after(code: u16, when: &str) -> Behaviour {
        Behaviour::Status {
            code,
            headers: vec![("retry-after".to_owned(), when.to_owned())],
            body: Vec::new(),
        }
    }
}

#[derive(Default)]
pub struct Script {
    once: Vec<(Option<Signal>, Behaviour)>,
    by_signal: HashMap<Signal, Behaviour>,
    standing: Option<Behaviour>,
}

impl Script {
    pub fn always(&mut self, signal: Option<Signal>, behaviour: Behaviour) {
        match signal {
            Some(signal) => {
                self.by_signal.insert(signal, behaviour);
            }
            None => {
                *self = Script {
                    standing: Some(behaviour),
                    ..Script::default()
                };
            }
        }
    }

    pub fn once(&mut self, signal: Option<Signal>, behaviour: Behaviour) {
        self.once.push((signal, behaviour));
    }

    pub fn next(&mut self, signal: Signal) -> Behaviour {
        if let Some(position) = self.queued(signal) {
            return self.once.remove(position).1;
        }
        self.after_the_queue(signal)
            .cloned()
            .unwrap_or(Behaviour::Ok)
    }

    /// Whether `next` would give this.
    pub fn is_next(&self, signal: Signal, behaviour: &Behaviour) -> bool {
        let queued = self.queued(signal).map(|position| &self.once[position].1);
        queued.or_else(|| self.after_the_queue(signal)) == Some(behaviour)
    }

    fn queued(&self, signal: Signal) -> Option<usize> {
        self.once
            .iter()
            .position(|(only, _)| only.is_none_or(|only| only == signal))
    }

    fn after_the_queue(&self, signal: Signal) -> Option<&Behaviour> {
        self.by_signal.get(&signal).or(self.standing.as_ref())
    }
}
