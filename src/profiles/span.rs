//! What a profile makes of a record that is a span: everything but its ids' form and its encoding.

use super::attribute::Attributes;
use super::excerpt::{MOST_BYTES, cut};
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

impl Ended {
    /// Cuts an error text that is too long for one attribute.
    pub fn cut(self) -> Self {
        match self {
            Ended::Failed(error) => Ended::Failed(cut(error, MOST_BYTES)),
            other => other,
        }
    }
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
