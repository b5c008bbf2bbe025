//! How requests reach a peer: where to, with which headers, and over what.

pub mod endpoint;
pub mod headers;
#[cfg(feature = "server")]
pub mod http;
