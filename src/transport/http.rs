//! OTLP/HTTP: one request, its answer or what became of it. Runs on the network thread.

use super::clients::MOST_OF_AN_ANSWER;
use super::request::{Peer, Request};
use super::{failure, gzip};
use crate::delivery::outcome::Reply;
use ::http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Client, Response};

/// Sends a request and reads the answer.
pub async fn exchange(client: &Client, request: Request) -> Reply {
    let peer = &request.peer;
    let mut headers = configured(peer);
    let content_type = peer.protocol.encoding().content_type();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Writing to memory does not fail; if it did, the body goes as it is.
    let compressed = peer
        .gzip
        .then(|| gzip::compress(&request.body, Vec::new()).ok());
    let body = match compressed.flatten() {
        Some(compressed) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            compressed
        }
        None => request.body,
    };
    let url = peer.endpoint.url(request.signal);
    let read = match client.post(url).headers(headers).body(body).send().await {
        Ok(answer) => read(answer).await,
        Err(error) => Err(error),
    };
    read.unwrap_or_else(|error| failure::reply(&error))
}

/// The headers that the settings name.
pub fn configured(peer: &Peer) -> HeaderMap {
    let parsed = peer.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    parsed.collect()
}

/// An answer, whatever it says.
pub async fn read(mut answer: Response) -> Result<Reply, reqwest::Error> {
    let status = answer.status().as_u16();
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let json = answer
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| is_json(value.as_bytes()));
    let mut body = Vec::new();
    while body.len() < MOST_OF_AN_ANSWER {
        match answer.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(Reply::Answered {
        status,
        retry_after,
        json,
        body,
    })
}

/// What the answer says of itself: it may be to a request of settings that have changed since.
fn is_json(content_type: &[u8]) -> bool {
    const JSON: &[u8] = b"application/json";
    content_type
        .get(..JSON.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(JSON))
}
