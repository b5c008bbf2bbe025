//! What arrives at a receiver, and what becomes of it when the receiver does not play along.

mod activity;
mod answers;
mod disabled;
mod environment;
mod fields;
mod grpc;
mod grpc_answers;
mod grpc_connections;
mod grpc_tls;
mod json;
mod outage;
mod passed_over;
mod reload;
mod rotel;
mod secrets;
mod status;
mod tls;
mod unresponsive;
