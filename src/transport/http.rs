//! OTLP/HTTP: one request, its answer or what became of it. Runs on the network thread.

use super::request::Request;
use super::tls::{self, Tls};
use crate::delivery::outcome::Reply;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Client, Response, redirect};
use std::io::Write;

/// As OTLP recommends: no more of an answer is read.
const MOST_OF_AN_ANSWER: usize = 4 << 20;

/// A client that follows no redirect and no proxy variable: it speaks to the configured address alone.
pub fn client(tls: Option<&Tls>) -> Result<Client, String> {
    // Without one of ours, reqwest looks for a default of the process, and panics.
    let config = tls.map_or_else(tls::distrustful, |tls| Ok(tls.config()))?;
    Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("dify_observe/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())
}

/// Sends a request and reads the answer.
pub async fn exchange(client: &Client, request: Request) -> Reply {
    match answer(client, request).await {
        Ok(reply) => reply,
        Err(error) => match tls::fault(&error) {
            Some(why) => Reply::Unusable(why),
            None => Reply::Failed(reason(&error)),
        },
    }
}

async fn answer(client: &Client, request: Request) -> Result<Reply, reqwest::Error> {
    let peer = &request.peer;
    let mut outgoing = client.post(peer.endpoint.url(request.signal));
    for (name, value) in &peer.headers {
        outgoing = outgoing.header(name, value);
    }
    // After the configured ones: these describe the body.
    outgoing = outgoing.header("content-type", peer.protocol.encoding().content_type());
    let compressed = if peer.gzip { gzip(&request.body) } else { None };
    let body = match compressed {
        Some(compressed) => {
            outgoing = outgoing.header("content-encoding", "gzip");
            compressed
        }
        None => request.body,
    };
    let mut answer = outgoing.body(body).send().await?;
    let status = answer.status().as_u16();
    let retry_after = answer
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let json = answer
        .headers()
        .get("content-type")
        .is_some_and(|value| is_json(value.as_bytes()));
    let body = read(&mut answer).await?;
    Ok(Reply::Answered {
        status,
        retry_after,
        json,
        body,
    })
}

async fn read(answer: &mut Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < MOST_OF_AN_ANSWER {
        match answer.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(body)
}

/// What the answer says of itself: it may be to a request of settings that have changed since.
fn is_json(content_type: &[u8]) -> bool {
    const JSON: &[u8] = b"application/json";
    content_type
        .get(..JSON.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(JSON))
}

/// Level 1: most of the gain at half the cost. Writing to memory does not fail; if it did, the body goes as it is.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// The innermost cause, which says what happened; without the address, which may be told to fewer than the error.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let kind = if error.is_connect() {
        "cannot connect"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the request failed"
    };
    format!("{kind}: {cause}")
}
