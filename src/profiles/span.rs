//! What a profile makes of a record that is a span: everything but its ids' form and its encoding.

use super::attribute::Attributes;
use crate::otlp::record::Micros;
use uuid::Uuid;

/// How a span ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is claimed: the dify vocabulary marks failures only.
    Unset,
    Well,
    /// With the error text, empty when there was none.
    Failed(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The UUIDs that its id and its parent's id are made from.
    pub source: Uuid,
    pub parent: Option<Uuid>,
    pub name: String,
    pub start: Micros,
    pub end: Micros,
    pub attributes: Attributes,
    pub ended: Ended,
    /// Whether the failure is told as an exception event, too.
    pub exception: bool,
}
