//! Attribute vocabularies: what a destination is told about a record, and under which names. Pure.

pub mod attribute;
pub mod content;
pub mod dify;
pub mod lineage;
pub mod severity;
pub mod timestamp;
