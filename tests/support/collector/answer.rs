//! One request: read it, keep it, treat it as the script says.

use std::future::pending;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::body::Body;
use super::decode;
use super::script::{Behaviour, Signal};
use super::state::{Received, State};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
/// Long enough for what was written to leave before a reset.
const FLUSH: Duration = Duration::from_millis(50);

pub async fn to(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    reset: Arc<Notify>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return refusal(StatusCode::BAD_REQUEST, "the body broke off");
    };
    let received = received(head.uri.path(), &head.headers, &body.to_bytes());
    let (signal, complaint) = (received.signal, received.complaint.clone());
    let (number, behaviour) = {
        let mut state = state.lock().expect("state");
        let behaviour = signal.map(|signal| state.script.next(signal).to(&received));
        state.requests.push(received);
        (state.requests.len() - 1, behaviour)
    };
    match (behaviour, complaint) {
        (None, _) => refusal(StatusCode::NOT_FOUND, "no OTLP path"),
        (_, Some(complaint)) => refusal(StatusCode::BAD_REQUEST, &complaint),
        (Some(behaviour), None) => {
            let accept = move || {
                if let Some(received) = state.lock().expect("state").requests.get_mut(number) {
                    received.accepted = true;
                }
            };
            treat(behaviour, accept, reset).await
        }
    }
}

async fn treat(
    behaviour: Behaviour,
    accept: impl FnOnce() + Send + 'static,
    reset: Arc<Notify>,
) -> Response<Body> {
    match behaviour {
        Behaviour::Ok | Behaviour::Poisoned { .. } => {
            accept();
            success(PROTOBUF, Body::whole(""))
        }
        Behaviour::Late(pause) => {
            sleep(pause).await;
            accept();
            success(PROTOBUF, Body::whole(""))
        }
        Behaviour::Status {
            code,
            headers,
            body,
        } => {
            if (200..300).contains(&code) {
                accept();
            }
            headers
                .into_iter()
                .fold(Response::builder().status(code), |answer, (name, value)| {
                    answer.header(name, value)
                })
                .body(Body::whole(body))
                .expect("a valid status and headers")
        }
        Behaviour::PartialSuccess { rejected, message } => {
            accept();
            success(PROTOBUF, Body::whole(partial_success(rejected, message)))
        }
        Behaviour::Hang => pending().await,
        Behaviour::Reset => {
            reset.notify_one();
            pending().await
        }
        Behaviour::ResetMidway => {
            tokio::spawn(async move {
                sleep(FLUSH).await;
                reset.notify_one();
            });
            success(PROTOBUF, Body::half())
        }
        Behaviour::SlowBody { pause, bytes } => success(PROTOBUF, Body::slow(pause, bytes, accept)),
        Behaviour::EndlessBody => {
            accept();
            success(PROTOBUF, Body::endless())
        }
        Behaviour::JsonPartialSuccess(partial) => {
            accept();
            success(
                JSON,
                Body::whole(format!("{{\"partialSuccess\":{partial}}}")),
            )
        }
        Behaviour::Garbage => {
            accept();
            success("text/html", Body::whole("<html>\u{fffd} 200 OK"))
        }
        Behaviour::Json => {
            accept();
            success(JSON, Body::whole("{\"partialSuccess\":{}}"))
        }
    }
}

fn success(content_type: &str, body: Body) -> Response<Body> {
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .expect("a valid answer")
}

fn refusal(status: StatusCode, why: &str) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::whole(why.to_owned()))
        .expect("a valid answer")
}

/// The three signals' answers are alike on the wire.
fn partial_success(rejected: i64, message: String) -> Vec<u8> {
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: message,
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

fn received(path: &str, headers: &HeaderMap, wire: &[u8]) -> Received {
    let signal = Signal::of_path(path);
    let mut received = Received {
        at: SystemTime::now(),
        signal,
        path: path.to_owned(),
        headers: Default::default(),
        body_len: wire.len(),
        encoding: None,
        accepted: false,
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
    received.encoding = received.headers.get("content-encoding").cloned();
    received.complaint = fill(&mut received, wire).err();
    received
}

fn fill(received: &mut Received, wire: &[u8]) -> Result<(), String> {
    let Some(signal) = received.signal else {
        return Ok(());
    };
    let json = match received.headers.get("content-type").map(String::as_str) {
        Some(PROTOBUF) => false,
        Some(JSON) => true,
        other => return Err(format!("content-type {other:?}")),
    };
    let body = match received.encoding.as_deref() {
        None | Some("identity") => wire.to_vec(),
        Some("gzip") => {
            let mut plain = Vec::new();
            GzDecoder::new(wire)
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
