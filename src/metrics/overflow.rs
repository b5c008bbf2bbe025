//! The series that takes what finds no room: one per instrument, as the OpenTelemetry SDKs have it.

use super::accumulator::{Totals, digest, zero};
use super::instrument::Instrument;
use super::value::Value;

/// The label that marks an overflow series.
const MARK: (&str, &str) = ("otel.metric.overflow", "true");

impl Totals {
    /// The overflow series of an instrument, with nothing in it.
    pub fn overflow(instrument: &'static Instrument, bounds: &[f64]) -> Self {
        Self {
            instrument,
            labels: vec![(MARK.0, MARK.1.to_owned())],
            digest: digest(instrument, &[MARK], bounds),
            value: zero(instrument, bounds),
        }
    }
}

/// The totals of series that find no room, added into the overflow series of their instruments.
///
/// `bounds` are those that the totals were made with. The result is ordered by digest.
pub fn into_overflow(excess: &[Totals], bounds: &[f64]) -> Vec<Totals> {
    let mut overflow: Vec<Totals> = Vec::new();
    for totals in excess {
        let found = overflow
            .iter()
            .position(|one| one.instrument == totals.instrument);
        match found.and_then(|at| overflow.get_mut(at)) {
            Some(known) => add(&mut known.value, &totals.value),
            None => {
                let mut new = Totals::overflow(totals.instrument, bounds);
                add(&mut new.value, &totals.value);
                overflow.push(new);
            }
        }
    }
    overflow.sort_unstable_by_key(|totals| totals.digest);
    overflow
}

/// Values of one instrument and one set of bounds always match.
fn add(value: &mut Value, more: &Value) {
    let added = value.merge(more);
    debug_assert!(added.is_ok(), "totals made with other bounds");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::instrument::{FEEDBACK, MESSAGE_DURATION};

    #[test]
    fn one_overflow_series_per_instrument() {
        let bounds = [1.0];
        let totals = |instrument: &'static Instrument, value: Value| Totals {
            value,
            ..Totals::overflow(instrument, &bounds)
        };
        let histogram = |micros: i64| {
            let mut value = Value::empty_histogram(1);
            value.observe(&[1_000_000], micros);
            value
        };
        let excess = [
            totals(&FEEDBACK, Value::Sum(2)),
            totals(&MESSAGE_DURATION, histogram(5)),
            totals(&FEEDBACK, Value::Sum(3)),
            totals(&MESSAGE_DURATION, histogram(2_000_000)),
        ];
        let overflow = into_overflow(&excess, &bounds);
        assert_eq!(overflow.len(), 2);
        for one in overflow {
            assert_eq!(one.labels, [("otel.metric.overflow", "true".to_owned())]);
            let expected = match one.instrument.name {
                "dify.feedback.total" => Value::Sum(5),
                _ => Value::Histogram {
                    count: 2,
                    sum_us: 2_000_005,
                    min_us: 5,
                    max_us: 2_000_000,
                    buckets: vec![1, 1],
                },
            };
            assert_eq!(one.value, expected);
        }
        assert_eq!(into_overflow(&[], &bounds), []);
    }
}
