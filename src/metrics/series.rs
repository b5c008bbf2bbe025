//! A series as it is stored.

use super::value::Value;
use crate::otlp::record::Micros;

/// The cumulative state of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    pub unit: String,
    pub labels: Vec<(String, String)>,
    /// Since when it has been counted.
    pub start: Micros,
    /// Of a histogram, in seconds; empty for a sum.
    pub bounds: Vec<f64>,
    pub value: Value,
}
