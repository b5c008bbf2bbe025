//! One request: read it, keep it, treat it as the script says.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::time::sleep;

use super::body::Body;
use super::dialect::{self, Dialect, JSON, PROTOBUF};
use super::read;
use super::script::{Behaviour, Signal};
use super::server::Ending;
use super::state::{Received, State};

/// Long enough for what was written to leave before a reset.
const FLUSH: Duration = Duration::from_millis(50);

pub async fn to(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    ending: Arc<Ending>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let dialect = Dialect::of(&head.headers);
    let unread = Signal::of_path(head.uri.path()).is_some_and(|signal| {
        let script = &state.lock().expect("state").script;
        script.is_next(signal, &Behaviour::TooLong)
    });
    let body = if unread {
        // As web servers do: what still comes is thrown away, or the client's writing would fail before it reads.
        tokio::spawn(body.collect());
        Default::default()
    } else {
        match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return dialect.complaint("the body broke off"),
        }
    };
    let received = read::received(dialect, head.uri.path(), &head.headers, &body);
    let (signal, complaint) = (received.signal, received.complaint.clone());
    let (number, behaviour) = {
        let mut state = state.lock().expect("state");
        let behaviour = signal.map(|signal| state.script.next(signal).to(&received));
        let refused = complaint.is_some() || behaviour.as_ref().is_none_or(Behaviour::refuses);
        state.requests.push(Received {
            refused,
            ..received
        });
        (state.requests.len() - 1, behaviour)
    };
    match (behaviour, complaint) {
        (None, _) => dialect.no_such_path(),
        (Some(Behaviour::TooLong), _) => dialect.too_long(),
        (_, Some(complaint)) => dialect.complaint(&complaint),
        (Some(behaviour), None) => {
            let accept = move || {
                if let Some(received) = state.lock().expect("state").requests.get_mut(number) {
                    received.accepted = true;
                }
            };
            treat(dialect, behaviour, accept, ending).await
        }
    }
}

async fn treat(
    dialect: Dialect,
    behaviour: Behaviour,
    accept: impl FnOnce() + Send + 'static,
    ending: Arc<Ending>,
) -> Response<Body> {
    match behaviour {
        Behaviour::Ok | Behaviour::Poisoned { .. } => {
            accept();
            dialect.success(PROTOBUF, "")
        }
        Behaviour::Late(pause) => {
            sleep(pause).await;
            accept();
            dialect.success(PROTOBUF, "")
        }
        Behaviour::Status {
            code,
            headers,
            body,
        } => {
            if dialect == Dialect::Http && (200..300).contains(&code) {
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
        Behaviour::Called {
            code,
            message,
            retry,
        } => dialect::called(code, &message, retry),
        Behaviour::TooLong => dialect.too_long(),
        Behaviour::PartialSuccess { rejected, message } => {
            accept();
            dialect.success(PROTOBUF, partial_success(rejected, message))
        }
        Behaviour::Hang => pending().await,
        Behaviour::Reset => {
            ending.reset.notify_one();
            pending().await
        }
        Behaviour::ResetMidway => {
            tokio::spawn(async move {
                sleep(FLUSH).await;
                ending.reset.notify_one();
            });
            dialect.successful(PROTOBUF, Body::half())
        }
        Behaviour::ResetStream => dialect.successful(PROTOBUF, Body::broken()),
        Behaviour::GoAway => {
            accept();
            ending.go_away.notify_one();
            dialect.success(PROTOBUF, "")
        }
        Behaviour::NoStatus => dialect::without_status(),
        Behaviour::SlowBody { pause, bytes } => {
            dialect.successful(PROTOBUF, Body::slow(pause, bytes, accept))
        }
        Behaviour::EndlessBody => {
            // Over gRPC the status stands behind the body.
            if dialect == Dialect::Http {
                accept();
            }
            dialect.successful(PROTOBUF, Body::endless())
        }
        Behaviour::JsonPartialSuccess(partial) => {
            accept();
            dialect.success(JSON, format!("{{\"partialSuccess\":{partial}}}"))
        }
        Behaviour::Garbage => {
            accept();
            dialect.success("text/html", "<html>\u{fffd} 200 OK")
        }
        Behaviour::Json => {
            accept();
            dialect.success(JSON, "{\"partialSuccess\":{}}")
        }
    }
}

/// The three signals' answers are alike on the wire.
fn partial_success(rejected: i64, message: String) -> Vec<u8> {
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: message,
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}
