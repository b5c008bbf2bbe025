//! The connections to each peer. They live on the network thread.

use super::protocol::Protocol;
use super::request::{Peer, Request};
use super::{grpc, http, tls};
use crate::delivery::outcome::Reply;
use reqwest::redirect;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// As OTLP recommends: no more of an answer is read.
pub const MOST_OF_AN_ANSWER: usize = 4 << 20;

/// A client for every peer that is still in use: settings that change leave no connection behind.
#[derive(Default)]
pub struct Clients(Vec<(Weak<Peer>, Client)>);

/// Keeps connections open.
#[derive(Clone)]
pub struct Client {
    connections: reqwest::Client,
    /// An answer did not come in time. Nothing tells a slow peer from a network that lost the connection and said nothing:
    /// over HTTP/2, all that comes would wait on it. So who comes next opens another.
    doubtful: Arc<AtomicBool>,
}

impl Clients {
    /// The client of this peer.
    pub fn of(&mut self, peer: &Arc<Peer>) -> Result<Client, String> {
        self.0.retain(|(known, client)| {
            known.strong_count() > 0 && !client.doubtful.load(Ordering::Relaxed)
        });
        let known = self
            .0
            .iter()
            .find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(peer)));
        if let Some((_, client)) = known {
            return Ok(client.clone());
        }
        let client = Client {
            connections: connections(peer)?,
            doubtful: Arc::default(),
        };
        self.0.push((Arc::downgrade(peer), client.clone()));
        Ok(client)
    }
}

/// Follows no redirect and no proxy variable: it speaks to the configured address alone.
fn connections(peer: &Peer) -> Result<reqwest::Client, String> {
    // Without one of ours, reqwest looks for a default of the process, and panics.
    let mut config = peer
        .tls
        .as_ref()
        .map_or_else(tls::distrustful, |tls| Ok(tls.config()))?;
    let builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("dify_observe/", env!("CARGO_PKG_VERSION")));
    let builder = match peer.protocol {
        Protocol::Http | Protocol::HttpJson => builder.http1_only(),
        Protocol::Grpc => {
            config.alpn_protocols = vec![b"h2".to_vec()];
            builder.http2_prior_knowledge()
        }
    };
    builder
        .tls_backend_preconfigured(config)
        .build()
        .map_err(|error| error.to_string())
}

/// Sends a request and reads the answer, in no more than the peer's time.
pub async fn send(client: Result<Client, String>, request: Request) -> Reply {
    let client = match client {
        Ok(client) => client,
        Err(why) => return Reply::Failed(why),
    };
    let timeout = request.peer.timeout;
    let exchange = async {
        match request.peer.protocol {
            Protocol::Http | Protocol::HttpJson => {
                http::exchange(&client.connections, request).await
            }
            Protocol::Grpc => grpc::exchange(&client.connections, request).await,
        }
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(reply) => reply,
        Err(_) => {
            client.doubtful.store(true, Ordering::Relaxed);
            Reply::Failed(format!(
                "no complete answer within {} ms",
                timeout.as_millis()
            ))
        }
    }
}
