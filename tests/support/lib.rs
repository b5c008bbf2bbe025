//! What the integration tests and the demo stand on: a throwaway PostgreSQL cluster, OTLP receivers, and waiting.

pub mod cluster;
pub mod collector;
pub mod packages;
pub mod rotel;

mod authority;
mod cache;
mod installation;
mod private_folder;
mod waiting;

pub use authority::{Authority, Identity};
pub use cluster::{Cluster, Shutdown};
pub use collector::{Behaviour, Collector, Signal};
pub use rotel::Rotel;
pub use waiting::{Attempt, eventually, within};
