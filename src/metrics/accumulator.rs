//! Adds up the points of many events in memory, one total per series.

use super::bounds::in_micros;
use super::instrument::{Instrument, InstrumentKind};
use super::measurement::Measurement;
use super::point::{Amount, points};
use super::value::Value;
use foldhash::HashMap;
use sha2::{Digest, Sha256};

/// A label value is cut here, on a character boundary, so that a hostile name cannot stop the fold.
pub const MAX_LABEL_BYTES: usize = 256;

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
    totals: Vec<Totals>,
    /// Where the totals of a series stand.
    by_digest: HashMap<[u8; 32], usize>,
    /// Which totals events of a key add to, and what of them: few have labels of their own, and digests are dear.
    by_key: HashMap<Vec<u8>, Vec<(usize, Amount)>>,
    key: Vec<u8>,
}

impl Accumulator {
    /// Starts with nothing; `bounds` are those of the histograms, ascending, in seconds.
    pub fn new(bounds: &[f64]) -> Self {
        Self {
            bounds: bounds.to_vec(),
            bounds_us: bounds.iter().copied().map(in_micros).collect(),
            totals: Vec::new(),
            by_digest: HashMap::default(),
            by_key: HashMap::default(),
            key: Vec::new(),
        }
    }

    /// Adds the points of one event.
    pub fn add(&mut self, event: &Measurement<'_>) {
        event.key(&mut self.key);
        if !self.by_key.contains_key(&self.key) {
            let series = self.series(event);
            self.by_key.insert(self.key.clone(), series);
        }
        for (at, amount) in self.by_key.get(&self.key).into_iter().flatten() {
            let (Some(totals), Some(amount)) = (self.totals.get_mut(*at), amount.of(event)) else {
                continue;
            };
            match &mut totals.value {
                Value::Sum(sum) => *sum = sum.saturating_add(amount.into()),
                histogram => histogram.observe(&self.bounds_us, amount),
            }
        }
    }

    /// The series of an event, each begun where it is new.
    fn series(&mut self, event: &Measurement<'_>) -> Vec<(usize, Amount)> {
        let mut found = Vec::new();
        for mut point in points(event) {
            for (_, value) in &mut point.labels {
                *value = cut(value);
            }
            let digest = digest(point.instrument, &point.labels, &self.bounds);
            let at = *self.by_digest.entry(digest).or_insert_with(|| {
                let labels = point.labels.iter();
                self.totals.push(Totals {
                    instrument: point.instrument,
                    labels: labels
                        .map(|(name, value)| (*name, (*value).to_owned()))
                        .collect(),
                    digest,
                    value: zero(point.instrument, &self.bounds),
                });
                self.totals.len() - 1
            });
            found.push((at, point.amount));
        }
        found
    }

    /// How many series have been added to.
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// The totals, by digest: always in the same order, so that two writers cannot deadlock.
    pub fn into_totals(mut self) -> Vec<Totals> {
        self.totals.sort_unstable_by_key(|totals| totals.digest);
        self.totals
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
