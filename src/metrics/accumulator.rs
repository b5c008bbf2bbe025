//! Adds up the points of many events in memory, one total per series.

use super::bounds::in_micros;
use super::instrument::{Instrument, InstrumentKind};
use super::measurement::Measurement;
use super::point::{Amount, points};
use super::value::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A label value is cut here, on a character boundary, so that a hostile name cannot stop the fold.
const MAX_LABEL_BYTES: usize = 256;

/// What is to be added to one stored series.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    pub instrument: &'static Instrument,
    /// In the fixed order of the instrument.
    pub labels: Vec<(&'static str, String)>,
    /// Names the series: SHA-256 over name, labels and, for a histogram, bounds.
    pub digest: [u8; 32],
    /// A delta.
    pub value: Value,
}

/// The totals of the events added so far.
pub struct Accumulator {
    bounds: Vec<f64>,
    bounds_us: Vec<i64>,
    series: HashMap<[u8; 32], Totals>,
}

impl Accumulator {
    /// Starts with nothing; `bounds` are those of the histograms, ascending, in seconds.
    pub fn new(bounds: &[f64]) -> Self {
        Self {
            bounds: bounds.to_vec(),
            bounds_us: bounds.iter().copied().map(in_micros).collect(),
            series: HashMap::new(),
        }
    }

    /// Adds the points of one event.
    pub fn add(&mut self, event: &Measurement) {
        for mut point in points(event) {
            for (_, value) in &mut point.labels {
                *value = cut(value);
            }
            let digest = digest(point.instrument, &point.labels, &self.bounds);
            let totals = self.series.entry(digest).or_insert_with(|| Totals {
                instrument: point.instrument,
                labels: point
                    .labels
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned()))
                    .collect(),
                digest,
                value: zero(point.instrument, &self.bounds),
            });
            match point.amount {
                Amount::Duration(micros) => totals.value.observe(&self.bounds_us, micros),
                Amount::Count(count) => {
                    if let Value::Sum(sum) = &mut totals.value {
                        *sum = sum.saturating_add(count.into());
                    }
                }
            }
        }
    }

    /// How many series have been added to.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The totals, by digest: always in the same order, so that two writers cannot deadlock.
    pub fn into_totals(self) -> Vec<Totals> {
        let mut totals: Vec<_> = self.series.into_values().collect();
        totals.sort_unstable_by_key(|totals| totals.digest);
        totals
    }
}

/// A value of the instrument's kind with nothing in it.
pub(super) fn zero(instrument: &Instrument, bounds: &[f64]) -> Value {
    match instrument.kind {
        InstrumentKind::Counter => Value::Sum(0),
        InstrumentKind::Histogram => Value::empty_histogram(bounds.len()),
    }
}

/// Every part goes in behind its length, so that no two series run into one.
pub(super) fn digest(
    instrument: &Instrument,
    labels: &[(&'static str, &str)],
    bounds: &[f64],
) -> [u8; 32] {
    fn part(hash: &mut Sha256, bytes: &[u8]) {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    let mut hash = Sha256::new();
    part(&mut hash, instrument.name.as_bytes());
    hash.update((labels.len() as u64).to_be_bytes());
    for (name, value) in labels {
        part(&mut hash, name.as_bytes());
        part(&mut hash, value.as_bytes());
    }
    if instrument.kind == InstrumentKind::Histogram {
        hash.update((bounds.len() as u64).to_be_bytes());
        for bound in bounds {
            hash.update(bound.to_be_bytes());
        }
    }
    hash.finalize().into()
}

fn cut(text: &str) -> &str {
    let end = (0..=MAX_LABEL_BYTES.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
