//! The connections to each peer. They live on the network thread.

use super::http;
use super::request::{Peer, Request};
use crate::delivery::outcome::Reply;
use reqwest::Client;
use std::sync::{Arc, Weak};

/// A client for every peer that is still in use: settings that change leave no connection behind.
#[derive(Default)]
pub struct Clients(Vec<(Weak<Peer>, Client)>);

impl Clients {
    /// The client of this peer.
    pub fn of(&mut self, peer: &Arc<Peer>) -> Result<Client, String> {
        self.0.retain(|(known, _)| known.strong_count() > 0);
        let known = self
            .0
            .iter()
            .find(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(peer)));
        if let Some((_, client)) = known {
            return Ok(client.clone());
        }
        let client = http::client(peer.tls.as_ref())?;
        self.0.push((Arc::downgrade(peer), client.clone()));
        Ok(client)
    }
}

/// Sends a request and reads the answer, in no more than the peer's time.
pub async fn send(client: Result<Client, String>, request: Request) -> Reply {
    let client = match client {
        Ok(client) => client,
        Err(why) => return Reply::Failed(why),
    };
    let timeout = request.peer.timeout;
    match tokio::time::timeout(timeout, http::exchange(&client, request)).await {
        Ok(reply) => reply,
        Err(_) => Reply::Failed(format!(
            "no complete answer within {} ms",
            timeout.as_millis()
        )),
    }
}
