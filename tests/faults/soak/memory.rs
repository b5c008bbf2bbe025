//! The worker's memory over time.

use std::time::Instant;

/// Seconds and KiB, of one process.
pub struct Memory {
    pid: i32,
    begun: Instant,
    samples: Vec<(f64, f64)>,
}

impl Memory {
    pub fn of(pid: i32) -> Memory {
        Memory {
            pid,
            begun: Instant::now(),
            samples: Vec::new(),
        }
    }

    pub fn is_of(&self, pid: i32) -> bool {
        self.pid == pid
    }

    #[allow(clippy::cast_precision_loss)] // Memories are small.
    pub fn add(&mut self, kib: u64) {
        self.samples
            .push((self.begun.elapsed().as_secs_f64(), kib as f64));
    }

    pub fn seconds(&self) -> f64 {
        self.samples.last().map_or(0.0, |(at, _)| *at)
    }

    /// What it was after a fifth of the time, at most, and in the end.
    pub fn first_most_last(&self) -> (f64, f64, f64) {
        let settled = self.settled();
        let kib = || settled.iter().map(|(_, kib)| *kib);
        (
            kib().next().unwrap_or_default(),
            kib().fold(0.0, f64::max),
            kib().next_back().unwrap_or_default(),
        )
    }

    /// KiB per minute, by least squares.
    pub fn slope(&self) -> f64 {
        let settled = self.settled();
        let count = settled.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| settled.iter().map(of).sum::<f64>() / count;
        let (time, kib) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let across: f64 = settled
            .iter()
            .map(|sample| (sample.0 - time) * (sample.1 - kib))
            .sum();
        let along: f64 = settled.iter().map(|sample| (sample.0 - time).powi(2)).sum();
        if along > 0.0 {
            60.0 * across / along
        } else {
            0.0
        }
    }

    /// A worker that has just started grows: its caches fill.
    fn settled(&self) -> &[(f64, f64)] {
        &self.samples[self.samples.len() / 5..]
    }
}
