//! The value of a series: a sum or a distribution. Adding is associative, and saturates instead of overflowing.

/// The value of a series, or what is added to it. Never negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a counter.
    Sum(i128),
    /// Of a histogram, in microseconds; `min_us` and `max_us` say nothing while `count` is 0.
    Histogram {
        count: i64,
        sum_us: i128,
        min_us: i64,
        max_us: i64,
        /// One more than there are bounds: the last holds what is above all of them.
        buckets: Vec<i64>,
    },
}

/// Two values that cannot be added: of different kinds, or with different numbers of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

impl Value {
    /// A histogram with nothing in it.
    pub fn empty_histogram(bounds: usize) -> Self {
        Value::Histogram {
            count: 0,
            sum_us: 0,
            min_us: i64::MAX,
            max_us: 0,
            buckets: vec![0; bounds + 1],
        }
    }

    /// Adds `other`; unchanged when the two do not match.
    pub fn merge(&mut self, other: &Value) -> Result<(), Mismatch> {
        match (self, other) {
            (Value::Sum(sum), Value::Sum(more)) => {
                *sum = sum.saturating_add(*more);
                Ok(())
            }
            (
                Value::Histogram {
                    count,
                    sum_us,
                    min_us,
                    max_us,
                    buckets,
                },
                Value::Histogram {
                    count: more_count,
                    sum_us: more_sum_us,
                    min_us: more_min_us,
                    max_us: more_max_us,
                    buckets: more_buckets,
                },
            ) if buckets.len() == more_buckets.len() => {
                if *count == 0 {
                    (*min_us, *max_us) = (*more_min_us, *more_max_us);
                } else if *more_count != 0 {
                    *min_us = (*min_us).min(*more_min_us);
                    *max_us = (*max_us).max(*more_max_us);
                }
                *count = count.saturating_add(*more_count);
                *sum_us = sum_us.saturating_add(*more_sum_us);
                for (bucket, more) in buckets.iter_mut().zip(more_buckets) {
                    *bucket = bucket.saturating_add(*more);
                }
                Ok(())
            }
            _ => Err(Mismatch),
        }
    }

    /// Adds one duration; nothing happens to a sum. Bounds are upper-inclusive, as OTLP says.
    pub(super) fn observe(&mut self, bounds_us: &[i64], micros: i64) {
        if let Value::Histogram {
            count,
            sum_us,
            min_us,
            max_us,
            buckets,
        } = self
        {
            *min_us = if *count == 0 {
                micros
            } else {
                micros.min(*min_us)
            };
            *max_us = if *count == 0 {
                micros
            } else {
                micros.max(*max_us)
            };
            *count = count.saturating_add(1);
            *sum_us = sum_us.saturating_add(micros.into());
            let bucket = bounds_us.partition_point(|bound| *bound < micros);
            if let Some(bucket) = buckets.get_mut(bucket) {
                *bucket = bucket.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_are_upper_inclusive() {
        let bounds_us = [10, 20];
        for (micros, bucket) in [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (i64::MAX, 2)] {
            let mut value = Value::empty_histogram(2);
            value.observe(&bounds_us, micros);
            let mut expected = vec![0; 3];
            expected[bucket] = 1;
            assert_eq!(
                value,
                Value::Histogram {
                    count: 1,
                    sum_us: micros.into(),
                    min_us: micros,
                    max_us: micros,
                    buckets: expected
                }
            );
        }
    }

    #[test]
    fn what_does_not_match_is_left_alone() {
        let mut sum = Value::Sum(1);
        let mut small = Value::empty_histogram(1);
        let large = Value::empty_histogram(2);
        assert_eq!(sum.merge(&large), Err(Mismatch));
        assert_eq!(small.merge(&large), Err(Mismatch));
        assert_eq!(small.merge(&Value::Sum(1)), Err(Mismatch));
        assert_eq!((sum, small), (Value::Sum(1), Value::empty_histogram(1)));
    }

    fn observed(durations: &[i64]) -> Value {
        let mut value = Value::empty_histogram(2);
        for micros in durations {
            value.observe(&[1000, 1_000_000], *micros);
        }
        value
    }

    fn merged(a: &Value, b: &Value) -> Value {
        let mut both = a.clone();
        both.merge(b).unwrap();
        both
    }

    fn near_the_end() -> impl Strategy<Value = Value> {
        let count = || prop_oneof![0_i64..5, (i64::MAX - 5)..=i64::MAX];
        let sum = prop_oneof![0_i128..5, (i128::MAX - 5)..=i128::MAX];
        (count(), sum, 0_i64..9, 0_i64..9, count(), count()).prop_map(
            |(count, sum_us, min_us, max_us, low, high)| Value::Histogram {
                count,
                sum_us,
                min_us,
                max_us,
                buckets: vec![low, high],
            },
        )
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            durations in proptest::collection::vec(0_i64..3_000_000, 0..40), at: prop::sample::Index,
        ) {
            let (left, right) = durations.split_at(at.index(durations.len() + 1));
            prop_assert_eq!(merged(&observed(left), &observed(right)), observed(&durations));
        }

        #[test]
        fn adding_is_associative_even_where_it_saturates(
            a in near_the_end(), b in near_the_end(), c in near_the_end(),
        ) {
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        }

        #[test]
        fn sums_are_associative(a in 0..=i128::MAX, b in 0..=i128::MAX, c in 0..=i128::MAX) {
            let (a, b, c) = (Value::Sum(a), Value::Sum(b), Value::Sum(c));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        }
    }
}
