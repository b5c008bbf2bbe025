//! How long something took: a sum, and a histogram whose buckets end 10 % apart.

use std::collections::BTreeMap;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    Duration,
    FirstToken,
}

impl Measure {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Duration => "duration",
            Measure::FirstToken => "first_token",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    pub count: i64,
    pub sum_us: i128,
    /// How many lie in each bucket, without those that are empty.
    pub buckets: BTreeMap<i16, i64>,
}

impl Latency {
    pub fn observe(&mut self, micros: i64) {
        self.count += 1;
        self.sum_us += i128::from(micros);
        *self.buckets.entry(bucket(micros)).or_default() += 1;
    }

    pub fn add(&mut self, other: &Latency) {
        self.count += other.count;
        self.sum_us += other.sum_us;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }
}

/// As the SQL function `latency_bucket()`.
fn bucket(micros: i64) -> i16 {
    if micros <= 1 {
        return 0;
    }
    ((micros as f64).ln() / 1.1_f64.ln()).ceil() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_end_ten_per_cent_apart() {
        for (micros, expected) in [
            (-1, 0),
            (0, 0),
            (1, 0),
            (2, 8),
            (1_000_000, 145),
            (i64::MAX, 459),
        ] {
            assert_eq!(bucket(micros), expected, "{micros}");
        }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let observed = |times: &[i64]| {
            let mut latency = Latency::default();
            times.iter().for_each(|time| latency.observe(*time));
            latency
        };
        let mut left = observed(&[1, 5, 5]);
        left.add(&observed(&[5, 900]));
        assert_eq!(left, observed(&[1, 5, 5, 5, 900]));
    }
}
