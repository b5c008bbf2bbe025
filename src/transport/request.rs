//! What the network thread is given to do.

use super::endpoint::Endpoint;
use super::protocol::Protocol;
use super::tls::Tls;
use crate::otlp::signal::Signal;
use std::sync::Arc;
use std::time::Duration;

/// A receiver, and how it is spoken to. Connections are kept as long as it lives.
#[derive(Debug, PartialEq)]
pub struct Peer {
    pub endpoint: Endpoint,
    pub protocol: Protocol,
    pub headers: Vec<(String, String)>,
    pub gzip: bool,
    /// For everything: connection, handshake, request and answer.
    pub timeout: Duration,
    /// Where the endpoint asks for it.
    pub tls: Option<Tls>,
}

/// A request, ready to be sent.
#[derive(Debug)]
pub struct Request {
    pub peer: Arc<Peer>,
    pub signal: Signal,
    /// Not compressed yet.
    pub body: Vec<u8>,
}
