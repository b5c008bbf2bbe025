//! Histograms of durations, added up. Which durations a bucket holds is for `latency_bucket` in SQL to say. Pure.

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Latencies {
    counts: BTreeMap<i16, i128>,
    total: i128,
}

impl Latencies {
    pub fn add(&mut self, bucket: i16, count: i64) {
        *self.counts.entry(bucket).or_default() += i128::from(count);
        self.total += i128::from(count);
    }

    /// For each of some parts of 100 the first bucket up to which so many durations lie. None of nothing.
    pub fn percentiles(&self, parts: &[i128]) -> Option<Vec<i16>> {
        let reached = |part: &i128| {
            let mut up_to = 0;
            self.counts.iter().find_map(|(bucket, count)| {
                up_to += count;
                (up_to * 100 >= part * self.total).then_some(*bucket)
            })
        };
        parts.iter().map(reached).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_first_bucket_that_so_many_do_not_exceed() {
        let mut some = Latencies::default();
        assert_eq!(some.percentiles(&[50]), None);
        for (bucket, count) in [(7, 49), (3, 1), (7, 40), (100, 10)] {
            some.add(bucket, count);
        }
        assert_eq!(
            some.percentiles(&[0, 1, 2, 50, 90, 91, 100]),
            Some(vec![3, 3, 7, 7, 7, 100, 100])
        );
    }
}
