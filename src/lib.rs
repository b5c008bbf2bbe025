//! Observability for LLM applications, inside PostgreSQL.
//!
//! Without a `pgNN` feature only the pure modules are built: they know neither Postgres nor sockets.
//! What is stored, and the functions that log it, is SQL: see `sql/order`.

pub mod batch;
pub mod complaints;
pub mod delivery;
pub mod destinations;
pub mod grams;
pub mod ids;
pub mod latencies;
pub mod members;
pub mod metrics;
pub mod otlp;
pub mod payload;
pub mod position;
pub mod profiles;
pub mod rollups;
pub mod transport;

#[cfg(feature = "server")]
mod callable;
#[cfg(feature = "server")]
mod rows;
#[cfg(feature = "server")]
mod settings;
#[cfg(feature = "server")]
mod store;
#[cfg(feature = "server")]
mod worker;

#[cfg(feature = "server")]
mod library {
    use pgrx::prelude::*;

    pgrx::pg_module_magic!();

    #[pg_guard]
    pub extern "C-unwind" fn _PG_init() {
        if unsafe { pg_sys::IsBinaryUpgrade } {
            return;
        }
        crate::settings::declare();
        crate::worker::register();
    }
}
