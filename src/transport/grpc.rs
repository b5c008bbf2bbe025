//! OTLP/gRPC: a unary call, which is an HTTP/2 request with a framed message and a status behind the answer.

#[cfg(feature = "server")]
mod call;
pub mod frame;
pub mod status;

#[cfg(feature = "server")]
pub use call::exchange;
