//! A batch of events as text, taken apart without building values: what most of `log_batch`'s time would go into. Pure.
//!
//! The text is JSON that Postgres has accepted; on anything else the result is meaningless, but not unsafe.

pub mod scan;
mod split;

pub use split::{Kind, split};
