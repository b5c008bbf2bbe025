//! How requests reach a peer: where to, with which headers, and over what.

#[cfg(feature = "server")]
pub mod clients;
pub mod endpoint;
#[cfg(feature = "server")]
mod failure;
#[cfg(any(feature = "server", test))]
pub mod file;
pub mod grpc;
pub mod gzip;
pub mod headers;
#[cfg(feature = "server")]
mod http;
pub mod protocol;
#[cfg(feature = "server")]
pub mod request;
#[cfg(any(feature = "server", test))]
pub mod tls;
