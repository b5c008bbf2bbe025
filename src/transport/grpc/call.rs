//! One call, its answer or what became of it. Runs on the network thread.

use super::frame;
use super::status::Status;
use crate::delivery::outcome::Reply;
use crate::transport::clients::MOST_OF_AN_ANSWER;
use crate::transport::request::Request;
use crate::transport::{failure, http};
use ::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use reqwest::{Body, Client, Response, StatusCode};

const CONTENT: &str = "application/grpc";

/// Calls and reads the answer.
pub async fn exchange(client: &Client, request: Request) -> Reply {
    let body = match frame::wrap(&request.body, request.peer.gzip) {
        Ok(body) => body,
        Err(why) => return Reply::Failed(why),
    };
    let sent = client
        .post(request.peer.endpoint.method(request.signal))
        .headers(headers(&request))
        .body(body)
        .send()
        .await;
    let read = match sent {
        Ok(answer) => read(answer).await,
        Err(error) => Err(error),
    };
    read.unwrap_or_else(|error| failure::reply(&error))
}

/// The configured ones, and those that say how the call is made, which win.
fn headers(request: &Request) -> HeaderMap {
    let peer = &request.peer;
    let mut headers = http::configured(peer);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
    headers.insert("te", HeaderValue::from_static("trailers"));
    if peer.gzip {
        headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
    }
    // Some compress an answer because the request was.
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("gzip"));
    let timeout = format!("{}m", peer.timeout.as_millis());
    if let Ok(timeout) = HeaderValue::from_str(&timeout) {
        headers.insert("grpc-timeout", timeout);
    }
    headers
}

async fn read(answer: Response) -> Result<Reply, reqwest::Error> {
    // A failure that is known at once is told in the headers.
    if let Some(status) = Status::of(answer.headers()) {
        return Ok(reply(status, Vec::new()));
    }
    let code = answer.status();
    if !code.is_success() {
        // A proxy's, which knows nothing of gRPC.
        return http::read(answer).await;
    }
    let content = answer.headers().get(CONTENT_TYPE);
    let is_grpc = content.is_some_and(|value| value.as_bytes().starts_with(CONTENT.as_bytes()));
    if code != StatusCode::OK || !is_grpc {
        return Ok(Reply::Unusable(format!(
            "the receiver does not speak gRPC there: it answers HTTP {code} without a gRPC status"
        )));
    }
    let mut body = Body::from(answer);
    let (mut bytes, mut trailers) = (Vec::new(), None);
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => bytes.extend_from_slice(&data),
            Err(other) => trailers = other.into_trailers().ok(),
        }
        if bytes.len() > MOST_OF_AN_ANSWER {
            return Ok(Reply::Failed("the answer is longer than 4 MiB".to_owned()));
        }
    }
    Ok(match trailers.as_ref().and_then(Status::of) {
        Some(status) => {
            let message = frame::unwrap(&bytes, MOST_OF_AN_ANSWER);
            reply(status, message.unwrap_or_default())
        }
        None => Reply::Failed("the answer broke off: it has no gRPC status".to_owned()),
    })
}

fn reply(status: Status, body: Vec<u8>) -> Reply {
    Reply::Called {
        code: status.code,
        message: status.message,
        retry_delay: status.retry_delay,
        body,
    }
}
