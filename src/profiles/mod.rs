//! Attribute vocabularies: what a destination is told about a record, and under which names. Pure.

pub mod attribute;
pub mod connection;
pub mod container;
pub mod content;
pub mod dify;
mod excerpt;
#[cfg(test)]
mod expectations;
#[cfg(test)]
mod extremes;
mod genai;
mod langfuse;
mod langsmith;
pub mod lineage;
mod observation;
mod openinference;
mod profile;
pub mod severity;
mod span;
pub mod timestamp;
pub mod tree;

pub use profile::Profile;
pub use span::{Ended, Span};
