//! Sums by dimension, as they are added to the tables.

use super::latency::{Latency, Measure};
use super::member::Actor;
use super::usage::Usage;
use crate::otlp::record::Micros;
use std::collections::BTreeMap;

/// In the order of the tables' keys.
#[derive(Debug, Default)]
pub struct Sums<'a> {
    pub usage: BTreeMap<(i32, Micros), Usage>,
    pub latencies: BTreeMap<(i32, Micros, Measure), Latency>,
    pub members: BTreeMap<(i32, Micros, Actor, &'a str), Usage>,
}
